"""What the connections of each pair of nodes come to, as the rows of a table."""

from collections.abc import Iterator

from dcmtool.capture.summary import Pair, PairSummary
from dcmtool.cli.output.explain_rows import took

_HEADING = (
    "CALLER",
    "CALLED",
    "CONNECTIONS",
    "ASSOCIATIONS",
    "FAILED",
    "FINDINGS",
    "ACCEPTED IN",
    "ANSWERED IN",
)


def pair_rows(summary: PairSummary) -> list[tuple[str, ...]]:
    """Return the heading, and a row a pair: those with the most failures first; times are medians and p95."""
    pairs = sorted(summary.pairs, key=lambda pair: -pair.failed)
    return [_HEADING, *map(_row, pairs)]


def _row(pair: Pair) -> tuple[str, ...]:
    findings = sorted(pair.findings.items(), key=lambda each: -each[1])
    return (
        " ".join(filter(None, (pair.calling, pair.requestor.address))),
        " ".join(filter(None, (pair.called, str(pair.acceptor)))),
        str(pair.connections),
        str(pair.associations),
        str(pair.failed),
        ", ".join(f"{name} {count}" for name, count in findings),
        "" if pair.accept is None else f"{took(pair.accept.median)}, {took(pair.accept.p95)}",
        "; ".join(_commands(pair)),
    )


def _commands(pair: Pair) -> Iterator[str]:
    for command, spans in pair.commands.items():
        yield f"{command} {took(spans.median)}, {took(spans.p95)}"
