# One word a task; each makes what it needs. `make` alone lists them.
PYTHON ?= python3
SCALE ?= 1
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/made-from-pyproject
# The versions and hashes of all that is installed; `make CONSTRAINTS= test` takes what the index has, unchecked.
CONSTRAINTS ?= constraints.txt
INSTALL = $(PYTHON) -m tools.supply_chain.install $(BIN)/python '$(CONSTRAINTS)'
CORE := dcmtool/upper_layer/*,dcmtool/dimse/*,dcmtool/association/*,dcmtool/verification/*,dcmtool/events.py,dcmtool/emitter.py,dcmtool/errors/*,dcmtool/steps.py,dcmtool/text.py,dcmtool/uids.py

# The tests start Python some thousand times; where this is set, each start compiles the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test coverage lint format fuzz bench soak mutants completions docs dist pyz constraints audit clean
.DEFAULT_GOAL := help

help:  ## list the tasks
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 14

demo: $(MADE)  ## verify a node that is started for the purpose
	@$(BIN)/python -m tests.peers.demo

test: $(MADE)  ## run the tests in random order; the long ones where CI is set
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(if $(CI)$(MEASURED),$(MEASURED),-m "not long") || $(BIN)/python -m tests.alone $$?

coverage: $(MADE)  ## run all tests, and see how much of the code they reach
	@$(MAKE) --no-print-directory test MEASURED="--cov --cov-report term"
	@echo "percent of the code that they reach: $$($(BIN)/coverage report --format total --fail-under 0)"
	@$(BIN)/coverage report --format total >/dev/null
	@echo "of the core, which must be reached in full:"
	@$(BIN)/coverage report --include '$(CORE)' --fail-under 100

lint: $(MADE)  ## check style, types, import rules, and the documentation's links and options
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@for system in win32 darwin; do $(BIN)/mypy --platform $$system --cache-dir .mypy_cache/$$system dcmtool || exit; done
	@$(BIN)/python -m pytest -q tests/test_imports.py tests/test_code_rules.py tests/test_links.py tests/test_spellings.py

format: $(MADE)  ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

fuzz: $(VENV)/made-for-fuzz  ## look for inputs that break a parser, for SECONDS=60 each (SEED=1: the same inputs each time)
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/made-for-bench  ## measure, each figure beside what it is compared with
	@$(BIN)/python -m benchmarks

soak: $(MADE)  ## a million echoes and as many associations: none lost, nothing grows (SCALE=0.01 for a short run)
	@$(BIN)/python -m tests.soak $(SCALE)

mutants: $(MADE)  ## change the protocol's core in thousands of small ways, and see which no test sees (ONLY=dimse/status)
	@$(BIN)/python -m tests.mutation $(ONLY)

completions: $(MADE)  ## write the shell completion files
	@$(BIN)/python -m tools.make_completions

docs: $(MADE)  ## write what the documentation has from the code: images, pages, tables, man pages
	@for made in images pages man tables schema findings; do $(BIN)/python -m tools.make_$$made || exit; done

dist: $(VENV)/made-for-dist  ## build the wheel, with its SBOM, and the source archive, and check them
	@rm -f dist/dcmtool-*
	@$(BIN)/python -m tools.distribution.packages
	@$(BIN)/python -m twine check --strict dist/dcmtool-*.whl dist/dcmtool-*.tar.gz

pyz: $(MADE)  ## make dist/dcmtool.pyz, one file with all libraries, and its SBOM
	@$(BIN)/python -m tools.distribution.pyz

constraints: $(VENV)/made-for-supply  ## write constraints.txt (UPGRADE=all or UPGRADE=NAME for newer versions)
	@$(BIN)/python -m tools.supply_chain.constraints $(UPGRADE)

audit: $(VENV)/made-for-supply  ## check the licences of what is handed out, and the advisories on all that is pinned
	@$(BIN)/python -m tools.supply_chain.audit $(AUDIT)

clean:  ## remove the virtual environment, what was built, and all caches
	rm -rf dist build $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -prune -exec rm -rf {} +

$(MADE): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("dcmtool needs Python 3.11 or later: make PYTHON=...")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "dcmtool needs Python's venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "making $(VENV) from $^"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/made-for-bench $(VENV)/made-for-dist $(VENV)/made-for-fuzz $(VENV)/made-for-supply: $(VENV)/made-for-%: $(MADE)
	@$(INSTALL) $*
	@touch $@
