"""The rows of the TLS session: a word of `TlsFailure.kind` each (RFC 8446, RFC 5280)."""

from typing import Any

from dcmtool.diagnosis.evidence import Attempt
from dcmtool.diagnosis.rule import Applies, Rule, always, at, both, has
from dcmtool.errors import DeadlineExpired, TlsFailure


def _without_sni(_cause: Any, attempt: Attempt) -> bool:
    return attempt.asked.server_name is None


def _begins_as_dicom(cause: Any, _attempt: Attempt) -> bool:
    """Whether the peer answered TLS with the header of a PDU (PS3.8 9.3.1)."""
    return len(cause.start) >= 2 and 1 <= cause.start[0] <= 7 and cause.start[1] == 0


def _has(kind: str) -> Applies:
    return has(kind=kind)


_SNI = ("tls-sni",)
_HANGS_UP = ("tls-refused", "tls-version", "tls-cipher", "closed-at-once", "other-protocol")
_HANGS_UP_LATER = ("client-certificate-required", "client-certificate-refused", "tls-cipher", "tls-sni")

TLS_RULES: tuple[Rule, ...] = (
    Rule(TlsFailure, both(_has("no-common-version"), _without_sni), "tls-version", _SNI),
    Rule(TlsFailure, _has("no-common-version"), "tls-version"),
    # Alert 40 before the peer's first message: a server of several names gives it to who names none.
    Rule(TlsFailure, _has("no-common-cipher"), "tls-cipher", ("tls-sni", "tls-version")),
    Rule(TlsFailure, _has("server-name"), "tls-sni", (), "certain"),
    Rule(
        TlsFailure,
        both(_has("client-certificate-required"), has(alert="certificate required")),
        "client-certificate-required",
    ),
    Rule(TlsFailure, _has("client-certificate-required"), "client-certificate-required", ("tls-refused",)),
    Rule(
        TlsFailure,
        both(_has("client-certificate-refused"), has(alert="")),
        "client-certificate-refused",
        ("tls-refused",),
    ),
    Rule(TlsFailure, _has("client-certificate-refused"), "client-certificate-refused"),
    Rule(TlsFailure, _has("too-old"), "tls-refused"),
    Rule(TlsFailure, has(kind=("alert", "broken")), "tls-refused", ("tls-sni", "tls-cipher")),
    Rule(TlsFailure, both(_has("not-tls"), _begins_as_dicom), "plain-expected", (), "certain"),
    Rule(
        TlsFailure,
        both(_has("not-tls"), lambda cause, _attempt: cause.start.startswith(b"HTTP/")),
        "other-protocol",
        (),
        "certain",
        facts={"speaks": "speaks HTTP without TLS"},
    ),
    Rule(
        TlsFailure,
        _has("not-tls"),
        "other-protocol",
        ("plain-expected",),
        facts={"speaks": "speaks no TLS"},
    ),
    # storescp and Orthanc without TLS answer a ClientHello with a bare close or reset.
    Rule(TlsFailure, _has("closed-midway"), "tls-refused", _HANGS_UP_LATER),
    Rule(TlsFailure, _has("closed"), "plain-expected", ("tls-sni", *_HANGS_UP)),
    Rule(TlsFailure, _has("self-signed"), "certificate-self-signed"),
    Rule(TlsFailure, _has("expired"), "certificate-expired"),
    Rule(TlsFailure, _has("not-yet-valid"), "certificate-not-yet-valid"),
    Rule(TlsFailure, _has("wrong-host"), "certificate-other-host"),
    Rule(TlsFailure, _has("revoked"), "certificate-revoked"),
    Rule(TlsFailure, has(kind=("no-crl", "crl")), "revocation-unknown"),
    Rule(TlsFailure, _has("too-weak"), "certificate-weak"),
    Rule(TlsFailure, _has("purpose"), "certificate-purpose"),
    Rule(TlsFailure, _has("expires-soon"), "certificate-expires-soon"),
    Rule(TlsFailure, always, "certificate-untrusted"),
    Rule(DeadlineExpired, at("tls"), "tls-unanswered", ("plain-expected", "other-protocol")),
)
