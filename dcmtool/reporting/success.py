"""A success in one sentence, for a person."""

from collections.abc import Iterator

from dcmtool.settings import EchoRequest, Negotiation
from dcmtool.text import printable
from dcmtool.verification.report import EchoReport


def answered(report: EchoReport, request: EchoRequest) -> str:
    """Return who answered, and how fast; a title that nobody chose is no name."""
    many, mean = report.echoes.received, report.echoes.mean or 0
    count = "" if many == 1 else f" {many} echoes"
    average = "" if many == 1 else " on average"
    details = ", ".join(_details(report))
    more = f" ({details})" if details else ""
    return f"{whom(request)} answered{count} in {_ms(mean)}{average}{more}"


def whom(request: EchoRequest) -> str:
    """Return whom a verification calls."""
    title, peer = request.negotiation.called_aet, request.peer
    name = "" if title == Negotiation.called_aet else f"{printable(title)} at "
    return f"{name}{printable(peer.host)} port {peer.port}"


def _details(report: EchoReport) -> Iterator[str]:
    if report.phases.associate is not None and not report.per_phase:
        yield f"associated in {_ms(report.phases.associate)}"
    if report.tls is not None:
        yield report.tls.protocol
    negotiated = report.negotiated
    if negotiated is not None and negotiated.implementation_version_name.strip():
        yield printable(negotiated.implementation_version_name.strip())


def _ms(nanoseconds: float) -> str:
    milliseconds = nanoseconds / 1_000_000
    return f"{milliseconds:.2f} ms" if milliseconds < 0.1 else f"{milliseconds:.1f} ms"
