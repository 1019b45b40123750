"""What is asked of a session that OpenSSL accepted: the name, and the days left."""

from datetime import datetime

from dcmtool.advice import Advice
from dcmtool.errors import TlsFailure
from dcmtool.settings import TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.text import brief


def check_session(session: TlsSession, settings: TlsSettings, host: str, now: datetime) -> None:
    """Check a session against the settings; `host` is the one we called, `now` has a time zone.

    Raises:
        TlsFailure: the certificate is for another host, or expires too soon.
    """
    if not (settings.check_hostname or settings.min_days is not None) or not session.certificate:
        return
    from dcmtool.certificates.description import describe

    try:
        certificate = describe(session.certificate)
    except ValueError as error:
        raise TlsFailure(
            "certificate", f"the peer's certificate cannot be read: {error}", None, session
        ) from error
    name = settings.server_name or host
    if settings.check_hostname and not certificate.matches(name):
        names = ", ".join(certificate.names[:5]) or f"CN={certificate.common_name}"
        more = len(certificate.names) - 5
        names += f" and {more} more" if more > 0 else ""
        raise TlsFailure(
            "wrong-host",
            f"the peer's certificate is not for '{brief(name)}' but for {brief(names)}",
            Advice("wrong-host"),
            session,
        )
    left = certificate.days_left(now)
    if settings.min_days is not None and left < settings.min_days:
        raise TlsFailure(
            "expires-soon",
            f"the peer's certificate expires on {certificate.not_after:%Y-%m-%d}, which leaves {left} days "
            f"where {settings.min_days} are asked for",
            Advice("expires-soon"),
            session,
        )
