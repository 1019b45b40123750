# One word a task; each makes what it needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/made-from-pyproject
CORE := dcmtool/upper_layer/*,dcmtool/dimse/*,dcmtool/verification/*,dcmtool/errors.py,dcmtool/steps.py,dcmtool/text.py,dcmtool/uids.py

.PHONY: help demo test lint format bench completions docs dist pyz clean
.DEFAULT_GOAL := help

help:  ## list the tasks
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 14

demo: $(MADE)  ## verify a node that is started for the purpose
	@$(BIN)/python -m tests.peers.demo

test: $(MADE)  ## run the tests in random order, and see how much of the code they reach
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report term
	@echo "of the core, which must be reached in full:"
	@$(BIN)/coverage report --include '$(CORE)' --fail-under 100

lint: $(MADE)  ## check style, types, import rules, and the documentation's links and options
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_imports.py tests/test_links.py tests/test_spellings.py

format: $(MADE)  ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/made-for-bench  ## measure, each figure beside what it is compared with
	@$(BIN)/python -m benchmarks

completions: $(MADE)  ## write the shell completion files
	@$(BIN)/python completions/generate.py

docs: $(MADE)  ## write what the documentation has from the code: images, pages, tables, man pages
	@for made in images pages man tables; do $(BIN)/python -m docs.make_$$made || exit; done

dist: $(VENV)/made-for-dist  ## build the wheel and the source archive, and check them
	@rm -f dist/dcmtool-*
	@$(BIN)/python -m build --quiet
	@$(BIN)/python -m twine check --strict dist/dcmtool-*

pyz: $(MADE)  ## make dist/dcmtool.pyz, one file with all libraries
	@$(BIN)/python -m distribution.pyz

clean:  ## remove the virtual environment, what was built, and all caches
	rm -rf dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -prune -exec rm -rf {} +

$(MADE): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("dcmtool needs Python 3.11 or later: make PYTHON=...")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "dcmtool needs Python's venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "making $(VENV) from pyproject.toml"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(VENV)/made-for-bench $(VENV)/made-for-dist: $(VENV)/made-for-%: $(MADE)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
