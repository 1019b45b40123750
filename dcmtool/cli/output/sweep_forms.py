"""How `dcmtool sweep` writes what came of the nodes: in the form of `--output`, and as a page."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Protocol

from dcmtool import __version__
from dcmtool.cli import stderr
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.output import report
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.config import whole_file
from dcmtool.fleet.result import NodeResult, Summary
from dcmtool.named_tuple import NamedTuple
from dcmtool.options.values import UsageError
from dcmtool.reporting import sweep_report
from dcmtool.reporting.sweep_row import SweepRow, row_of
from dcmtool.settings import Color
from dcmtool.text import counted, printable
from dcmtool.trace.levels import Level, Line

Write = Callable[[str], None]


class Sink(Protocol):
    """What shows or writes the results of a sweep."""

    def add(self, result: NodeResult) -> None:
        """Take a result, as soon as it is there."""

    def end(self, total: Summary) -> None:
        """Take what all of them come to."""


class SweepOutput(NamedTuple):
    """What a sweep writes: the form, its file in place of stdout, the file of the page, and what is enough.

    `fail_under` is how many of 100 nodes must answer; a `quiet` one shows no view; a `full` table has a line
    for every node. `watch` is the time from one round to the next (s), None where there is one alone.
    """

    form: str = "table"
    file: str | None = None
    html: str | None = None
    fail_under: float = 100
    color: Color = "auto"
    quiet: bool = False
    full: bool = False
    watch: float | None = None


@contextmanager
def opened(output: SweepOutput, *, files_alone: bool = False) -> Iterator[list[Sink]]:
    """Yield what takes the results; files are in their places at the end, and as they were after an error.

    With `files_alone` nothing goes to stdout and stderr.

    Raises:
        UsageError: both files are the same.
        OutputFileError: one cannot be written, or there is no stdout.
    """
    if output.file and output.html and os.path.realpath(output.file) == os.path.realpath(output.html):
        raise UsageError(f"--output-file and --html both name {printable(output.html)}")
    with ExitStack() as files:
        sinks: list[Sink] = []
        if output.file is not None:
            sinks.append(_sink(output, _with_line_end(files.enter_context(_file(output.file)))))
        elif not files_alone:
            sinks.append(_sink(output, report.write))
        if output.html is not None:
            sinks.append(_Document(_page, _with_line_end(files.enter_context(_file(output.html)))))
        yield sinks if files_alone else [*sinks, _Remark()]


@contextmanager
def _file(path: str) -> Iterator[Write]:
    with whole_file.opened(path) as put:
        yield lambda text: put(text.encode("utf-8", "backslashreplace"))


def _sink(output: SweepOutput, write: Write) -> Sink:
    if output.form != "table":
        return FORMS[output.form](write)
    from dcmtool.cli.output.sweep_table import Table

    appearance = Look.PLAIN if output.file is not None else look(output.color, sys.stdout)
    return Table(write, appearance, full=output.full)


def _with_line_end(write: Write) -> Write:
    return lambda text: write(text + "\n")


class _Json:
    """Keeps each node as text, which takes a fifth of the memory of what it is made of."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._nodes: list[tuple[str, str, str]] = []

    def add(self, result: NodeResult) -> None:
        self._nodes.append((result.target.name, result.target.address, _node(result)))

    def end(self, total: Summary) -> None:
        nodes = (text for _, _, text in sorted(self._nodes))
        for line in sweep_report.lines(nodes, total):
            self._write(line)


def _node(result: NodeResult) -> str:
    return report.in_json(sweep_report.node(result, exit_code, COMMAND_LINE), "ndjson")


class _JsonLines:
    def __init__(self, write: Write) -> None:
        self._write = write

    def add(self, result: NodeResult) -> None:
        self._write(_node(result))

    def end(self, total: Summary) -> None:
        pass


class _Lines:
    """Writes a line a node as it ends."""

    def __init__(self, line: Callable[[SweepRow], str], write: Write, heading: str | None = None) -> None:
        self._line, self._write = line, write
        if heading is not None:
            write(heading)

    def add(self, result: NodeResult) -> None:
        self._write(self._line(row_of(result, COMMAND_LINE)))

    def end(self, total: Summary) -> None:
        pass


class _Document:
    """Writes what is made of all nodes."""

    def __init__(self, make: Callable[[list[SweepRow], Summary, datetime], str], write: Write) -> None:
        self._make, self._write = make, write
        self._rows: list[SweepRow] = []

    def add(self, result: NodeResult) -> None:
        self._rows.append(row_of(result, COMMAND_LINE))

    def end(self, total: Summary) -> None:
        self._write(self._make(self._rows, total, datetime.now().astimezone()))


def _csv(write: Write) -> Sink:
    from dcmtool.reporting import sweep_csv

    return _Lines(sweep_csv.line, write, sweep_csv.heading())


def _checkmk(write: Write) -> Sink:
    from dcmtool.reporting import sweep_checkmk

    taken: set[str] = set()
    return _Lines(lambda row: sweep_checkmk.line(row, taken), write)


def _junit(write: Write) -> Sink:
    from dcmtool.reporting import sweep_junit

    return _Document(lambda rows, total, ended: sweep_junit.document(rows, total, _host(), ended), write)


def _prometheus(write: Write) -> Sink:
    from dcmtool.reporting import sweep_textfile

    return _Document(sweep_textfile.document, write)


def _page(rows: list[SweepRow], total: Summary, ended: datetime) -> str:
    from dcmtool.reporting import sweep_page

    return sweep_page.document(rows, total, _host(), ended, __version__)


def _host() -> str:
    import platform

    return printable(platform.node()) or "an unnamed host"


class _Remark:
    """Says where nothing was verified, which is no failure and yet shows nothing."""

    def add(self, result: NodeResult) -> None:
        pass

    def end(self, total: Summary) -> None:
        if 0 < total.nodes == total.skipped:  # before any has ended Ctrl-C may have come
            why = f"{counted(total.skipped, 'node')}, none to be probed"
            stderr.write_if(Line(Level.WARN, f"nothing was verified: {why}"), "warn")


FORMS: Mapping[str, Callable[[Write], Sink]] = {
    "json": _Json,
    "ndjson": _JsonLines,
    "csv": _csv,
    "junit": _junit,
    "checkmk": _checkmk,
    "prometheus": _prometheus,
}
