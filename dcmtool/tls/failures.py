"""OpenSSL's errors as failures: what happened, and the advice."""

import os
import re
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dcmtool.advice import Advice
from dcmtool.errors import ConnectionLost, TlsFailure, reason_of
from dcmtool.settings import TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.text import brief, decoded
from dcmtool.tls.profiles import offered, profile

if TYPE_CHECKING:
    from dcmtool.certificates.second_look import Refusal
    from dcmtool.tls.contexts import PreparedTls

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

_REFUSALS: "dict[int, Refusal]" = {
    _SELF_SIGNED: "self-signed",
    **dict.fromkeys((*_NO_ISSUER, _NO_ISSUER_ABOVE, _SELF_SIGNED_ROOT), "untrusted"),
    **dict.fromkeys((_EXPIRED, _NOT_YET_VALID), "out-of-date"),
    **dict.fromkeys((_KEY_TOO_SHORT, _ISSUER_KEY_TOO_SHORT, _WEAK_SIGNATURE), "too-weak"),
    **dict.fromkeys((_REVOKED, _NO_LIST, _LIST_EXPIRED, _LIST_NOT_YET_VALID), "revocation"),
    _WRONG_PURPOSE: "purpose",
}

_OR_NAME = {
    "other-profile": "other-profile-or-name",
    "other-profile-or-cipher": "other-profile-or-cipher-or-name",
    "log": "log-or-name",
    "closed-with-tls": "closed-with-tls-or-name",
}

# An alert of the peer's, with the version of the protocol that defined it, in OpenSSL's words.
ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)")


def handshake_failure(
    error: ssl.SSLError, settings: TlsSettings, answered: bool, asked: bool | None = None
) -> TlsFailure:
    """Return the failure for an error of OpenSSL's during the handshake, begun by the peer if `answered`.

    `asked` says whether it asked for a certificate of ours, None where that cannot be seen.
    """
    reason = error.reason or ""
    if any(word in reason for word in _NO_VERSION):
        return TlsFailure(
            "no-common-version",
            f"the peer takes none of the TLS versions offered ({_offer(settings)})",
            Advice("other-profile"),
            alert=alert_of(reason),
        )
    if any(word in reason for word in _NO_CIPHER) or ("HANDSHAKE_FAILURE" in reason and not answered):
        more = profile(settings.profile).allows_added_ciphers
        return TlsFailure(
            "no-common-cipher",
            f"the peer takes none of the TLS versions and cipher suites offered ({_offer(settings)})",
            _or_name("other-profile-or-cipher" if more else "other-profile", settings),
            alert=alert_of(reason),
        )
    refused = refused_certificate(reason, settings, answered) if asked is not False else None
    return refused or _other(reason, error, settings)


def session_failure(error: ssl.SSLError, settings: TlsSettings, in_use: bool) -> TlsFailure:
    """Return the failure for an error of OpenSSL's after the handshake.

    In TLS 1.3 it is only then that a peer refuses our certificate, before the session is `in_use`.
    """
    reason = error.reason or ""
    if not in_use and (refused := refused_certificate(reason, settings, True)):
        return refused
    return _other(reason, error, settings, named=True)  # a name would have been wanted before


def refused_certificate(reason: str, settings: TlsSettings, answered: bool) -> TlsFailure | None:
    """Return the failure for an alert about our certificate, None for any other."""
    if "CERTIFICATE_REQUIRED" in reason or ("HANDSHAKE_FAILURE" in reason and answered):
        what = "the peer refused the TLS session, most likely"
        return client_certificate(settings, what, alert_of(reason))
    # Before its answer the peer cannot have asked for a certificate.
    for word, meaning in _CLIENT_CERTIFICATE.items() if answered else ():
        if f"ALERT_{word}" in reason:
            if settings.certificate_file is None:
                what = f"the peer refused the TLS session (alert: {words(word)}), most likely"
                return client_certificate(settings, what, words(word))
            return TlsFailure(
                "client-certificate-refused",
                f"the peer refused our certificate {brief(settings.certificate_file)}: it {meaning}",
                Advice("other-client-certificate"),
                alert=words(word),
            )
    return None


def client_certificate(settings: TlsSettings, what: str, alert: str = "") -> TlsFailure:
    """Return the failure for a session that ended when the peer should have taken our certificate.

    `what` says what happened and how likely that is the cause, `alert` names the peer's, if it sent one.
    """
    if settings.certificate_file is None:
        return TlsFailure(
            "client-certificate-required",
            f"{what} for want of a client certificate",
            Advice("client-certificate"),
            alert=alert,
        )
    return TlsFailure(
        "client-certificate-refused",
        f"{what} because it does not take our certificate {brief(settings.certificate_file)}",
        Advice("other-client-certificate"),
        alert=alert,
    )


def _offer(settings: TlsSettings) -> str:
    return offered(profile(settings.profile), settings.ciphers)


def _or_name(key: str, settings: TlsSettings) -> Advice:
    """Return advice that names the server name too, where none was sent: a peer may go by it alone."""
    return Advice(key if settings.server_name is not None else _OR_NAME[key])


def _other(reason: str, error: ssl.SSLError, settings: TlsSettings, *, named: bool = False) -> TlsFailure:
    if "UNRECOGNIZED_NAME" in reason and settings.server_name is None:
        what = "the peer wants a server name"
        return TlsFailure("server-name", what, Advice("server-name"), alert="unrecognized name")
    if "UNRECOGNIZED_NAME" in reason:
        what = "the peer does not know the server name asked for"
        return TlsFailure("server-name", what, Advice("other-server-name"), alert="unrecognized name")
    if "UNSAFE_LEGACY_RENEGOTIATION" in reason:
        what = "the peer's TLS library is too old to renegotiate securely (RFC 5746)"
        return TlsFailure("too-old", what, Advice("update"))
    said = words(reason) if reason else brief(_PYTHON_S_OWN.sub("", str(error)))
    alert = ALERT.fullmatch(said.replace(" ", "_").upper())
    if alert:
        what = f"the peer ended the TLS session with the alert '{words(alert[1])}'"
        return TlsFailure(
            "alert", what, Advice("log") if named else _or_name("log", settings), alert=words(alert[1])
        )
    if said == "unknown error":
        said = "OpenSSL has no word for the reason, which may be an alert of the peer's"
    return TlsFailure("broken", f"the TLS session broke: {said}")


def alert_of(reason: str) -> str:
    """Return the peer's alert that a reason of OpenSSL's is, in words; nothing where it is none."""
    alert = ALERT.fullmatch(reason)
    return words(alert[1]) if alert else ""


def words(reason: str) -> str:
    """Return a reason of OpenSSL's, or an alert, in lower-case words."""
    return reason.replace("_", " ").lower()


# Before there was any TLS ---------------------------------------------------------------------------


def no_tls(data: bytes) -> TlsFailure:
    """Return the failure for a peer whose first bytes are no TLS record."""
    start = data[:8]
    shown = f'{start.hex(" ")} ("{brief(decoded(start))}")'
    if start.startswith(b"HTTP/"):
        kind = "HTTP here, not TLS"
    elif len(start) >= 6 and 1 <= start[0] <= 7 and start[1] == 0:
        kind = "DICOM without TLS here"
    else:
        what = f"what the peer sent is no TLS: it begins with {shown}"
        return TlsFailure("not-tls", what, Advice("right-port"), start=start)
    advice = Advice("dicom-without-tls" if kind.startswith("DICOM") else "right-port")
    return TlsFailure("not-tls", f"the peer speaks {kind}: it began with {shown}", advice, start=start)


def connection_lost(
    lost: ConnectionLost, settings: TlsSettings, answered: bool, asked: bool | None = None
) -> TlsFailure:
    """Return the failure for a connection that ended during the handshake, `asked` as above."""
    how = "closed the connection" if lost.error is None else f"broke the connection ({reason_of(lost.error)})"
    if asked:
        return client_certificate(settings, f"the peer {how} once it had asked for our certificate, perhaps")
    if answered:
        return TlsFailure("closed-midway", f"the peer {how} in the middle of the TLS handshake")
    return TlsFailure(
        "closed",
        f"the peer {how} in place of an answer to the TLS ClientHello",
        _or_name("closed-with-tls", settings),
    )


# Certificates that do not pass ----------------------------------------------------------------------


def refused_twice(code: int, message: str, prepared: "PreparedTls", seen: TlsSession | None) -> TlsFailure:
    """Return the failure for a certificate of the peer's, after a second look that may have shown another.

    Another one is not to blame, and its session is none of the failure's.
    """
    if seen is None or not _shows_another(code, prepared, seen):
        return not_verified(code, message, prepared.settings, seen)
    failure, another = not_verified(code, message, prepared.settings, None), _Certificate(seen)
    what = f"a second connection showed another one, {another.subject}which is not refused for that"
    return TlsFailure(failure.kind, f"{failure.what} ({what})", Advice("several-nodes"))


def _shows_another(code: int, prepared: "PreparedTls", seen: TlsSession) -> bool:
    from dcmtool.certificates.chain import Trust
    from dcmtool.certificates.second_look import is_another

    settings, kind = prepared.settings, _REFUSALS.get(code)
    if kind is None:
        return False
    trust = Trust(
        tuple(filter(os.path.isfile, settings.ca_files)),  # a pipe is not read twice
        settings.ca_directories,
        tuple(filter(os.path.isfile, settings.crl_files)),
        settings.crl_check,
        settings.file_format,
    )
    authorities = prepared.context.get_ca_certs(binary_form=True)
    return is_another(seen.certificate, kind, trust, authorities, datetime.now(UTC))


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
            Advice("rest-of-chain"),
            session,
        )
    if code == _SELF_SIGNED:
        what = f"the peer's certificate {who.subject}is self-signed and not among those that we trust"
        return TlsFailure("self-signed", what, Advice("trust-self-signed"), session)
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
    """Return the failure of a check against revocation lists; in a whole chain it is not known whose."""
    whose = f"{who.subject}or one that it rests on " if whole_chain else who.subject
    if code == _REVOKED:
        what = f"the peer's certificate {whose}has been revoked by its authority"
        return TlsFailure("revoked", what, Advice("revoked"), session)
    if code == _NO_LIST:
        what = f"no revocation list was given to check the peer's certificate {whose}against{who.issuer}"
        missing = "that of every authority up to the root" if whole_chain else "that of its issuer"
        return TlsFailure("no-crl", what, Advice.about("revocation-lists", missing=missing), session)
    if code in (_LIST_EXPIRED, _LIST_NOT_YET_VALID):
        state = "has expired" if code == _LIST_EXPIRED else "is not yet valid"
        what = f"the revocation list given {state}"
        return TlsFailure("crl", what, Advice("newer-revocation-list"), session)
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
        Advice("too-weak"),
        session,
    )


def _not_valid(code: int, message: str, who: "_Certificate", session: TlsSession | None) -> TlsFailure:
    if code in (_EXPIRED, _NOT_YET_VALID):
        kind, what = ("expired", "has expired") if code == _EXPIRED else ("not-yet-valid", "is not yet valid")
        whose, dates = who.out_of_date()
        return TlsFailure(kind, f"{whose} {what}{dates}", Advice(kind), session)
    if code == _WRONG_PURPOSE:
        what = (
            f"the peer's certificate {who.subject}is not for servers (extended key usage, RFC 5280 4.2.1.12)"
        )
        return TlsFailure("purpose", what, Advice("purpose"), session)
    return TlsFailure(
        "untrusted", f"the peer's certificate {who.subject}does not pass: {brief(message)}", None, session
    )


def _trust_advice(settings: TlsSettings, missing: str) -> Advice:
    named = settings.ca_files or settings.ca_directories or settings.system_ca
    return Advice.about("authorities" if named else "no-authorities", missing=missing)


class _Certificate:
    """The peer's certificate in the words of a sentence; empty where it could not be seen."""

    def __init__(self, session: TlsSession | None) -> None:
        from dcmtool.certificates.description import describe

        self._seen = None
        if session is not None and session.certificate:
            try:
                self._seen = describe(session.certificate)
            except ValueError:  # it cannot be described
                self._seen = None

    @property
    def subject(self) -> str:
        """Its subject, quoted, with a blank after it."""
        return f'"{brief(self._seen.subject)}" ' if self._seen else ""

    @property
    def issuer(self) -> str:
        """Its issuer, after a colon."""
        return f' (issuer "{brief(self._seen.issuer)}")' if self._seen else ""

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
