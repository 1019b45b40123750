"""What becomes of a test whose program is missing, and that no test finds a program in another way."""

import ast
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import programs
from tests.peers.programs import (
    HIDDEN,
    ROOT,
    listens,
    refusing_port,
    require,
    require_data,
    require_module,
    require_node_module,
)

# Every program that a test may need, and its Debian package.
PROGRAMS = dict(line.split() for line in (ROOT / ".ci" / "programs").read_text(encoding="utf-8").splitlines())
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))
WHERE_PROGRAMS_ARE = re.compile(r"/(usr/)?(local/)?s?bin/[\w.-]+")
NAMES = {Path(program).name for program in PROGRAMS}
EVERYWHERE = {"/bin/sh", "sh", "dcmtool"}  # the shell of POSIX, and ours


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no environment decide."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv(HIDDEN, raising=False)


def test_a_missing_program_skips() -> None:
    with pytest.raises(pytest.skip.Exception, match="/nowhere/program is not installed"):
        require("/nowhere/program")


def test_a_missing_program_fails_in_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="/nowhere/program is not installed"):
        require("/nowhere/program")


def test_a_missing_file_skips() -> None:
    with pytest.raises(pytest.skip.Exception, match="/usr/share/nowhere/file is not installed"):
        require_data("nowhere/file")


def test_a_missing_package_skips() -> None:
    with pytest.raises(pytest.skip.Exception, match="no_such_package is not installed"):
        require_module("no_such_package")
    require_module("pytest")


def test_a_missing_module_of_node_skips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="dcmjs-dimse is not installed in "):
        require_node_module("dcmjs-dimse")
    modules = tmp_path / "dcmtool-tests" / "node_modules"
    (modules / "dcmjs-dimse").mkdir(parents=True)
    assert require_node_module("dcmjs-dimse") == modules


def test_a_port_that_a_program_listens_on() -> None:
    with refusing_port() as port:
        assert not listens(port)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listens(server.getsockname()[1])


def test_a_port_that_another_program_took(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as faster:
        ports = [faster.getsockname()[1], programs.free_port()]
        monkeypatch.setattr(programs, "free_port", lambda: ports.pop(0))
        serving = "import socket, sys, time; at = '127.0.0.1', int(sys.argv[1])\n"
        serving += "with socket.create_server(at) as server: server.accept(); time.sleep(60)"
        with programs.running(
            lambda port: [sys.executable, "-c", serving, str(port)], tmp_path / "log"
        ) as port:
            assert port != faster.getsockname()[1]
        assert ports == []


def test_where_programs_are_hidden_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert require("/bin/sh") == "/bin/sh"
    monkeypatch.setenv(HIDDEN, "1")
    with pytest.raises(pytest.skip.Exception, match="/bin/sh is not installed"):
        require("/bin/sh")


# No other way ---------------------------------------------------------------------------------------


def found_in_another_way(source: str) -> Iterator[str]:
    """Yield the pieces of a module that look for a program, or start one that `require` did not return."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        required = _is_call_of(parents.get(node), "require")
        if isinstance(node, ast.Attribute | ast.alias | ast.Name) and _name(node) in ("which", "X_OK"):
            yield ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in PROGRAMS:
            if not required and not isinstance(parents[node], ast.Assign):
                yield node.value
        elif isinstance(node, ast.Attribute | ast.Name) and _name(node) in ("OPENSSL", "ECHOSCU"):
            if isinstance(node.ctx, ast.Load) and not required:
                yield ast.unparse(node)
        elif isinstance(node, ast.List) and _is_command(node):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and _name(node.func) in ("run", "Popen", "check_output", "call"):
            first = _first_word(node)
            if first is not None and first not in EVERYWHERE:
                yield first


def _name(node: ast.AST | None) -> str:
    """Return the last part of a name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else node.name if isinstance(node, ast.alias) else ""


def _is_call_of(node: ast.AST | None, function: str) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) == function


def _is_command(words: ast.List) -> bool:
    """Whether a list is the command of a program, and not one of several of their names."""
    first, second = [*words.elts, None, None][:2]
    if not isinstance(first, ast.Constant) or first.value not in NAMES or second is None:
        return False
    return not (isinstance(second, ast.Constant) and second.value in NAMES)


def _first_word(call: ast.Call) -> str | None:
    """Return the program of a command that is written out in the call."""
    command = call.args[0] if call.args else None
    first = command.elts[0] if isinstance(command, ast.List) and command.elts else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@pytest.mark.parametrize("file", [name for name in FILES if name != "tests/peers/programs.py"])
def test_no_test_finds_a_program_in_another_way(file: str) -> None:
    assert list(found_in_another_way((ROOT / file).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        'shutil.which("anything")',
        "from shutil import which",
        "os.access(path, os.X_OK)",
        'command = ["/usr/bin/zsh"]',
        'subprocess.run(["zsh", "-c", "exit"])',
        'run = ["bash", "-c", command]',
        "subprocess.run([pki.OPENSSL])",
    ],
)
def test_other_ways_are_seen(source: str) -> None:
    assert list(found_in_another_way(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        'require("/usr/bin/zsh")',
        'subprocess.run(["/bin/sh"])',
        "require(OPENSSL)",
        'shells = ["bash", "zsh"]',
    ],
)
def test_this_way_is_passed_over(source: str) -> None:
    assert list(found_in_another_way(source)) == []


def test_every_program_that_is_required_is_listed() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if _is_call_of(node, "require") and isinstance(node, ast.Call):
                word = node.args[0]
                if isinstance(word, ast.Constant) and WHERE_PROGRAMS_ARE.fullmatch(str(word.value)):
                    assert str(word.value) in {*PROGRAMS, *EVERYWHERE}, file


def test_every_program_that_is_listed_is_required() -> None:
    texts = "".join((ROOT / file).read_text(encoding="utf-8") for file in FILES)
    shells = {f"/usr/bin/{shell}" for shell in ("bash", "zsh", "fish")}  # of which one test needs each
    assert {program for program in PROGRAMS if f'"{program}"' not in texts} <= shells
