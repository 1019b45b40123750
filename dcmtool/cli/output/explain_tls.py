"""What a TLS handshake between two others shows in the clear, as titles and texts."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dcmtool.capture.connection import ObservedTls
from dcmtool.text import brief, counted, printable

_MOST_SUITES = 3


def tls(session: ObservedTls, began: int, *, verbose: bool) -> Iterator[tuple[str, str]]:
    """Yield what is seen of a session that began at this time (ns since 1970)."""
    yield "TLS", printable("; ".join(_agreed(session, verbose=verbose)))
    for side, chain in (("acceptor", session.certificates), ("requestor", session.client_certificates)):
        if chain:
            yield "shown", f"by the {side}: {_certificate(chain[0], began)}{_more(len(chain) - 1)}"
    if session.alerts:
        alerts = ", ".join(f"{name} (the {side})" for side, name in session.alerts)
        yield "alerts", printable(alerts)


def _agreed(session: ObservedTls, *, verbose: bool) -> Iterator[str]:
    if session.offered:
        yield f"{', '.join(session.offered)} offered"
    if session.suites:
        most = len(session.suites) if verbose else _MOST_SUITES
        shown, left = session.suites[:most], len(session.suites) - most
        yield f"with {', '.join(shown)}{f' and {left} more' if left > 0 else ''}"
    yield f"for {brief(session.server_name)} (SNI)" if session.server_name else "no server name (SNI)"
    if session.version or session.suite:
        yield f"answered with {' and '.join(filter(None, (session.version, session.suite)))}"
    else:
        yield "not answered"
    if session.asks_for_certificate:
        yield "the acceptor asks for a certificate"
    yield "established" if session.established else "not established"


def _certificate(der: bytes, began: int) -> str:
    """Return whose a certificate is, and whether it held when it was shown."""
    from dcmtool.certificates.description import described_if_any

    described = described_if_any(der)
    if described is None:
        return f"{counted(len(der), 'byte')} that are no certificate that can be read"
    dates = f"{described.not_before:%Y-%m-%d} to {described.not_after:%Y-%m-%d}"
    state = "" if began <= 0 else f", {described.state(_date(began)).replace('-', ' ')} then"
    return printable(f"{brief(described.subject)}, issued by {brief(described.issuer)}, {dates}{state}")


def _date(nanoseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def _more(count: int) -> str:
    return f", and {counted(count, 'certificate')} above it" if count else ""
