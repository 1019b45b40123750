"""TLS between procedure and driver, against a server without a socket."""

import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dcmtool.settings import TlsSettings
from dcmtool.steps import Close, Connect, Procedure, Send, StartTls
from dcmtool.tls.contexts import prepare
from dcmtool.tls.layer import over_tls
from dcmtool.verification.report import EchoReport, Outcome
from tests.peers import pki, wire
from tests.peers.tls import V12, V13, server_context
from tests.transport.memory_server import MemoryServer, answer_pdus, drive, verified

RESET = ConnectionResetError(104, "Connection reset by peer")
BROKEN_PIPE = BrokenPipeError(32, "Broken pipe")
CAST = pki.standard()


def trusting(folder: Path, **more: Any) -> TlsSettings:
    """Return settings that trust the usual root."""
    return TlsSettings(ca_files=(CAST.root.certificate_file(folder),), **more)


every_version = pytest.mark.parametrize("version", [V12, V13], ids=["TLS 1.2", "TLS 1.3"])


def outcome(report: EchoReport) -> tuple[Outcome, str, str]:
    """Return how it ended, at which stage, and the sentence."""
    return report.outcome, report.stage, str(report.error)


@every_version
@pytest.mark.parametrize("size", [1 << 20, 1, 7], ids=["whole", "byte by byte", "in sevens"])
def test_success(version: ssl.TLSVersion, size: int, tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.server, version), size=size)
    report = verified(server, trusting(tmp_path), repeat=3)
    assert outcome(report) == (Outcome.SUCCESS, "done", "None")
    assert [data[0] for data in server.plain] == [wire.ASSOCIATE_RQ, *[wire.P_DATA] * 3, wire.RELEASE_RQ]
    assert server.said_goodbye
    assert report.tls is not None
    assert (report.tls.certificate, report.tls.verified, report.tls.server_name) == (
        CAST.server.der,
        True,
        None,
    )
    assert report.tls.protocol == {V12: "TLSv1.2", V13: "TLSv1.3"}[version]


def test_the_session_names_its_suite_as_iana_does(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.server, V12))
    report = verified(server, trusting(tmp_path, profile="aes"))
    assert report.tls is not None
    assert (report.tls.cipher, report.tls.bits) == ("TLS_RSA_WITH_AES_128_CBC_SHA", 128)


def test_no_byte_of_the_association_goes_out_in_clear(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.server))
    verified(server, trusting(tmp_path))
    assert b"ANY-SCP" not in server.received[0]
    assert server.received[0][:2] == b"\x16\3"


def test_nothing_is_said_once_the_certificate_is_refused(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.untrusted))
    verified(server, trusting(tmp_path))
    assert server.plain == []


def test_a_certificate_that_does_not_pass_is_looked_at_again(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.untrusted))
    report = verified(server, trusting(tmp_path))
    assert outcome(report) == (
        Outcome.TLS_FAILED,
        "tls",
        'the peer\'s certificate "CN=localhost,O=Test,C=DE" is not from an authority that we trust '
        '(issuer "CN=Test Stranger CA,O=Test,C=DE"): '
        "add the certificates from its issuer up to the root with ca_files=",
    )
    assert len(server.received) == 2
    assert report.tls is not None
    assert (report.tls.certificate, report.tls.verified) == (CAST.untrusted.der, False)


def test_the_second_look_may_fail(tmp_path: Path) -> None:
    class Once(MemoryServer):
        def connect(self) -> None:
            super().connect()
            if len(self.received) > 1:
                self.broken = RESET

    report = verified(Once(server_context(tmp_path, CAST.untrusted)), trusting(tmp_path))
    assert str(report.error) == (
        "the peer's certificate is not from an authority that we trust: "
        "add the certificates from its issuer up to the root with ca_files="
    )
    assert report.tls is None


class Balanced(MemoryServer):
    """A server before which a load balancer stands: another node takes the second connection."""

    def __init__(self, first: ssl.SSLContext, second: ssl.SSLContext) -> None:
        super().__init__(first)
        self._second = second

    def connect(self) -> None:
        super().connect()
        self._context = self._second


ISSUED = '"CN=localhost,O=Test,C=DE"'
# (the first node, the second, settings, what is said)
BALANCED: list[tuple[pki.Identity, pki.Identity, dict[str, Any], str]] = [
    (CAST.untrusted, CAST.server, {}, "the peer's certificate is not from an authority that we trust"),
    (CAST.untrusted, CAST.own, {}, "the peer's certificate is not from an authority that we trust"),
    (CAST.own, CAST.server, {}, "the peer's certificate is self-signed and not among those that we trust"),
    (CAST.own, CAST.untrusted, {}, "the peer's certificate is self-signed and not among those that we trust"),
    (CAST.expired, CAST.server, {}, "the peer's certificate or one that it rests on has expired"),
    (CAST.expired, CAST.own, {}, "the peer's certificate or one that it rests on has expired"),
    (CAST.future, CAST.server, {}, "the peer's certificate or one that it rests on is not yet valid"),
    (
        CAST.client_only,
        CAST.server,
        {},
        "the peer's certificate is not for servers (extended key usage, RFC 5280 4.2.1.12)",
    ),
    (CAST.small, CAST.elliptic, {"profile": "8996"}, "the peer's certificate has too short a key, which"),
    (CAST.revoked, CAST.server, {"crl": True}, "the peer's certificate has been revoked by its authority"),
]


@pytest.mark.parametrize(("first", "second", "settings", "what"), BALANCED)
def test_the_second_look_may_show_another_certificate(
    first: pki.Identity, second: pki.Identity, settings: dict[str, Any], what: str, tmp_path: Path
) -> None:
    if settings.get("crl"):
        settings = {"crl_files": (CAST.root.revocation_list_file(tmp_path, CAST.revoked),)}
    contexts = [server_context(tmp_path, each) for each in (first, second)]
    report = verified(Balanced(*contexts), trusting(tmp_path, **settings))
    assert (report.outcome, report.stage, report.tls) == (Outcome.TLS_FAILED, "tls", None)
    sentence = str(report.error)
    assert sentence.startswith(what)
    assert sentence.endswith(
        f" (a second connection showed another one, {ISSUED} which is not refused for that): "
        "several nodes may answer at this address: see the certificate of each"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CAST.untrusted, CAST.untrusted),
        (CAST.own, CAST.own),
        (CAST.expired, CAST.expired),
        (CAST.client_only, CAST.client_only),
        (CAST.expired, CAST.future),
    ],
)
def test_the_second_look_may_well_show_the_same(
    first: pki.Identity, second: pki.Identity, tmp_path: Path
) -> None:
    contexts = [server_context(tmp_path, each) for each in (first, second)]
    report = verified(Balanced(*contexts), trusting(tmp_path))
    assert report.tls is not None
    assert report.tls.certificate == second.der
    assert "second connection" not in str(report.error)


@every_version
def test_the_second_look_shows_a_stranger_nothing_of_ours(version: ssl.TLSVersion, tmp_path: Path) -> None:
    class Watching(MemoryServer):
        shown: list[object] = []  # noqa: RUF012

        def _work(self) -> None:
            super()._work()
            self.shown.append(self._tls.getpeercert(binary_form=True))

    context = server_context(tmp_path, CAST.untrusted, version)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(CAST.root.certificate_file(tmp_path))
    files = {
        "key_file": CAST.client.key_file(tmp_path),
        "certificate_file": CAST.client.certificate_file(tmp_path),
    }
    report = verified(Watching(context), trusting(tmp_path, **files))
    assert report.tls is not None
    assert report.tls.certificate == CAST.untrusted.der
    assert set(Watching.shown) == {None}


def test_a_second_look_that_is_refused_for_want_of_our_certificate(tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.untrusted, V12, clients=CAST.root)
    report = verified(MemoryServer(context), trusting(tmp_path))
    assert (report.outcome, report.tls) == (Outcome.TLS_FAILED, None)


def test_without_verifying_any_certificate_passes(tmp_path: Path) -> None:
    report = verified(MemoryServer(server_context(tmp_path, CAST.expired)), TlsSettings(verify_peer=False))
    assert report.success
    assert report.tls is not None
    assert not report.tls.verified


def test_the_server_name_is_sent_when_asked_for(tmp_path: Path) -> None:
    asked: list[str | None] = []
    context = server_context(tmp_path, CAST.server)
    context.sni_callback = lambda _tls, name, _context: asked.append(name)
    report = verified(MemoryServer(context), trusting(tmp_path, server_name="pacs.example"))
    verified(MemoryServer(context), trusting(tmp_path))
    assert asked == ["pacs.example", None]
    assert report.tls is not None
    assert report.tls.server_name == "pacs.example"


# What goes wrong before there is TLS ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\n",
            'the peer speaks HTTP here, not TLS: it began with 48 54 54 50 2f 31 2e 31 ("HTTP/1.1"): '
            "is it the right port?",
        ),
        (
            wire.abort(2, 1),
            "the peer speaks DICOM without TLS here: it began with 07 00 00 00 00 04 00 00 "
            '("\\x07\\x00\\x00\\x00\\x00\\x04\\x00\\x00"): leave tls= out, or ask for its TLS port',
        ),
        (
            b"SSH-2.0-x\r\n",
            'what the peer sent is no TLS: it begins with 53 53 48 2d 32 2e 30 2d ("SSH-2.0-"): '
            "is it the right port?",
        ),
    ],
)
def test_a_peer_without_tls(first: bytes, sentence: str) -> None:
    report = verified(MemoryServer(None, lambda _: first), TlsSettings())
    assert outcome(report) == (Outcome.TLS_FAILED, "tls", sentence)


@pytest.mark.parametrize(
    ("ends", "how"),
    [("", "closed the connection"), (RESET, "broke the connection (Connection reset by peer)")],
    ids=["closed", "reset"],
)
def test_a_peer_that_ends_the_connection(ends: OSError | str, how: str, tmp_path: Path) -> None:
    report = verified(MemoryServer(None, lambda _: b"", ends=ends), TlsSettings())
    assert outcome(report) == (
        Outcome.TLS_FAILED,
        "tls",
        f"the peer {how} in place of an answer to the TLS ClientHello: "
        "if the port is one without TLS, leave tls= out; "
        "else give a server name with server_name=, or see the peer's log",
    )
    hello = b"\x16\3\3\0\x40\2"  # the head of a ServerHello
    report = verified(MemoryServer(None, lambda _: hello, ends=ends), TlsSettings())
    assert str(report.error) == f"the peer {how} in the middle of the TLS handshake"


@pytest.mark.parametrize(
    ("said", "awaited"),
    [(b"", "answer to the TLS ClientHello"), (b"\x16\3\3\0\x40\2", "end of the TLS handshake")],
)
def test_a_silent_peer(said: bytes, awaited: str) -> None:
    report = verified(MemoryServer(None, lambda _: said), TlsSettings())
    assert outcome(report) == (
        Outcome.TLS_FAILED,
        "tls",
        f"no {awaited} within 30 s (timeouts.acse)",
    )


def test_no_common_version(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.server, V13))
    report = verified(server, TlsSettings(profile="aes"))
    assert str(report.error) == (
        "the peer takes none of the TLS versions offered (TLS 1.0 to 1.2; TLS_RSA_WITH_AES_128_CBC_SHA): "
        "choose another profile (dcmtool.tls.profiles.PROFILES lists them)"
    )


def test_no_common_cipher(tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server, V12)
    context.set_ciphers("AES256-SHA")
    report = verified(MemoryServer(context), TlsSettings(profile="null"))
    assert str(report.error) == (
        "the peer takes none of the TLS versions and cipher suites offered "
        "(TLS 1.0 to 1.2; TLS_RSA_WITH_NULL_SHA): "
        "choose another profile (dcmtool.tls.profiles.PROFILES lists them), "
        "add a suite with ciphers=, or give a server name with server_name="
    )


# Client certificates ----------------------------------------------------------------------------------

WANTED = "most likely for want of a client certificate: give one with key_file= and certificate_file="


def test_a_client_certificate_is_required_in_tls_1_2(tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server, V12, clients=CAST.root)
    report = verified(MemoryServer(context), trusting(tmp_path))
    assert outcome(report) == (Outcome.TLS_FAILED, "tls", f"the peer refused the TLS session, {WANTED}")


def test_a_client_certificate_is_required_in_tls_1_3(tmp_path: Path) -> None:
    context = server_context(tmp_path, CAST.server, V13, clients=CAST.root)
    report = verified(MemoryServer(context), trusting(tmp_path))
    assert outcome(report) == (Outcome.TLS_FAILED, "associate", f"the peer refused the TLS session, {WANTED}")


@every_version
def test_a_client_certificate_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    certificate = CAST.strange_client.certificate_file(tmp_path)
    context = server_context(tmp_path, CAST.server, version, clients=CAST.root)
    settings = trusting(
        tmp_path, key_file=CAST.strange_client.key_file(tmp_path), certificate_file=certificate
    )
    assert str(verified(MemoryServer(context), settings).error) == (
        f"the peer refused our certificate {certificate}: it is not from an authority that the peer trusts: "
        "give another with key_file= and certificate_file=, or have the peer trust it"
    )


@pytest.mark.parametrize("error", [RESET, BROKEN_PIPE], ids=["reset", "broken pipe"])
def test_a_write_fails_and_the_alert_is_there_to_be_read(error: OSError, tmp_path: Path) -> None:
    class Breaks(MemoryServer):
        def failed(self, error_seen: ssl.SSLError) -> None:
            self.ends = self.broken = error

    context = server_context(tmp_path, CAST.server, V13, clients=CAST.root)
    report = verified(Breaks(context), trusting(tmp_path))
    assert outcome(report) == (Outcome.TLS_FAILED, "associate", f"the peer refused the TLS session, {WANTED}")


@pytest.mark.parametrize("on", ["write", "read"])
def test_a_reset_that_took_the_alert_with_it(on: str, tmp_path: Path) -> None:
    class Resets(MemoryServer):
        def failed(self, error_seen: ssl.SSLError) -> None:
            self.outgoing.read()
            self.ends = RESET
            self.broken = RESET if on == "write" else None

    context = server_context(tmp_path, CAST.server, V13, clients=CAST.root)
    report = verified(Resets(context), trusting(tmp_path))
    assert outcome(report) == (
        Outcome.TLS_FAILED,
        "associate",
        "the peer broke the connection (Connection reset by peer) right after the TLS handshake, perhaps "
        "for want of a client certificate: give one with key_file= and certificate_file=",
    )


# Afterwards -------------------------------------------------------------------------------------------


def dies_at(kind: int) -> Any:
    """Return an answer that fails the server's session at that PDU."""

    def answer(data: bytes) -> bytes:
        if data[0] == kind:
            raise ssl.SSLError("the server breaks off")
        return answer_pdus(data)

    return answer


@pytest.mark.parametrize("ends", ["", RESET], ids=["closed", "reset"])
def test_a_connection_that_ends_in_an_echo(ends: OSError | str, tmp_path: Path) -> None:
    class Ends(MemoryServer):
        def failed(self, error: ssl.SSLError) -> None:
            self.ends = ends

    context = server_context(tmp_path, CAST.server)
    report = verified(Ends(context, dies_at(wire.P_DATA)), trusting(tmp_path))
    assert (report.outcome, report.stage) == (Outcome.ECHO_FAILED, "echo")


def test_the_peer_closes_in_order_in_place_of_an_answer(tmp_path: Path) -> None:
    class Leaves(MemoryServer):
        def failed(self, error: ssl.SSLError) -> None:
            super().failed(error)
            with suppress(ssl.SSLError):
                self._tls.unwrap()

    report = verified(
        Leaves(server_context(tmp_path, CAST.server), dies_at(wire.ASSOCIATE_RQ)), trusting(tmp_path)
    )
    assert outcome(report) == (
        Outcome.ASSOCIATION_FAILED,
        "associate",
        "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)",
    )


def test_garbage_after_the_handshake(tmp_path: Path) -> None:
    class Garbles(MemoryServer):
        def failed(self, error: ssl.SSLError) -> None:
            self.outgoing.write(b"\x17\3\3\0\x20" + bytes(32))

    report = verified(
        Garbles(server_context(tmp_path, CAST.server), dies_at(wire.P_DATA)), trusting(tmp_path)
    )
    assert outcome(report) == (
        Outcome.TLS_FAILED,
        "echo",
        "the TLS session broke: decryption failed or bad record mac",
    )


def test_several_answers_in_one_read(tmp_path: Path) -> None:
    """A record that arrived together with another is taken without another read."""

    def twice(data: bytes) -> bytes:
        answer = answer_pdus(data)
        return answer + wire.p_data(1, bytes(20000)) if data[0] == wire.RELEASE_RQ else answer

    report = verified(MemoryServer(server_context(tmp_path, CAST.server), twice), trusting(tmp_path))
    assert report.success


# The layer by hand ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1 << 20, 1])
def test_pauses(size: int, tmp_path: Path) -> None:
    """What comes in the first of them is of TLS alone, such as session tickets, and does not end it."""
    server = MemoryServer(server_context(tmp_path, CAST.server), size=size)
    report = verified(server, trusting(tmp_path), repeat=3, interval=1)
    assert (report.success, report.echoes.received) == (True, 3)
    assert report.phases.echo is not None
    assert 2_000_000_000 <= report.phases.echo < 2_500_000_000


def test_each_echo_on_a_connection_and_session_of_its_own(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.server))
    settings = trusting(tmp_path)
    report = verified(server, settings, repeat=3, interval=1, reconnect=True)
    assert (report.success, report.echoes.received, len(server.received)) == (True, 3, 3)
    assert report.per_phase["tls"].count == 3


def test_closing_the_outer_generator_closes_the_inner() -> None:
    closed: list[bool] = []

    def procedure() -> Procedure[None]:
        try:
            yield Connect("h", 1, "auto", None, None)
        finally:
            closed.append(True)

    outer = over_tls(procedure(), prepare(TlsSettings()))
    next(outer)
    outer.close()
    assert closed == [True]


def test_data_before_tls_is_a_defect_of_the_procedure() -> None:
    def procedure() -> Procedure[None]:
        yield Send(b"in clear", None)

    with pytest.raises(AssertionError, match="starts TLS first"):
        next(over_tls(procedure(), prepare(TlsSettings())))


def test_a_farewell_that_cannot_be_sent_is_no_news(tmp_path: Path) -> None:
    server = MemoryServer(server_context(tmp_path, CAST.server))

    def procedure() -> Procedure[str]:
        yield Connect("h", 1, "auto", None, None)
        yield StartTls("h", None)
        server.broken = RESET
        yield Close()
        yield Close()
        return "done"

    assert drive(over_tls(procedure(), prepare(trusting(tmp_path))), server) == "done"
