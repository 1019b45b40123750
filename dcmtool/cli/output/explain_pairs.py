"""What the connections of each pair of nodes come to: a table, or a block a pair where that is too wide."""

from collections.abc import Iterator, Sequence

from dcmtool.capture.connection import Spans
from dcmtool.capture.summary import Pair
from dcmtool.cli.output.explain_rows import took
from dcmtool.cli.output.explain_text import BlockLook, rows_as_lines
from dcmtool.text import counted, printable

_HEADING = ("CALLER", "CALLED", "CONN", "ASSOC", "FAILED", "FINDINGS", "ACCEPTED IN", "ANSWERED IN")
_GAP = 2  # columns between two cells


def pair_rows(pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    """Return the heading, and a row a pair: those with the most failures first; times are medians and p95."""
    return [_HEADING, *map(_row, worst_first(pairs))]


def worst_first(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs, those with the most failures first."""
    return sorted(pairs, key=lambda pair: -pair.failed)


def fits(rows: Sequence[tuple[str, ...]], width: int | None) -> bool:
    """Return whether a table is not too wide."""
    widths = [max(map(len, column)) + _GAP for column in zip(*rows, strict=True)]
    return width is None or sum(widths) - _GAP <= width


def pair_blocks(pairs: Sequence[Pair], look: BlockLook) -> Iterator[str]:
    """Yield the same as a few lines a pair."""
    for pair in worst_first(pairs):
        yield from rows_as_lines(
            "failed" if pair.failed else "ok", f"{_caller(pair)} to {_called(pair)}", _told(pair), look
        )
        yield ""


def _told(pair: Pair) -> Iterator[tuple[str, str]]:
    wrong = f"something is wrong with {pair.failed}" if pair.failed else "nothing is wrong"
    connections = f"{counted(pair.connections, 'connection')}, {counted(pair.associations, 'association')}"
    yield "in all", f"{connections}: {wrong}"
    if pair.findings:
        yield "findings", _findings(pair)
    if pair.accept is not None:
        yield "accepted", f"in {_in_words(pair.accept)}"
    if pair.commands:
        yield "answered", "; ".join(f"{name} in {_in_words(each)}" for name, each in pair.commands.items())


def _row(pair: Pair) -> tuple[str, ...]:
    return (
        _caller(pair),
        _called(pair),
        *map(str, (pair.connections, pair.associations, pair.failed)),
        _findings(pair),
        "" if pair.accept is None else _spans(pair.accept),
        _commands(pair),
    )


def _caller(pair: Pair) -> str:
    return printable(" ".join(filter(None, (pair.calling, pair.requestor.address)))) or "unknown"


def _called(pair: Pair) -> str:
    return printable(" ".join(filter(None, (pair.called, str(pair.acceptor))))) or "unknown"


def _findings(pair: Pair) -> str:
    counts = sorted(pair.findings.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} {count}" for name, count in counts)


def _commands(pair: Pair) -> str:
    return "; ".join(f"{command} {_spans(spans)}" for command, spans in pair.commands.items())


def _spans(spans: Spans) -> str:
    return took(spans.median) if spans.times == 1 else f"{took(spans.median)}, {took(spans.p95)}"


def _in_words(spans: Spans) -> str:
    if spans.times == 1:
        return took(spans.median)
    return f"{took(spans.median)} (median), {took(spans.p95)} (p95)"
