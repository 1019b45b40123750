"""What is asked of a session that OpenSSL accepted: the name, the days left, the length of the key."""

from datetime import datetime

from dcmtool.errors import TlsFailure
from dcmtool.settings import TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.text import printable
from dcmtool.transport.profiles import profile


def check_session(session: TlsSession, settings: TlsSettings, host: str, now: datetime) -> None:
    """Hold a session against the settings; `host` is whom we called, `now` has a time zone.

    Raises:
        TlsFailure: the certificate is for another host, expires too soon, or has too short a key.
    """
    minimum = profile(settings.profile).minimum_rsa_bits if settings.verify_peer else None
    if not (settings.check_hostname or settings.min_days is not None or minimum) or not session.certificate:
        return
    from dcmtool.certificates.description import describe

    try:
        certificate = describe(session.certificate)
    except ValueError as error:
        raise TlsFailure(
            "certificate", f"the peer's certificate cannot be read: {error}", "", session
        ) from error
    if minimum and certificate.key_kind == "RSA" and certificate.key_bits < minimum:
        raise TlsFailure(
            "key-too-short",
            f"the peer's RSA key has {certificate.key_bits} bits where the profile asks for {minimum} "
            f"({profile(settings.profile).clause})",
            "the peer needs a certificate with a longer key",
            session,
        )
    name = settings.server_name or host
    if settings.check_hostname and not certificate.matches(name):
        names = ", ".join(certificate.names) or f"CN={certificate.common_name}"
        raise TlsFailure(
            "wrong-host",
            f"the peer's certificate is not for '{printable(name)}' but for {printable(names)}",
            "call it by a name of its certificate, or give that with --request-sni",
            session,
        )
    left = certificate.days_left(now)
    if settings.min_days is not None and left < settings.min_days:
        raise TlsFailure(
            "expires-soon",
            f"the peer's certificate expires on {certificate.not_after:%Y-%m-%d}, which leaves {left} days "
            f"where {settings.min_days} are asked for",
            "have it renewed",
            session,
        )
