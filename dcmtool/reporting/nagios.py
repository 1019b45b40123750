"""A verification as the line that the Monitoring Plugins Development Guidelines ask for: text, figures."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from dcmtool.advice import API, Words
from dcmtool.diagnosis.rules import sentence
from dcmtool.errors import Interrupted
from dcmtool.settings import EchoRequest, Output
from dcmtool.text import printable
from dcmtool.verification.report import EchoReport


class ServiceState(IntEnum):
    """The state that a monitor shows; the number is the exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class ServiceStatus(NamedTuple):
    """A state and the sentence that explains it; `figures` is the performance data."""

    state: ServiceState
    sentence: str
    figures: str = ""

    def __str__(self) -> str:
        # A bar would end the text, a line end the line.
        text = f"DICOM {self.state.name} - {printable(self.sentence).replace('|', '/')}"
        return f"{text} | {self.figures}" if self.figures else text


def unknown(sentence: str) -> ServiceStatus:
    """Return the status of a run that could not verify anything."""
    return ServiceStatus(ServiceState.UNKNOWN, sentence)


def judged(report: EchoReport, output: Output, words: Words = API) -> ServiceStatus:
    """Return the status of a verification; the thresholds of `output` bound the mean round trip.

    `words` are what a sentence calls the settings.
    """
    figures = " ".join(_figures(report, output))
    if report.error is not None:
        interrupted = isinstance(report.error, Interrupted)
        state = ServiceState.UNKNOWN if interrupted else ServiceState.CRITICAL
        return ServiceStatus(state, sentence(report.error, words), figures)
    echoes = report.echoes
    milliseconds = (echoes.mean or 0) / 1e6
    count = "an echo" if echoes.received == 1 else f"{echoes.received} echoes"
    mean = "" if echoes.received == 1 else " on average"
    said = f"{report.host} port {report.port} answered {count} in {milliseconds:.3f} ms{mean}"
    for state, limit in ((ServiceState.CRITICAL, output.critical), (ServiceState.WARNING, output.warning)):
        if limit is not None and milliseconds > limit:
            return ServiceStatus(state, f"{said}, more than {_plain(limit)} ms", figures)
    return ServiceStatus(ServiceState.OK, said, figures)


def expected(status: ServiceStatus, report: EchoReport, request: EchoRequest, expect: str) -> ServiceStatus:
    """Return the status of a verification that is OK where it came to what was expected, whatever that is."""
    from dcmtool.diagnosis.expectation import Expectation, unmet

    expectation = Expectation.of(expect)
    if expectation is None or isinstance(report.error, Interrupted):
        return status
    if not expectation.is_met(report, request):
        words = f"{unmet(expectation, report, request)}: {status.sentence}"
        return status._replace(state=ServiceState.CRITICAL, sentence=words)
    if report.error is None:
        return status
    return status._replace(state=ServiceState.OK, sentence=f"as expected: {status.sentence}")


def _figures(report: EchoReport, output: Output) -> Iterator[str]:
    """Yield what was measured, in seconds or as a count, as label=value;warning;critical;minimum;maximum."""
    echoes, phases = report.echoes, report.phases
    if echoes.mean is not None:
        warning, critical = (
            "" if limit is None else _plain(limit / 1000) for limit in (output.warning, output.critical)
        )
        yield f"rtt={_plain(echoes.mean / 1e9)}s;{warning};{critical};0"
    for label, taken in (("connect", phases.connect), ("tls", phases.tls), ("associate", phases.associate)):
        if taken is not None:
            yield f"{label}={_plain(taken / 1e9)}s;;;0"
    yield f"lost={echoes.lost};;;0;{echoes.sent}"


def _plain(number: float) -> str:
    """Return a number without an exponent, which monitors do not read."""
    return f"{number:.9f}".rstrip("0").rstrip(".")
