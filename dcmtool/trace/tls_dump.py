"""A TLS session in words: a summary of two lines, and the block that DCMTK's tools print, with more in it."""

from collections.abc import Iterator
from datetime import datetime

from dcmtool.advice import API, Words
from dcmtool.certificates.description import Description, describe
from dcmtool.steps import TlsSession
from dcmtool.text import brief
from dcmtool.tls.profiles import met_by


def summary(session: TlsSession, host: str, now: datetime) -> Iterator[str]:
    """Yield what was negotiated and with whom; `host` is whom we called, `now` has a time zone."""
    sent = f"SNI {brief(session.server_name)}" if session.server_name else "no SNI"
    yield f"TLS Session Established ({session.protocol}, {session.cipher}, {session.bits} bits, {sent})"
    certificate = _described(session)
    if isinstance(certificate, str):
        yield f"Peer Certificate: {certificate}"
        return
    yield (
        f'Peer Certificate: "{brief(certificate.subject)}" of "{brief(certificate.issuer)}", '
        f"{_until(certificate, now)}, {_verdict(session)}, {_name_match(certificate, session, host)}"
    )
    if certificate.unreadable:
        yield f"Peer Certificate: these parts of it cannot be read: {', '.join(certificate.unreadable)}"


def details(session: TlsSession, host: str, now: datetime, words: Words = API) -> Iterator[str]:
    """Yield the block of DCMTK's tools: their lines first, then what they leave out."""
    yield _ruler("BEGIN")
    yield "Transport connection: TLS over TCP/IP"
    yield f"  Protocol    : {session.protocol}"
    yield f"  Ciphersuite : {session.cipher}, encryption: {session.bits} bits"
    yield f"  Server name : {brief(session.server_name) if session.server_name else 'none sent'} (SNI)"
    yield "Peer X.509v3 Certificate"
    certificate = _described(session)
    if isinstance(certificate, str):
        yield f"  {certificate}"
    else:
        yield from _certificate(certificate)
        yield f"  Days left   : {certificate.days_left(now)}"
        yield f"  Chain       : {_verdict(session)}"
        yield f"  Name        : {_name_match(certificate, session, host)}"
        yield f"  Profiles met: {_profiles(session, certificate, words)}"
    yield _ruler("END")


def _ruler(word: str) -> str:
    return f" {word} TLS CONNECTION DETAILS ".center(66 if word == "BEGIN" else 65, "=")[:65]


def _described(session: TlsSession) -> Description | str:
    if not session.certificate:
        return "none"
    try:
        return describe(session.certificate)
    except ValueError as error:
        return f"cannot be read: {brief(str(error))}"


def _certificate(certificate: Description) -> Iterator[str]:
    first, last = (
        f"{date:%b} {date.day:2} {date:%H:%M:%S %Y} GMT"
        for date in (certificate.not_before, certificate.not_after)
    )
    curve = f", {certificate.curve}" if certificate.curve else ""
    yield f"  Subject     : {brief(certificate.subject_line)}"
    yield f"  Issued by   : {brief(certificate.issuer_line)}"
    yield f"  Serial no.  : {certificate.serial}"
    yield f"  Validity    : not before {first}, not after {last}"
    yield f"  Public key  : {certificate.key_kind}, {certificate.key_bits} bits{curve}"
    yield f"  Signature   : {certificate.signature_hash or 'unknown'}"
    yield f"  Alt. names  : {', '.join(map(brief, certificate.names)) or 'none'}"
    yield f"  Fingerprint : SHA-256 {certificate.fingerprint}"
    if certificate.unreadable:
        yield f"  Unreadable  : {', '.join(certificate.unreadable)}"


def _until(certificate: Description, now: datetime) -> str:
    day, left = f"{certificate.not_after:%Y-%m-%d}", certificate.days_left(now)
    if certificate.state(now) == "not-yet-valid":
        return f"not valid until {certificate.not_before:%Y-%m-%d}"
    return f"expired on {day}" if left < 0 else f"valid until {day} ({left} days left)"


def _verdict(session: TlsSession) -> str:
    return "trusted" if session.verified else "not verified"


def _name_match(certificate: Description, session: TlsSession, host: str) -> str:
    name = session.server_name or host
    return f"{'is' if certificate.matches(name) else 'not'} for '{brief(name)}'"


def _profiles(session: TlsSession, certificate: Description, words: Words) -> str:
    if certificate.signature_hash in ("MD5", "SHA1") and not certificate.self_signed:
        return f"none of BCP 195, since the certificate is signed with {certificate.signature_hash}"
    met = met_by(session.protocol, session.cipher, (certificate.key_kind, certificate.key_bits))
    named = (f"{profile.clause} ({words[f'profile {profile.word}']})" for profile in met)
    return ", ".join(named) or "none of BCP 195"
