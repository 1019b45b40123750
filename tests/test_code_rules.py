"""What every file of the package keeps to: its size, class names of one meaning, no option below `cli`."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import dcmtool
from tests.test_spellings import ALL

PACKAGE = Path(dcmtool.__file__).parent
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
MOST_LINES, LONGEST_FUNCTION = 400, 45  # what can be read in one go

every_file = pytest.mark.parametrize("file", TREES)


@every_file
def test_a_file_is_not_too_long(file: str) -> None:
    lines = (PACKAGE / file).read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES


@every_file
def test_no_function_is_too_long(file: str) -> None:
    functions = [
        node for node in ast.walk(TREES[file]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION}
    assert long == set()


def test_no_name_of_a_class_has_two_meanings() -> None:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                files[node.name].append(file)
    twice = {name: where for name, where in files.items() if len(where) > 1}
    assert twice == {}


# No option below the command line ---------------------------------------------------------------------

WORD = re.compile(r"(?<![\w%.+-])[-+]{1,2}\w[\w-]*")


def spelled(tree: ast.AST) -> Iterator[str]:
    """Yield the options that a module's strings spell; docstrings may, since no user reads them."""
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield from (word for word in WORD.findall(node.value) if word in ALL)


@pytest.mark.parametrize("file", [name for name in TREES if not name.startswith(("cli/", "options/"))])
def test_no_option_is_spelled_below_the_command_line(file: str) -> None:
    """Settings have keys in sentences, and each reader has words for them: see `dcmtool.advice`."""
    assert list(spelled(TREES[file])) == []


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ('name = "-ta, ACSE timeout"', ["-ta"]),
        ('raise Refused(f"{name}: add it with +cf, or use --system-ca")', ["+cf", "--system-ca"]),
        ('limit = "--deadline"', ["--deadline"]),
        ('form = "%Y-%m-%d --none -x"', []),
        ('def bound() -> None:\n    """Bound the wait (-ta)."""', []),
    ],
)
def test_what_spells_an_option(source: str, options: list[str]) -> None:
    assert list(spelled(ast.parse(source))) == options


# Nothing is swallowed ---------------------------------------------------------------------------------

BROAD = {"Exception", "BaseException"}


def names(node: ast.AST | None) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} if node else set()


def swallows(tree: ast.AST) -> Iterator[str]:
    """Yield what would hide any error: a handler of all that neither raises nor uses the error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or names(node.type) & BROAD):
            inside = [each for statement in node.body for each in ast.walk(statement)]
            raises = any(isinstance(each, ast.Raise) for each in inside)
            if not (raises or any(isinstance(each, ast.Name) and each.id == node.name for each in inside)):
                yield f"except in line {node.lineno}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            yield from (f"suppress in line {node.lineno}" for each in node.args if names(each) & BROAD)


@every_file
def test_no_error_is_swallowed(file: str) -> None:
    """Whatever catches every exception raises one or tells of it."""
    assert list(swallows(TREES[file])) == []


@pytest.mark.parametrize(
    ("handler", "swallowed"),
    [
        ("except Exception:\n    pass", True),
        ("except:\n    x = 1", True),
        ("except (OSError, BaseException) as error:\n    return_nothing()", True),
        ("except Exception as error:\n    report(error)", False),
        ("except BaseException:\n    close()\n    raise", False),
        ("except OSError:\n    pass", False),
    ],
)
def test_what_swallows_an_error(handler: str, swallowed: bool) -> None:
    assert bool(list(swallows(ast.parse(f"try:\n    work()\n{handler}")))) == swallowed
    assert list(swallows(ast.parse("with contextlib.suppress(Exception):\n    work()"))) != []


# Nothing is without a bound ---------------------------------------------------------------------------

WITHOUT_ARGUMENTS = {"read", "readline", "join", "wait", "get", "acquire", "communicate", "result", "deque"}
WITHOUT_ARGUMENTS |= {"Queue", "LifoQueue", "SimpleQueue"}
NEVER = {"readlines", "read_text", "read_bytes", "fetchall"}
# What would have no bound, and why it has one all the same.
BOUNDED = {
    "association/acceptor.py: deque()": "an association with more than MAX_UNANSWERED requests is aborted",
    "capture/hex_senders.py: self._observer.result()": "no wait: a value of what was seen",
    "capture/logs/association.py: self._ask().result()": "the same",
    "capture/trace_file.py: self._observer.result()": "the same",
    "upper_layer/association.py: deque()": "what is made ready is sent before anything more is read",
    "capture/connections.py: item.result()": "what an observer knows: no wait",
    "cli/commands/schema.py: schema.read_text(encoding='utf-8')": "a file of our own",
    "cli/output/scp_run.py: scp.wait()": "for a signal, which it looks for all the time",
    "cli/output/writer.py: SimpleQueue()": "a line that finds MOST_LINES in it is dropped",
    "cli/output/writer.py: self._lines.get()": "in a daemon's thread, which nobody waits for without a bound",
    "cli/output/writer.py: select.select([], [descriptor], [])": "in the same thread",
    "exporter/lookups.py: self._free.acquire()": "within asyncio.timeout",
    "fleet/lookups.py: SimpleQueue()": "of what each thread has to do",
    "fleet/lookups.py: deque()": "of the names of a sweep",
    "fleet/lookups.py: self._work.get()": "in a daemon's thread, until the sweep ends",
    "fleet/sweep.py: deque()": "nothing begins while as many results wait as may be open at once",
    "pipes.py: _seconds.get()": "a context variable",
    "scp/server.py: SimpleQueue()": "of what ends it: a signal, and each connection that is open then",
    "reporting/sweep_page.py: file.read_text(encoding='utf-8')": "a file of our own",
    "tap/delaying.py: deque()": "nothing is read while it holds as much as may be on its way",
    "tap/recording.py: SimpleQueue()": "packets for which there is no room are left out; and one answer",
    "tap/recording.py: self._packets.get()": "in a daemon's thread, which nobody waits for without a bound",
    "tap/relay.py: SimpleQueue()": "of what ends it",
    "tap/witness.py: self._observer.result()": "what is known by now",
    "cli/output/tap_run.py: relay.wait()": "for a signal, which it looks for all the time",
    "tls/stream.py: self._outgoing.read()": "what OpenSSL has made of a step's data",
    "trace/json_errors.py: cache _fields": "one for each class of errors",
    "trace/json_values.py: cache codec": "one for each type of a field",
    "transport/blocking.py: SimpleQueue()": "of one answer",
    "transport/completing.py: reading.result()": "of what is done",
}


def unbounded(tree: ast.AST) -> Iterator[str]:
    """Yield the calls that read or wait without a bound, and the queues and memories that have none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            given = len(node.args) + len(node.keywords)
            if (
                name in NEVER
                or (name in WITHOUT_ARGUMENTS and not given)
                or (name == "select" and given == 3 and all(each.arg != "group" for each in node.keywords))
                or (name == "lru_cache" and "maxsize=None" in ast.unparse(node))
            ):
                yield ast.unparse(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            is_kept = any(ast.unparse(each) in ("cache", "functools.cache") for each in node.decorator_list)
            if is_kept and (node.args.args or node.args.kwonlyargs or node.args.vararg):
                yield f"cache {node.name}"


def test_no_read_list_or_wait_is_without_a_bound() -> None:
    """A peer or a file would decide how much it takes, or how long."""
    found = {f"{file}: {what}" for file, tree in TREES.items() for what in unbounded(tree)}
    assert found == set(BOUNDED)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("file.read()", True),
        ("file.read(4096)", False),
        ("Path(name).read_bytes()", True),
        ("thread.join()", True),
        ("thread.join(2)", False),
        ("', '.join(words)", False),
        ("done.wait()", True),
        ("done.wait(timeout=1)", False),
        ("queue.get()", True),
        ("words.get(name)", False),
        ("deque()", True),
        ("deque(maxlen=10)", False),
        ("select.select([], [file], [])", True),
        ("select.select([], [file], [], 1)", False),
        ("lru_cache(maxsize=None)(decode)", True),
        ("@cache\ndef decode(data): ...", True),
        ("@cache\ndef registry(): ...", False),
    ],
)
def test_what_has_no_bound(source: str, found: bool) -> None:
    assert bool(list(unbounded(ast.parse(source)))) == found
