"""OpenSSL's errors as sentences that say what happened and what to change."""

import re
import ssl
from datetime import UTC, datetime

from dcmtool.errors import ConnectionLost, TlsFailure, reason_of
from dcmtool.settings import TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.text import decoded, printable
from dcmtool.transport.profiles import offered, profile

# OpenSSL's words for the alerts by which a peer refuses our certificate (RFC 8446 6.2), and what they mean.
_CLIENT_CERTIFICATE = {
    "BAD_CERTIFICATE": "is damaged, or one that the peer does not take",
    "UNSUPPORTED_CERTIFICATE": "is of a kind that the peer does not take",
    "CERTIFICATE_REVOKED": "has been revoked",
    "CERTIFICATE_EXPIRED": "has expired, or is not yet valid",
    "CERTIFICATE_UNKNOWN": "is not acceptable to the peer",
    "UNKNOWN_CA": "is not from an authority that the peer trusts",
    "ACCESS_DENIED": "is valid, but the peer grants it no access",
    "DECRYPT_ERROR": "does not verify at the peer",
}
# What Python puts around a reason that it has no word for.
_PYTHON_S_OWN = re.compile(r"^\[SSL\] | \(_ssl\.c:\d+\)$")
_NO_VERSION = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION", "VERSION_TOO_LOW")
_NO_CIPHER = ("NO_SHARED_CIPHER", "INSUFFICIENT_SECURITY", "WRONG_CIPHER_RETURNED", "NO_CIPHERS_AVAILABLE")

# X.509 verification errors (OpenSSL's x509_vfy.h): the issuer is missing, or not trusted.
_NO_ISSUER_ABOVE, _NO_ISSUER, _SELF_SIGNED, _SELF_SIGNED_ROOT = 2, (20, 21, 27), 18, 19
_NOT_YET_VALID, _EXPIRED, _REVOKED, _WRONG_PURPOSE = 9, 10, 23, 26
_NO_LIST, _LIST_NOT_YET_VALID, _LIST_EXPIRED = 3, 11, 12
_KEY_TOO_SHORT, _ISSUER_KEY_TOO_SHORT, _WEAK_SIGNATURE = 66, 67, 68

# An alert of the peer's, with the version of the protocol that defined it, in OpenSSL's words.
ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)")


def handshake_failure(error: ssl.SSLError, settings: TlsSettings, answered: bool) -> TlsFailure:
    """Return the failure for an error of OpenSSL's during the handshake, begun by the peer if `answered`."""
    reason = error.reason or ""
    if any(word in reason for word in _NO_VERSION):
        return TlsFailure(
            "no-common-version",
            f"the peer takes none of the TLS versions offered ({_offer(settings)})",
            "choose another profile (+ph lists them)",
        )
    if any(word in reason for word in _NO_CIPHER) or ("HANDSHAKE_FAILURE" in reason and not answered):
        add = " or add a suite with +cs" if profile(settings.profile).allows_added_ciphers else ""
        return TlsFailure(
            "no-common-cipher",
            f"the peer takes none of the TLS versions and cipher suites offered ({_offer(settings)})",
            f"choose another profile (+ph lists them){add}",
        )
    return refused_certificate(reason, settings, answered) or _other(reason, error, settings)


def session_failure(error: ssl.SSLError, settings: TlsSettings, in_use: bool) -> TlsFailure:
    """Return the failure for an error of OpenSSL's after the handshake.

    In TLS 1.3 it is only then that a peer refuses our certificate, before the session is `in_use`.
    """
    reason = error.reason or ""
    return (None if in_use else refused_certificate(reason, settings, True)) or _other(
        reason, error, settings
    )


def refused_certificate(reason: str, settings: TlsSettings, answered: bool) -> TlsFailure | None:
    """Return the failure for an alert about our certificate, None for any other."""
    if "CERTIFICATE_REQUIRED" in reason or ("HANDSHAKE_FAILURE" in reason and answered):
        return client_certificate(settings, "the peer refused the TLS session, most likely")
    for word, meaning in _CLIENT_CERTIFICATE.items() if answered else ():  # nobody has asked for it before
        if f"ALERT_{word}" in reason:
            if settings.certificate_file is None:
                return client_certificate(
                    settings, f"the peer refused the TLS session (alert: {words(word)}), most likely"
                )
            return TlsFailure(
                "client-certificate-refused",
                f"the peer refused our certificate {printable(settings.certificate_file)}: it {meaning}",
                "give another with +tls, or have the peer trust it",
            )
    return None


def client_certificate(settings: TlsSettings, what: str) -> TlsFailure:
    """Return the failure for a session that ended when the peer should have taken our certificate.

    `what` says what happened and how likely that is the cause.
    """
    if settings.certificate_file is None:
        return TlsFailure(
            "client-certificate-required",
            f"{what} for want of a client certificate",
            "give one with +tls KEY CERT",
        )
    return TlsFailure(
        "client-certificate-refused",
        f"{what} because it does not take our certificate {printable(settings.certificate_file)}",
        "give another with +tls, or have the peer trust it",
    )


def _offer(settings: TlsSettings) -> str:
    return offered(profile(settings.profile), settings.ciphers)


def _other(reason: str, error: ssl.SSLError, settings: TlsSettings) -> TlsFailure:
    if "UNRECOGNIZED_NAME" in reason and settings.server_name is None:
        return TlsFailure("server-name", "the peer wants a server name", "give one with --request-sni")
    if "UNRECOGNIZED_NAME" in reason:
        what = "the peer does not know the server name asked for"
        return TlsFailure("server-name", what, "give another with --request-sni, or none")
    if "UNSAFE_LEGACY_RENEGOTIATION" in reason:
        what = "the peer's TLS library is too old to renegotiate securely (RFC 5746)"
        return TlsFailure("too-old", what, "bring it up to date")
    said = words(reason) if reason else printable(_PYTHON_S_OWN.sub("", str(error)))
    alert = ALERT.fullmatch(said.replace(" ", "_").upper())
    if alert:
        what = f"the peer ended the TLS session with the alert '{words(alert[1])}'"
        return TlsFailure("alert", what, "see its log")
    if said == "unknown error":
        said = "OpenSSL has no word for the reason, which may be an alert of the peer's"
    return TlsFailure("broken", f"the TLS session broke: {said}")


def words(reason: str) -> str:
    """Return a reason of OpenSSL's, or an alert, in lower-case words."""
    return reason.replace("_", " ").lower()


# Before there was any TLS ---------------------------------------------------------------------------


def no_tls(data: bytes) -> TlsFailure:
    """Return the failure for a peer whose first bytes are no TLS record."""
    start = data[:8]
    shown = f'{start.hex(" ")} ("{printable(decoded(start))}")'
    if start.startswith(b"HTTP/"):
        kind = "HTTP"
    elif len(start) >= 6 and 1 <= start[0] <= 7 and start[1] == 0:
        kind = "DICOM without TLS"
    else:
        return TlsFailure(
            "not-tls", f"what the peer sent is no TLS: it begins with {shown}", "is it the right port?"
        )
    advice = (
        "leave +tla or +tls out, or ask for its TLS port"
        if kind.startswith("DICOM")
        else "is it the right port?"
    )
    return TlsFailure("not-tls", f"the peer speaks {kind} here, not TLS: it began with {shown}", advice)


def connection_lost(lost: ConnectionLost, answered: bool) -> TlsFailure:
    """Return the failure for a connection that ended during the handshake."""
    how = "closed the connection" if lost.error is None else f"broke the connection ({reason_of(lost.error)})"
    if answered:
        return TlsFailure("closed", f"the peer {how} in the middle of the TLS handshake")
    return TlsFailure(
        "closed",
        f"the peer {how} in place of an answer to the TLS ClientHello",
        "if the port is one without TLS, leave +tla or +tls out; else see the peer's log",
    )


# Certificates that do not pass ----------------------------------------------------------------------


def not_verified(code: int, message: str, settings: TlsSettings, session: TlsSession | None) -> TlsFailure:
    """Return the failure for a certificate of the peer's that OpenSSL rejected with this error number.

    `session` is that of a second connection, made to see the certificate, where there was one.
    """
    who = _Certificate(session)
    if code in _NO_ISSUER:
        return TlsFailure(
            "untrusted",
            f"the peer's certificate {who.subject}is not from an authority that we trust{who.issuer}",
            _trust_advice(settings, "the certificates from its issuer up to the root"),
            session,
        )
    if code == _NO_ISSUER_ABOVE:
        return TlsFailure(
            "untrusted",
            f"the chain of the peer's certificate {who.subject}ends below a root that we trust{who.issuer}",
            "add the certificates above its issuer, up to the root, with +cf",
            session,
        )
    if code == _SELF_SIGNED:
        what = f"the peer's certificate {who.subject}is self-signed and not among those that we trust"
        return TlsFailure("self-signed", what, "if it is the right one, give it with +cf", session)
    if code == _SELF_SIGNED_ROOT:
        what = f"the peer's certificate {who.subject}leads to a root that we do not trust{who.issuer}"
        advice = _trust_advice(settings, "the certificate of that root")
        return TlsFailure("untrusted", what, advice, session)
    whole_chain = settings.crl_check == "chain"
    return (
        _revocation(code, who, session, whole_chain)
        or _too_weak(code, who, session)
        or _not_valid(code, message, who, session)
    )


def _revocation(
    code: int, who: "_Certificate", session: TlsSession | None, whole_chain: bool
) -> TlsFailure | None:
    """Return the failure where revocation lists are the matter; of the whole chain, it is not known whose."""
    whose = f"{who.subject}or one that it rests on " if whole_chain else who.subject
    if code == _REVOKED:
        what = f"the peer's certificate {whose}has been revoked by its authority"
        return TlsFailure("revoked", what, "the peer needs a new one", session)
    if code == _NO_LIST:
        what = f"no revocation list was given to check the peer's certificate {whose}against{who.issuer}"
        missing = "that of every authority up to the root" if whole_chain else "that of its issuer"
        return TlsFailure("no-crl", what, f"add {missing} with +crl, or leave the check out", session)
    if code in (_LIST_EXPIRED, _LIST_NOT_YET_VALID):
        state = "has expired" if code == _LIST_EXPIRED else "is not yet valid"
        return TlsFailure(
            "crl", f"the revocation list given {state}", "get a newer one from the authority", session
        )
    return None


def _too_weak(code: int, who: "_Certificate", session: TlsSession | None) -> TlsFailure | None:
    """Return the failure where the profile asks for more strength than a certificate of the chain has."""
    if code not in (_KEY_TOO_SHORT, _ISSUER_KEY_TOO_SHORT, _WEAK_SIGNATURE):
        return None
    whose = who.subject if code == _KEY_TOO_SHORT else f"{who.subject}or one that it rests on "
    what = "is signed with SHA-1 or MD5" if code == _WEAK_SIGNATURE else f"has too short a key{who.key}"
    return TlsFailure(
        "too-weak",
        f"the peer's certificate {whose}{what}, which the profile does not take",
        "have it replaced; +px takes it",
        session,
    )


def _not_valid(code: int, message: str, who: "_Certificate", session: TlsSession | None) -> TlsFailure:
    if code in (_EXPIRED, _NOT_YET_VALID):
        kind, what = ("expired", "has expired") if code == _EXPIRED else ("not-yet-valid", "is not yet valid")
        whose, dates = who.out_of_date()
        advice = "have it renewed, and compare the clocks" if code == _EXPIRED else "compare the clocks"
        return TlsFailure(kind, f"{whose} {what}{dates}", advice, session)
    if code == _WRONG_PURPOSE:
        what = (
            f"the peer's certificate {who.subject}is not for servers (extended key usage, RFC 5280 4.2.1.12)"
        )
        return TlsFailure("purpose", what, "the peer needs one for server authentication", session)
    return TlsFailure(
        "untrusted", f"the peer's certificate {who.subject}does not pass: {printable(message)}", "", session
    )


def _trust_advice(settings: TlsSettings, missing: str) -> str:
    if settings.ca_files or settings.ca_directories or settings.system_ca:
        return f"add {missing} with +cf"
    return f"none was named: give {missing} with +cf, or use --system-ca"


class _Certificate:
    """What there is to say about the peer's certificate; nothing where it could not be seen."""

    def __init__(self, session: TlsSession | None) -> None:
        from dcmtool.certificates.description import describe

        self._seen = None
        if session is not None and session.certificate:
            try:
                self._seen = describe(session.certificate)
            except ValueError:  # there is nothing to say about it
                self._seen = None

    @property
    def subject(self) -> str:
        """Its subject, quoted, with a blank after it."""
        return f'"{printable(self._seen.subject)}" ' if self._seen else ""

    @property
    def issuer(self) -> str:
        """Its issuer, after a colon."""
        return f' (issuer "{printable(self._seen.issuer)}")' if self._seen else ""

    @property
    def key(self) -> str:
        """Its kind of key and length."""
        return f" ({self._seen.key_kind}, {self._seen.key_bits} bits)" if self._seen else ""

    def out_of_date(self) -> tuple[str, str]:
        """Return whose certificate is out of date, and since when; the one seen may be in order itself."""
        if self._seen is None:
            return "the peer's certificate or one that it rests on", ""
        state = self._seen.state(datetime.now(UTC))
        if state == "valid":
            return f"a certificate above the peer's {self.subject.strip()}", self.issuer
        first, last = (f"{date:%Y-%m-%d %H:%M} UTC" for date in (self._seen.not_before, self._seen.not_after))
        return f"the peer's certificate {self.subject.strip()}", f" (valid from {first} to {last})"
