"""How `dcmtool explain` writes connections: each as it ends, or what they come to, in some form."""

import sys
from collections.abc import Sequence
from typing import Protocol

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.summary import PairSummary
from dcmtool.cli.output import report
from dcmtool.cli.output.appearance import Look, look
from dcmtool.cli.output.columns import RED, width, write_columns
from dcmtool.cli.output.explain_pairs import fits, pair_blocks, pair_rows
from dcmtool.cli.output.explain_text import BlockLook, block
from dcmtool.cli.output.screen import columns_of, wrapped
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.named_tuple import NamedTuple
from dcmtool.reporting import explain_report
from dcmtool.reporting.explain_report import ExplainTotal
from dcmtool.settings import Color
from dcmtool.text import counted
from dcmtool.trace.levels import Level

_SIGNS = "\u2713\u2717"


class ExplainOutput(NamedTuple):
    """What is written: the form, or a `summary`; from which level on events are shown on stderr."""

    form: str = "text"
    summary: bool = False
    color: Color = "auto"
    level: Level = Level.WARN

    @property
    def verbose(self) -> bool:
        """Whether blocks have all that is known."""
        return self.level <= Level.INFO


class ExplainEnd(NamedTuple):
    """What all files came to: what is odd about them, what cannot be read, and the exit code."""

    total: ExplainTotal
    warnings: Sequence[str] = ()
    errors: Sequence[str] = ()
    exit_code: int = 0


class ConnectionSink(Protocol):
    """What shows or writes connections."""

    def add(self, connection: ObservedConnection) -> None:
        """Take a connection, as soon as it has ended."""

    def end(self, end: ExplainEnd) -> None:
        """Take what all of them come to."""


def sink(output: ExplainOutput) -> ConnectionSink:
    """Return what writes connections to stdout."""
    match output.form, output.summary:
        case "text", False:
            return _Blocks(output)
        case "text", True:
            return _PairTable(output)
        case "json", _:
            return _ExplainJson(shows=not output.summary)
        case _:
            return _PairLines() if output.summary else _ConnectionLines()


def block_look(output: ExplainOutput) -> BlockLook:
    """Return how blocks look on stdout."""
    appearance = look(output.color, sys.stdout)
    if appearance is Look.PLAIN:
        return BlockLook(verbose=output.verbose)
    return BlockLook(
        columns_of(sys.stdout), appearance is Look.COLOURED, output.verbose, signs=_are_shown(_SIGNS)
    )


def _are_shown(signs: str) -> bool:
    try:
        signs.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


class _Blocks:
    def __init__(self, output: ExplainOutput) -> None:
        self._output, self._written = output, 0

    def add(self, connection: ObservedConnection) -> None:
        lines = [*block(connection, block_look(self._output))]
        report.write("\n".join(["", *lines] if self._written else lines))
        self._written += 1

    def end(self, end: ExplainEnd) -> None:
        read = end.total.connections + end.total.left_out
        if (read != 1 or not self._written) and (read or not end.errors):
            line = wrapped(total_line(end.total), 0, width())
            report.write(f"\n{line}" if self._written else line)


def total_line(total: ExplainTotal) -> str:
    """Return what all connections come to, in one line."""
    told = f"{counted(total.connections, 'connection')}, {counted(total.associations, 'association')}"
    if total.failed:
        found = ", ".join(f"{name} {count}" for name, count in total.findings.most_common())
        told += f": something is wrong with {total.failed} ({found})"
    elif total.connections:
        told += ": nothing is wrong"
    if total.left_out:
        told += f"; {total.left_out} more {'is' if total.left_out == 1 else 'are'} not what was asked for"
    return told


class _PairTable:
    def __init__(self, output: ExplainOutput) -> None:
        self._output, self._summary = output, PairSummary()

    def add(self, connection: ObservedConnection) -> None:
        self._summary.add(connection)

    def end(self, end: ExplainEnd) -> None:
        pairs = self._summary.pairs
        rows = pair_rows(pairs)
        if not fits(rows, width()):
            for line in pair_blocks(pairs, block_look(self._output)):
                report.write(line)
        elif pairs:
            write_columns(rows, {"FAILED": lambda cell: "" if cell == "0" else RED})
            report.write("")
        if self._summary.left_out:
            beyond = counted(self._summary.left_out, "connection")
            report.write(f"{beyond} of more pairs than there is room for\n")
        if end.total.connections + end.total.left_out or not end.errors:
            report.write(wrapped(total_line(end.total), 0, width()))


class _ExplainJson:
    """Writes each connection as it ends: of a million of them only the last waits, for its comma."""

    def __init__(self, *, shows: bool) -> None:
        self._shows, self._summary = shows, PairSummary()
        self._begun, self._waiting = False, ""

    def add(self, connection: ObservedConnection) -> None:
        self._summary.add(connection)
        if self._shows:
            self._begin()
            if self._waiting:
                report.write(f"{self._waiting},")
            self._waiting = _in_json(explain_report.connection(connection, COMMAND_LINE))

    def end(self, end: ExplainEnd) -> None:
        self._begin()
        if self._waiting:
            report.write(self._waiting)
        told = end.warnings, end.errors, end.total, end.exit_code
        report.write(explain_report.rest(self._summary, *told))

    def _begin(self) -> None:
        if not self._begun:
            report.write(explain_report.beginning())
            self._begun = True


class _ConnectionLines:
    def add(self, connection: ObservedConnection) -> None:
        report.write(_in_json(explain_report.connection(connection, COMMAND_LINE)))

    def end(self, end: ExplainEnd) -> None:
        pass


class _PairLines:
    def __init__(self) -> None:
        self._summary = PairSummary()

    def add(self, connection: ObservedConnection) -> None:
        self._summary.add(connection)

    def end(self, end: ExplainEnd) -> None:  # noqa: ARG002
        for pair in self._summary.pairs:
            report.write(_in_json(explain_report.pair(pair)))


def _in_json(document: explain_report.Object) -> str:
    return report.in_json(document, "ndjson")
