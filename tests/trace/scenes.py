"""Runs with fixed times that the renderers are shown; the snapshots and the README's images are of these."""

import errno
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from dcmtool.advice import Advice
from dcmtool.errors import ConnectFailed, Rejection, TlsFailure
from dcmtool.settings import Negotiation, Timeouts, TlsSettings, first_transfer_syntaxes
from dcmtool.steps import Received, Secured, TlsSession
from tests.peers import wire
from tests.verification.playbook import (
    ADDRESS,
    ECHO,
    TO_ASSOCIATE,
    TO_ECHO,
    TO_RELEASE,
    Playbook,
    acse,
    echo_rsp,
    with_timeouts,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECURE = replace(ECHO, tls=TlsSettings())


def _certificate() -> bytes:
    """Return a certificate (DER) that is the same every time: Ed25519 signs without chance."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hospital CA")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "archive.example.org")])
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).serial_number(4711)
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2027, 8, 31))
    names = x509.SubjectAlternativeName([x509.DNSName("archive.example.org")])
    signed = builder.public_key(key.public_key()).add_extension(names, critical=False).sign(key, None)
    return signed.public_bytes(Encoding.DER)


SESSION = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, _certificate(), True, "pacs")


def success() -> Playbook:
    """Everything is as it should be, within budgets."""
    play = Playbook(with_timeouts(Timeouts(socket=60)))
    play.associates()
    play.echoes()
    play.releases()
    return play


def rejection(result: int = 1, source: int = 1, reason: int = 7) -> Playbook:
    """The peer does not know the called title, or has another reason."""
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, wire.reject(result, source, reason), acse(2))
    play.goes()
    return play


def abort() -> Playbook:
    """The peer aborts in place of a response."""
    play = Playbook()
    play.reaches(TO_ECHO)
    play.give(Received(wire.abort(2, 2), play.tick()))
    play.ends()
    return play


def abort_by_user() -> Playbook:
    """The peer's user aborts in place of an acceptance; the reason means nothing."""
    play = Playbook()
    play.reaches(TO_ASSOCIATE)
    play.give(Received(wire.abort(0, 3), play.tick()))
    play.ends()
    return play


def timeout() -> Playbook:
    """The peer does not answer the association request."""
    play = Playbook()
    play.reaches(TO_ASSOCIATE)
    play.expires()
    play.ends()
    return play


def late_release() -> Playbook:
    """The peer does not answer the release request."""
    play = Playbook(with_timeouts(Timeouts(deadline=12.5)))
    play.reaches(TO_RELEASE)
    play.expires()
    play.ends()
    return play


def untrusted() -> Playbook:
    """The peer's certificate does not lead to an authority that we trust."""
    play = Playbook(SECURE)
    play.connects()
    what = 'the peer\'s certificate is not from an authority that we trust (issuer "CN=Hospital CA")'
    play.fails(TlsFailure("untrusted", what, Advice("add-issuer")))
    play.closes()
    return play


def wrong_host() -> Playbook:
    """The peer's certificate is for another host."""
    play = Playbook(SECURE)
    play.connects()
    what = "the peer's certificate is not for 'pacs' but for archive.example.org"
    play.fails(TlsFailure("wrong-host", what, Advice("wrong-host"), SESSION))
    play.closes()
    return play


def secured() -> Playbook:
    """Everything is as it should be, over TLS."""
    play = Playbook(SECURE)
    play.connects()
    play.give(Secured(SESSION, play.tick()))
    play.reaches(TO_RELEASE)
    play.give(Received(wire.pdu(wire.RELEASE_RP, bytes(4)), play.tick()))
    play.closes()
    return play


def refused() -> Playbook:
    """Nobody listens there."""
    play = Playbook()
    play.fails(ConnectFailed("pacs", 104, ((ADDRESS, ConnectionRefusedError(errno.ECONNREFUSED, "")),)))
    play.closes()
    return play


def bad_status() -> Playbook:
    """The peer answers with a failure, and says why in words that would steer a terminal."""
    play = Playbook()
    play.associates()
    play.asks()
    play.receives(TO_ECHO, echo_rsp(1, 0x0110, "a\x1b[2J\r\nF: [red]!"), None)
    play.releases()
    return play


def contexts() -> Playbook:
    """Of many contexts some are accepted, one with a transfer syntax that was not proposed."""
    negotiation = Negotiation(contexts=5, transfer_syntaxes=first_transfer_syntaxes(7))
    play = Playbook(replace(ECHO, negotiation=negotiation))
    play.requests()
    acceptance = play.acceptance(results=(3, 3, 0, 4, 9), transfer_syntax="1.2\x1b[1m")
    play.receives(TO_ASSOCIATE, acceptance, acse(2))
    return play


def nothing_accepted() -> Playbook:
    """No presentation context is accepted."""
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, play.acceptance(results=(3,)), acse(2))
    play.releases()
    return play


def no_dicom() -> Playbook:
    """The peer speaks another protocol."""
    play = Playbook()
    play.requests()
    play.receives(TO_ASSOCIATE, b"HTTP/1.1 400 Bad Request\r\n", acse(2))
    play.ends()
    return play


def interrupt() -> Playbook:
    """The user stops the run."""
    play = Playbook()
    play.reaches(TO_ECHO)
    play.fails(KeyboardInterrupt())
    play.ends()
    return play


Scene = Callable[[], Playbook]
SCENES: dict[str, Scene] = {
    scene.__name__.replace("_", "-"): scene
    for scene in (
        *(success, rejection, abort, abort_by_user, timeout, late_release, untrusted, wrong_host, secured),
        *(refused, bad_status, contexts, nothing_accepted, no_dicom, interrupt),
    )
}
REJECTIONS = [(result, *numbers) for result in Rejection.RESULTS for numbers in Rejection.REASONS]
UNDEFINED_REJECTIONS = [(3, 1, 1), (1, 1, 4), (1, 3, 0), (0, 255, 255)]
