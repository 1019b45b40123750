"""The rules of who may import whom, held by walking the imports of every module, and by asking Python."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import dcmtool
from dcmtool.cli.group import COMMANDS

PACKAGE = Path(dcmtool.__file__).parent
FILES = {
    ".".join(("dcmtool", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

# Leaves, which anybody may import: they import at most each other, downwards.
LEAVES: dict[str, set[str]] = {
    "text": set(),
    "uids": set(),
    "fields": {"errors"},
    "identity": {"errors", "fields"},
    "named_tuple": set(),
    "observed_advice": set(),
    "advice": {"named_tuple", "observed_advice"},
    "steps": {"named_tuple"},
    "errors": {"text", "advice", "errors"},
    "exit_codes": {"errors"},
    "room": {"errors"},
    "events": {"named_tuple"},
    "emitter": {"events"},
    "pipes": set(),
}
# Each package or top-level module with those of dcmtool that it may import besides itself and the leaves.
MAY_IMPORT = {
    "settings": set(),
    "upper_layer": set(),
    "dimse": {"upper_layer"},
    "association": {"settings", "upper_layer", "dimse"},
    "verification": {"settings", "upper_layer", "dimse", "association"},
    "certificates": {"settings"},
    "diagnosis": {
        "settings",
        "association",
        "dimse",
        "verification",
        "certificates",
        "transport",
        "tls",
        "upper_layer",
    },
    "capture": {
        *("settings", "upper_layer", "dimse", "association", "verification", "certificates", "tls"),
        *("diagnosis", "trace", "dictionary"),
    },
    "tap": {"settings", "upper_layer", "dimse", "association", "transport", "diagnosis", "capture"},
    "fleet": {"settings", "verification", "diagnosis", "transport", "tls", "certificates"},
    "reporting": {
        *(
            "settings",
            "verification",
            "certificates",
            "dimse",
            "diagnosis",
            "fleet",
            "capture",
            "upper_layer",
        ),
    },
    "tls": {"settings", "certificates"},
    "transport": {"settings", "tls"},
    "trace": {"settings", "upper_layer", "dimse", "verification", "certificates", "tls"},
    "config": {"settings"},
    "dictionary": {"config"},
    "logging_config": {"config", "trace"},
    "options": {"settings", "config", "scp", "diagnosis", "fleet", "capture", "tap"},
    "scp": {
        *("settings", "upper_layer", "dimse", "association", "certificates", "transport", "tls"),
        *("diagnosis", "reporting"),
    },
    "exporter": {
        *("settings", "config", "options", "verification", "certificates", "transport", "tls"),
        *("diagnosis", "fleet", "trace", ""),
    },
    "selftest": {"settings", "scp", "verification", "certificates", "api"},
    "api": {
        *(
            "capture",
            "settings",
            "verification",
            "transport",
            "tls",
            "trace",
            "reporting",
            "options",
            "config",
            "fleet",
        ),
    },
    "": {"api", "settings", "verification", "reporting", "association", "capture"},  # dcmtool/__init__ itself
    "__main__": {"", "cli"},
}
MAY_IMPORT["cli"] = set(MAY_IMPORT) - {"__main__"}

# Libraries that only these packages or modules may import, at whatever depth.
ONLY_FROM = {
    "click": ("dcmtool.cli",),
    "rich": (
        *("dcmtool.trace", "dcmtool.cli.output.watching"),
        *("dcmtool.cli.output.sweep_live", "dcmtool.cli.output.watch_live"),
    ),
    "socket": ("dcmtool.transport", "dcmtool.scp", "dcmtool.tap"),
    "ssl": ("dcmtool.tls", "dcmtool.scp", "dcmtool.exporter.web_config"),
    "pynetdicom": ("dcmtool.selftest", "dcmtool.diagnosis.services"),
    "asyncio": (
        *(
            "dcmtool.tap",
            "dcmtool.transport",
            "dcmtool.fleet",
            "dcmtool.exporter",
            "dcmtool.cli.output.sweep_loop",
        ),
    ),
    **dict.fromkeys(
        ("bcrypt", "httptools", "prometheus_client", "starlette", "uvicorn", "yaml"), ("dcmtool.exporter",)
    ),
    "cryptography": ("dcmtool.certificates", "dcmtool.tls.files"),
}
# The core reads no socket, clock, log, file or environment.
OUTSIDE_WORLD = {"socket", "select", "selectors", "ssl", "asyncio", "threading", "subprocess", "signal"} | {
    *("time", "datetime", "os", "sys", "pathlib", "io", "logging", "tempfile", "shutil", "random", "secrets"),
}
HEAVY = {"pydicom", "pynetdicom", "rich", "ssl", "asyncio", "logging", "cryptography"}


def _type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a module's nodes, those inside functions too, without those that only type checkers see."""
    for child in ast.iter_child_nodes(node):
        if not _type_checking(child):
            yield child
            yield from _nodes(child)


@cache
def imports(module: str) -> frozenset[str]:
    """Return the full names of what a module imports; of dcmtool's own, the modules."""
    found: set[str] = set()
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    for node in _nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            source = str(node.module)
            names = {f"{source}.{alias.name}" for alias in node.names}
            found |= {name if name in FILES else source for name in names}
    return frozenset(found)


def part(module: str) -> str:
    """Return the package or top-level module that a module of dcmtool belongs to."""
    return [*module.split("."), ""][1]


def within(module: str, packages: Iterable[str]) -> bool:
    """Return whether a module is one of these or inside one of them."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


every_module = pytest.mark.parametrize("module", FILES)


@every_module
def test_arrows_point_downwards(module: str) -> None:
    own = part(module)
    allowed = LEAVES[own] if own in LEAVES else MAY_IMPORT[own] | LEAVES.keys() | {own}
    if own == "cli":
        allowed = allowed | {""}  # the version number
    ours = {name for name in imports(module) if within(name, ["dcmtool"])}
    assert {name for name in ours if part(name) not in allowed} == set()


@every_module
def test_nobody_imports_the_command_line(module: str) -> None:
    if part(module) not in ("cli", "__main__"):
        assert not [name for name in imports(module) if within(name, ["dcmtool.cli"])]


@every_module
def test_libraries_are_imported_only_where_they_belong(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        assert library not in ONLY_FROM or within(module, ONLY_FROM[library]), f"{module} imports {name}"


@pytest.mark.parametrize("module", [name for name in FILES if part(name) in ("upper_layer", "dimse")])
def test_the_core_reads_nothing_of_the_outside_world(module: str) -> None:
    assert {name.split(".")[0] for name in imports(module)} & OUTSIDE_WORLD == set()
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & {"open", "print", "input", "__import__", "exec", "eval"} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_imports_another(command: str) -> None:
    others = {f"dcmtool.cli.commands.{other.replace('-', '_')}" for other in COMMANDS if other != command}
    module = f"dcmtool.cli.commands.{command.replace('-', '_')}"
    assert imports(module) & others == set()


def test_there_is_no_circle() -> None:
    graph = {module: imports(module) & FILES.keys() - {module} for module in FILES}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError where there is one
    assert set(order) == set(FILES)


def room(module: str) -> str:
    """Return the folder of a module; one that stands beside folders, as `dcmtool.errors`, is its own."""
    folder = FILES[module].parent
    name = ".".join(("dcmtool", *folder.relative_to(PACKAGE).parts))
    beside_folders = any(each.is_dir() for each in folder.iterdir() if each.name != "__pycache__")
    return module if beside_folders else name


def test_there_is_no_circle_of_folders() -> None:
    graph: dict[str, set[str]] = {room(module): set() for module in FILES}
    for module in FILES:
        graph[room(module)] |= {room(name) for name in imports(module) & FILES.keys()} - {room(module)}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError where there is one
    assert set(order) == set(graph)


def test_every_part_has_its_rule() -> None:
    assert {part(module) for module in FILES} <= MAY_IMPORT.keys() | LEAVES.keys()


def loaded_by(*modules: str) -> set[str]:
    """Return the top-level names of all that a fresh Python has loaded once it has imported these."""
    program = f"import {', '.join(modules)}, sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_the_plain_echo_path_loads_nothing_heavy() -> None:
    loaded = loaded_by(
        *(
            "dcmtool.cli.main",
            "dcmtool.cli.plain",
            "dcmtool.cli.output.echo_run",
            "dcmtool.transport.blocking",
        )
    )
    assert {"dcmtool", "socket"} <= loaded
    assert loaded & {"click", *HEAVY} == set()


def test_the_package_alone_loads_none_of_its_modules() -> None:
    assert loaded_by("dcmtool") & (HEAVY | {"click", "socket", "dataclasses"}) == set()
