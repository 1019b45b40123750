"""The figures of a verification as plain text that is read and cut apart alike: times in milliseconds."""

from collections.abc import Iterator

from dcmtool.dimse import status
from dcmtool.verification.report import PHASES, Echoes, EchoReport
from dcmtool.verification.statistics import Durations

_BARS, _BAR = 12, 50  # how many at most, and how long the longest is
_LABELS = dict(zip(PHASES, PHASES, strict=True)) | {"tls": "TLS"}


def summary(report: EchoReport, bar: int = _BAR) -> Iterator[str]:
    """Yield the lines, at most 80 characters each: counts, round trips, their histogram, and the phases.

    The longest `bar` of the histogram has so many characters.
    """
    yield from _counts(report.echoes)
    if report.echoes.received:
        yield ""
        yield "round trip (ms)"
        if report.echoes.received == 1:  # which has no distribution
            yield _row("one echo", _ms(report.echoes.minimum))
        else:
            yield from _round_trips(report.echoes)
            yield ""
            yield from _histogram(report.echoes.round_trips, bar)
    if report.per_phase:
        yield ""
        yield from _phases_of_many(report.per_phase)
    elif any(time is not None for time in vars(report.phases).values()):
        yield ""
        yield "phase (ms)"
        for name in PHASES:
            time = getattr(report.phases, name)
            if time is not None:
                yield _row(_LABELS[name], _ms(time))


def _counts(echoes: Echoes) -> Iterator[str]:
    yield "echoes"
    yield _row("sent", str(echoes.sent))
    yield _row("received", str(echoes.received))
    share = f"  ({echoes.lost / echoes.sent:.1%})" if echoes.lost else ""
    yield _row("lost", str(echoes.lost)) + share
    for code, number in sorted(echoes.statuses.items()):
        if code != status.SUCCESS:
            yield _row(f"status {code:04X}", str(number)) + f"  ({status.meaning(code)})"


def _round_trips(echoes: Echoes) -> Iterator[str]:
    for name in ("minimum", "median", "p95", "p99", "maximum", "mean", "deviation"):
        yield _row(name, _ms(getattr(echoes, name)))


def _histogram(round_trips: Durations, most: int) -> Iterator[str]:
    """Yield a bar for each range of times, named by the shortest of them; none that occurred is invisible."""
    bars = round_trips.histogram(min(_BARS, round(2 * round_trips.count**0.5)))
    longest = max(count for _, _, count in bars)
    yield f"  {'from (ms)':<12}  echoes"
    for low, _, count in bars:
        bar = "#" * -(-count * most // longest)
        yield f"  {_ms(low):>12}  {bar}{' ' if bar else ''}{count}"


def _phases_of_many(per_phase: dict[str, Durations]) -> Iterator[str]:
    titles = ("count", "minimum", "median", "p95", "maximum", "mean")
    yield f"{'phase (ms)':<12}" + "".join(f"{title:>11}" for title in titles)
    for name in PHASES:
        if name in per_phase:
            times = per_phase[name]
            shares = [_ms(times.quantile(share)) if times.count > 1 else "-" for share in (0.5, 0.95)]
            figures = (_ms(times.minimum), *shares, _ms(times.maximum), _ms(times.mean))
            yield f"  {_LABELS[name]:<10}{times.count:>11}" + "".join(f"{each:>11}" for each in figures)


def _row(name: str, figure: str) -> str:
    return f"  {name:<12}{figure:>12}"


def _ms(time: float | None) -> str:
    assert time is not None, "there is at least one"
    return f"{time / 1_000_000:.3f}"
