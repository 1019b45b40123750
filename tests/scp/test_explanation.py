"""What is found about callers, by the bytes that they send: the first finding, and what else there is."""

import contextlib
import re
import ssl
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.output import finding_text
from dcmtool.diagnosis.callers.call import Call
from dcmtool.diagnosis.callers.rules import about_call
from dcmtool.diagnosis.callers.table import CALLERS
from dcmtool.diagnosis.findings import Finding
from dcmtool.errors import DeadlineExpired, Rejection
from dcmtool.scp import report
from dcmtool.scp.explanation import turned_away
from dcmtool.scp.settings import Faults, ScpSettings
from dcmtool.settings import ServerTls, TlsSettings
from tests.peers import pki, wire
from tests.peers.scu import (
    DEFAULT_USER,
    ECHO,
    USER_ABORT,
    VERIFICATION,
    Client,
    associate_request,
    command,
    trusting_anybody,
)
from tests.peers.wire import item, p_data, pdu
from tests.reporting.documents import validator
from tests.scp.serving import serving

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
MAXIMUM, IMPLEMENTATION = DEFAULT_USER
HELLO = bytes.fromhex("1603010200010001fc0303")
PROXY_1 = b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 104\r\n"
PROXY_2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12)
NUL = b"\0"
LATE, REJECTING = Faults(delay_accept=60), Faults(reject=Rejection(1, 3, 56))
Play = Callable[[Client], object]


def found(play: Play, faults: Faults | None = None, **settings: Any) -> tuple[Finding, ...]:
    """Return what is found about a caller that does this; the record is valid JSON with it."""
    with serving(faults, explains=True, **settings) as heard:
        with Client(heard.port) as client:
            play(client)
        (record,) = heard.wait()
    validator("scp").validate(report.connection(record))
    findings = record.findings
    assert findings is not None
    for each in findings:
        assert each.evidence
        assert each.sentence.isprintable()
        assert all(seen.what.isprintable() for seen in each.evidence)
        assert not ({*each.alternatives} - CALLERS.keys())
        assert each.certainty != "certain" or not each.alternatives
    return findings


def sends(*parts: bytes) -> Play:
    """Return a caller that sends bytes, reads what comes, and closes."""

    def play(client: Client) -> None:
        client.send(*parts)
        client.socket.shutdown(1)
        client.read_all()

    return play


def waits(*parts: bytes) -> Play:
    """Return a caller that sends bytes and waits for the SCP to close."""

    def play(client: Client) -> None:
        client.send(*parts)
        client.read_all()

    return play


def echoes(request: bytes | None = None, message: bytes = ECHO) -> Play:
    """Return a caller that does all as it should, but for the request and the message."""

    def play(client: Client) -> None:
        client.associate(request)
        client.echo(message)
        client.release()

    return play


def leaves(*before: bytes, by: bytes = b"", answers: int = 1) -> Play:
    """Return a caller that is associated, sends bytes, waits for so many answers in all, and leaves."""

    def play(client: Client) -> None:
        client.associate()
        for each in before:
            client.send(each)
        for _ in range(answers - 1):
            client.read()
        if by:
            client.send(by)
        client.socket.shutdown(1)
        client.read_all()

    return play


def resets(*before: bytes) -> Play:
    """Return a caller that is associated, sends bytes, and resets the connection."""

    def play(client: Client) -> None:
        client.associate()
        for each in before:
            client.send(each)
            client.read()
        client.reset()

    return play


def leaves_after(request: bytes) -> Play:
    """Return a caller that closes once it has the answer to a request."""

    def play(client: Client) -> None:
        client.associate(request)
        client.socket.shutdown(1)
        client.read_all()

    return play


def sent_then(*parts: bytes) -> Play:
    """Return a caller that is associated, sends bytes, and waits for the SCP to close."""

    def play(client: Client) -> None:
        client.associate()
        client.send(*parts)
        client.read_all()

    return play


def stays() -> Play:
    """Return a caller that echoes and then says nothing more."""

    def play(client: Client) -> None:
        client.associate()
        client.echo()
        client.read_all()

    return play


def identity(kind: int, response: int) -> bytes:
    """Return a User Identity sub-item (PS3.7 D.3.3.7.1)."""
    return item(0x58, struct.pack(">BBH2sH", kind, response, 2, b"me", 0))


def user(*items: bytes) -> bytes:
    """Return a request with this user information besides the usual."""
    return associate_request(user=(*DEFAULT_USER, *items))


def overrun(request: bytes, at: int) -> bytes:
    """Return a request in which the item at a byte claims to be 500 bytes longer than it is."""
    length = struct.unpack_from(">H", request, at + 2)[0]
    return request[: at + 2] + struct.pack(">H", length + 500) + request[at + 4 :]


# The first item of the usual request begins at byte 74: application context (25), context (50), user (16).
APPLICATION_AT, CONTEXT_AT, USER_AT = 74, 99, 149

CASES: dict[str, tuple[Play, dict[str, Any], list[str]]] = {
    "in order": (echoes(), {}, []),
    "in order, its title": (echoes(associate_request(called=b"PACS")), {"title": "PACS"}, []),
    # Other protocols.
    "PROXY 1": (sends(PROXY_1, associate_request()), {}, ["proxy-header-sent"]),
    "PROXY 1 alone": (sends(PROXY_1), {}, ["proxy-header-sent"]),
    "PROXY 2": (sends(PROXY_2, associate_request()), {}, ["proxy-header-sent"]),
    "PROXY at TLS": (sends(PROXY_1), {"tls": ServerTls()}, ["proxy-header-sent"]),
    "PROXY 2 at TLS": (sends(PROXY_2), {"tls": ServerTls()}, ["proxy-header-sent"]),
    "ClientHello": (sends(HELLO), {}, ["tls-at-plain-port"]),
    "SSLv2 ClientHello": (sends(bytes.fromhex("802e0103010015")), {}, ["tls-at-plain-port"]),
    "DICOM at TLS": (sends(associate_request()), {"tls": ServerTls()}, ["plain-at-tls-port"]),
    "HTTP": (sends(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), {}, ["other-protocol-sent"]),
    "HTTP/2": (sends(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), {}, ["other-protocol-sent"]),
    "HTTP at TLS": (sends(b"GET / HTTP/1.1\r\n\r\n"), {"tls": ServerTls()}, ["other-protocol-sent"]),
    "SSH": (sends(b"SSH-2.0-x\r\n"), {}, ["other-protocol-sent"]),
    "HL7": (sends(b"\x0bMSH|^~\\&|A|B\r\x1c\r"), {}, ["other-protocol-sent"]),
    "SMTP": (sends(b"EHLO x\r\n"), {}, ["other-protocol-sent"]),
    "RDP": (sends(bytes.fromhex("0300001300e00000000000010008000b000000")), {}, ["other-protocol-sent"]),
    "SMB": (sends(bytes.fromhex("00000085ff534d4272")), {}, ["other-protocol-sent"]),
    "LDAP": (sends(bytes.fromhex("300c020101600702010304008000")), {}, ["other-protocol-sent"]),
    "garbage": (sends(b"\x1b[2J\x1b[31m"), {}, ["no-dicom-sent"]),
    "zeros": (sends(bytes(100)), {}, ["no-dicom-sent"]),
    "garbage at TLS": (sends(b"\x1b[2J"), {"tls": ServerTls()}, ["no-dicom-sent"]),
    "half a ClientHello": (sends(HELLO), {"tls": ServerTls()}, ["tls-broken-off"]),
    # Silence.
    "nothing": (sends(), {}, ["left-without-a-word"]),
    "nothing at TLS": (sends(), {"tls": ServerTls()}, ["left-without-a-word"]),
    "a reset": (lambda client: client.reset(), {}, ["left-without-a-word"]),
    "silence": (waits(), {"acse_timeout": 0.2}, ["silent-caller"]),
    "half a request": (sends(associate_request()[:50]), {}, ["request-cut-short"]),
    "half a request, then silence": (
        waits(associate_request()[:50]),
        {"acse_timeout": 0.2},
        ["request-cut-short"],
    ),
    # The request.
    "version 2": (waits(associate_request(version=2)), {}, ["other-protocol-version"]),
    "application context too long": (
        waits(overrun(associate_request(), APPLICATION_AT)),
        {},
        ["malformed-request"],
    ),
    "context too long": (waits(overrun(associate_request(), CONTEXT_AT)), {}, ["malformed-request"]),
    "an abstract syntax too long": (
        waits(overrun(associate_request(), CONTEXT_AT + 8)),
        {},
        ["malformed-request"],
    ),
    "a short role": (waits(user(item(0x54, b"\0\x05a"))), {}, ["malformed-request"]),
    "no items": (waits(pdu(1, b"\0\1" + bytes(18))), {}, ["malformed-request"]),
    "4 GiB": (waits(struct.pack(">BxI", 1, 0xFFFFFFFF)), {}, ["request-over-limit"]),
    "129 contexts": (waits(associate_request(*[VERIFICATION] * 129)), {}, ["request-over-limit"]),
    "maximum 6": (
        waits(associate_request(user=(item(0x51, struct.pack(">I", 6)), IMPLEMENTATION))),
        {},
        ["maximum-too-small"],
    ),
    "data first": (waits(ECHO), {}, ["no-request-first"]),
    "an abort first": (sends(USER_ABORT), {}, ["no-request-first"]),
    "another application context": (
        waits(associate_request(application_context=b"1.2.3")),
        {},
        ["other-application-context"],
    ),
    # Titles.
    "blank calling": (waits(associate_request(calling=b"")), {}, ["blank-calling-title"]),
    "NULs calling": (waits(associate_request(calling=NUL * 16)), {}, ["blank-calling-title"]),
    "blank called": (waits(associate_request(called=b"")), {}, ["blank-called-title"]),
    "both blank": (
        waits(associate_request(called=b"", calling=b"")),
        {},
        ["blank-called-title", "blank-calling-title"],
    ),
    "another title, required": (
        waits(associate_request(called=b"pacs")),
        {"title": "PACS", "require_called": True},
        ["called-title-not-ours"],
    ),
    "another title": (echoes(associate_request(called=b"pacs")), {"title": "PACS"}, ["other-title-called"]),
    "unknown caller": (
        waits(associate_request()),
        {"allowed_calling": ("A",)},
        ["calling-title-not-allowed"],
    ),
    "NUL padding": (
        echoes(associate_request(called=b"YOU".ljust(16, NUL), calling=b"ME".ljust(16, NUL))),
        {},
        ["nul-padded-title"],
    ),
    "backslash": (echoes(associate_request(called=b"A\\B")), {}, ["odd-title"]),
    "other characters": (echoes(associate_request(calling=b"M\xc3\x89")), {}, ["odd-title"]),
    "control characters": (echoes(associate_request(calling=b"\n")), {}, ["odd-title"]),
    # Contexts.
    "no Verification": (
        leaves_after(associate_request((1, CT, VERIFICATION[2]))),
        {},
        ["no-verification-proposed"],
    ),
    "no contexts": (
        leaves_after(pdu(1, associate_request()[6:CONTEXT_AT] + associate_request()[USER_AT:])),
        {},
        ["no-verification-proposed"],
    ),
    "unknown syntaxes": (
        leaves_after(associate_request((1, wire.VERIFICATION, ("1.2.3",)))),
        {},
        ["no-known-transfer-syntax"],
    ),
    "no Implicit VR Little Endian": (
        echoes(associate_request((1, wire.VERIFICATION, (EXPLICIT,)))),
        {},
        ["no-implicit-little-endian"],
    ),
    "even IDs": (echoes(associate_request(VERIFICATION, (2, *VERIFICATION[1:]))), {}, ["odd-context-id"]),
    "an ID twice": (echoes(associate_request(VERIFICATION, VERIFICATION)), {}, ["odd-context-id"]),
    "UIDs of other characters": (
        echoes(associate_request(VERIFICATION, (3, "1.2.\xe9", VERIFICATION[2]))),
        {},
        ["odd-uid"],
    ),
    # User information.
    "a short maximum length": (
        echoes(associate_request(user=(item(0x51, b"\0\1"), IMPLEMENTATION))),
        {},
        ["malformed-sub-item"],
    ),
    "a short window": (echoes(user(item(0x53, b"\0\5"))), {}, ["malformed-sub-item"]),
    "no user information": (echoes(associate_request(user=())), {}, ["incomplete-user-information"]),
    "no implementation": (echoes(associate_request(user=(MAXIMUM,))), {}, ["incomplete-user-information"]),
    "a long name": (echoes(user(item(0x55, b"X" * 17))), {}, ["long-version-name"]),
    "roles": (
        echoes(user(item(0x54, struct.pack(">H17sBB", 17, wire.VERIFICATION.encode(), 1, 1)))),
        {},
        ["roles-proposed"],
    ),
    "a window": (echoes(user(item(0x53, struct.pack(">HH", 0, 5)))), {}, ["asynchronous-window"]),
    "a window of one": (echoes(user(item(0x53, struct.pack(">HH", 1, 1)))), {}, []),
    "an unknown identity": (echoes(user(identity(9, 0))), {}, ["unknown-identity-type"]),
    "an identity to be confirmed": (echoes(user(identity(1, 1))), {}, ["identity-unanswered"]),
    # How they leave.
    "closes before the answer": (sends(associate_request()), {"faults": LATE}, ["left-before-answer"]),
    "aborts before the answer": (
        sends(associate_request(), USER_ABORT),
        {"faults": LATE},
        ["left-before-answer"],
    ),
    "closes after the answer": (leaves(), {}, ["left-after-answer"]),
    "aborts after the answer": (leaves(by=USER_ABORT), {}, ["left-after-answer"]),
    "aborts with a reason": (leaves(by=wire.abort(2, 5)), {}, ["refuses-our-answer"]),
    "resets after the answer": (resets(), {}, ["left-after-answer"]),
    "is silent after the answer": (
        waits(associate_request()),
        {"idle_timeout": 0.5},
        ["silent-after-answer"],
    ),
    "closes before the response": (leaves(ECHO), {"faults": Faults(delay_echo=60)}, ["left-before-response"]),
    "is gone in the middle": (leaves(ECHO[:20]), {}, ["left-in-the-middle"]),
    "stops in the middle": (sent_then(ECHO[:20]), {"idle_timeout": 0.5}, ["left-in-the-middle"]),
    "closes after the echo": (leaves(ECHO, answers=2), {}, ["no-release"]),
    "aborts after the echo": (leaves(ECHO, by=USER_ABORT, answers=2), {}, ["no-release"]),
    "resets after the echo": (resets(ECHO), {}, ["no-release"]),
    "stays": (stays(), {"idle_timeout": 0.5}, ["association-left-open"]),
    # What they send.
    "data before the answer": (waits(associate_request(), ECHO), {}, ["data-before-answer"]),
    "a request again": (sent_then(associate_request()), {}, ["misplaced-pdu"]),
    "bad PDVs": (sent_then(pdu(4, bytes(10))), {}, ["malformed-pdu"]),
    "garbage later": (sent_then(b"GET / HTTP"), {}, ["malformed-pdu"]),
    "too long": (sent_then(p_data(1, bytes(16379))), {}, ["pdu-too-long"]),
    "context 3": (sent_then(p_data(3, command())), {}, ["refused-context-used"]),
    "a store": (sent_then(p_data(1, command(0x0001))), {}, ["other-command"]),
    "no SOP class": (sent_then(p_data(1, command(omit=[2]))), {}, ["no-affected-sop-class"]),
    "no message ID": (sent_then(p_data(1, command(omit=[0x0110]))), {}, ["malformed-command"]),
    "stray bytes": (sent_then(p_data(1, bytes(3))), {}, ["malformed-command"]),
    "101 requests": (sent_then(ECHO * 101), {"faults": Faults(delay_echo=60)}, ["too-many-requests"]),
    "another SOP class": (echoes(message=p_data(1, command(sop_class="1.2.3"))), {}, ["odd-command"]),
    "another group": (echoes(message=p_data(1, command() + b"\x08\0\5\0\0\0\0\0")), {}, ["odd-command"]),
    # What is done to them.
    "rejected": (waits(associate_request()), {"faults": REJECTING}, ["rejected-on-purpose"]),
    "aborted": (sent_then(ECHO), {"faults": Faults(abort_after=0)}, ["aborted-on-purpose"]),
    "refused": (leaves(), {"faults": Faults(refuse_contexts=True)}, ["failed-on-purpose"]),
    "failed": (leaves(ECHO, answers=2), {"faults": Faults(status=0x0110)}, ["failed-on-purpose"]),
}


@pytest.mark.parametrize(("play", "settings", "ids"), CASES.values(), ids=CASES)
def test_what_is_found(play: Play, settings: dict[str, Any], ids: list[str]) -> None:
    assert [each.id for each in found(play, **settings)] == ids


# What the sentences and the evidence say --------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "inside"),
    [(APPLICATION_AT, "A-ASSOCIATE-RQ"), (CONTEXT_AT, "A-ASSOCIATE-RQ"), (CONTEXT_AT + 8, "a Presentation")],
    ids=["application context", "context", "abstract syntax"],
)
def test_a_malformed_item_is_shown_by_its_byte_and_clause(at: int, inside: str) -> None:
    request = overrun(associate_request(), at)
    (finding,) = found(waits(request))
    kind = request[at]
    assert f"is malformed at byte {at}: item 0x{kind:02X} in {inside}" in finding.sentence
    assert "(PS3.8 9.3.2" in finding.sentence
    assert finding.evidence[0].data == request[at : at + 32]


def test_a_sub_item_that_is_passed_over_is_shown_by_its_byte() -> None:
    request = user(item(0x53, b"\0\5"))
    (finding,) = found(echoes(request))
    at = request.index(b"\x53\0\0\2")
    assert f"the sub-item 53H of ME is malformed at byte {at} and was passed over" == finding.sentence
    assert finding.evidence[0].data == request[at : at + 6]


def test_titles_are_shown_with_their_padding() -> None:
    (finding,) = found(echoes(associate_request(calling=b"ME\0\0")))
    assert finding.evidence[0].what == 'the calling AE title is "ME\\x00\\x00            "'
    assert finding.evidence[0].data == b"ME\0\0            "


def test_a_title_in_other_case_is_told_so() -> None:
    settings: dict[str, Any] = {"title": "PACS", "require_called": True}
    (finding,) = found(waits(associate_request(called=b"pacs")), **settings)
    assert "calls the AE title 'pacs', and ours is 'PACS' (it is in other case)" in finding.sentence


def test_who_loses_patience_is_told_how_long_it_waited_and_why() -> None:
    (finding,) = found(sends(associate_request()), Faults(delay_accept=60))
    assert re.fullmatch(
        r"ME left before its A-ASSOCIATE-RQ was answered, after \d+ ms: it closed the connection",
        finding.sentence,
    )
    assert "we delay the answer by 60 s on purpose" in [each.what for each in finding.evidence]


def test_what_a_request_has_in_it_explains_why_a_caller_leaves() -> None:
    request = user(item(0x53, struct.pack(">HH", 5, 5)))
    first, second = found(leaves_after(request))
    assert (first.id, second.id) == ("left-after-answer", "asynchronous-window")
    assert first.alternatives == ("refuses-our-answer", "asynchronous-window")


HOSTILE = b"\x1b[31m\r\n\x9b%s{x}"


@pytest.mark.parametrize(
    "play",
    [
        echoes(associate_request(calling=HOSTILE, called=HOSTILE[::-1])),
        echoes(associate_request(VERIFICATION, (3, HOSTILE.decode("latin-1") * 900, VERIFICATION[2]))),
        echoes(user(item(0x55, HOSTILE * 40))),
        waits(associate_request(application_context=HOSTILE * 900)),
        echoes(user(item(0x54, struct.pack(">H14sBB", 14, HOSTILE.ljust(14), 1, 1)))),
        echoes(message=p_data(1, command(sop_class=HOSTILE.decode("latin-1") * 20))),
        sends(HOSTILE),
        sends(b"GET /" + HOSTILE * 10),
    ],
    ids=["titles", "UID", "name", "application context", "role", "SOP class", "garbage", "HTTP"],
)
def test_hostile_text_is_printed_in_lines_of_bounded_length(play: Play) -> None:
    lines = [line for each in found(play) for line in finding_text.lines(each)]
    assert lines
    for line in lines:
        assert line.isprintable()
        assert len(line) < 700


# TLS ------------------------------------------------------------------------------------------------


def hello(context: ssl.SSLContext) -> Play:
    """Return a client that begins TLS with these settings, and whose handshake does not succeed."""

    def play(client: Client) -> None:
        with (
            context.wrap_socket(
                client.socket, server_hostname="localhost", do_handshake_on_connect=False
            ) as secured,
            contextlib.suppress(OSError),
        ):
            secured.do_handshake()
            secured.recv(1)

    return play


def verifying() -> ssl.SSLContext:
    """Return the context of a client that trusts nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def of_old() -> ssl.SSLContext:
    """Return the context of a client that has nothing in common with the profile asked for."""
    context = trusting_anybody()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA256")
    return context


def test_tls_callers(tmp_path: Path) -> None:
    cast = pki.standard()
    demanding = ServerTls(
        TlsSettings(
            key_file=cast.server.key_file(tmp_path),
            certificate_file=cast.server.certificate_file(tmp_path),
            ca_files=(cast.root.certificate_file(tmp_path),),
        ),
        "required",
    )
    stranger = trusting_anybody()
    other = pki.self_signed("stranger")
    stranger.load_cert_chain(other.certificate_file(tmp_path), other.key_file(tmp_path))
    for context, tls, wanted in (
        (verifying(), ServerTls(), "our-certificate-untrusted"),
        (of_old(), ServerTls(), "no-shared-tls"),
        (trusting_anybody(), demanding, "no-certificate-shown"),
        (stranger, demanding, "certificate-not-accepted"),
    ):
        (finding,) = found(hello(context), tls=tls)
        assert finding.id == wanted


# Limits ---------------------------------------------------------------------------------------------


def test_one_association_too_many() -> None:
    with serving(explains=True, max_associations=1) as heard, Client(heard.port) as first:
        first.associate()
        with Client(heard.port) as second:
            assert second.associate() is not None
            second.read_all()
        (record,) = heard.wait()
    assert [each.id for each in record.findings or ()] == ["association-limit"]


def test_one_connection_too_many() -> None:
    (finding,) = turned_away(ScpSettings(), "192.0.2.1", 104)
    assert finding.id == "too-many-connections"
    assert "the caller at 192.0.2.1" in finding.sentence


def test_who_does_not_read() -> None:
    late = DeadlineExpired("progress in sending", "socket", 0.5)
    call = Call("192.0.2.1", 104, "PACS", "asked", late, calling="CT1")
    (finding,) = about_call(call, (), expects_title=True)
    assert finding.id == "does-not-read"


def test_who_does_not_wait_for_the_release() -> None:
    """What came right behind the A-RELEASE-RQ is for the acceptor to say, since nothing is waited for."""
    behind = "the peer closed without waiting for the answer"
    call = Call("192.0.2.1", 104, "PACS", "releasing", calling="CT1", echoes=1, behind_release=behind)
    (finding,) = about_call(call, (), expects_title=False)
    assert finding.id == "release-not-awaited"
    assert finding.evidence[0].what == behind


def test_nothing_is_found_where_nobody_asked() -> None:
    with serving() as heard, Client(heard.port) as client:
        client.send(b"x")
        client.read_all()
        assert heard.wait()[0].findings is None


def test_every_finding_has_a_case() -> None:
    elsewhere = {"our-certificate-untrusted", "no-shared-tls", "no-certificate-shown"}
    elsewhere |= {"certificate-not-accepted", "association-limit", "too-many-connections", "does-not-read"}
    elsewhere |= {"release-not-awaited"}
    never_first = {"request-lost"}
    assert {name for _, _, ids in CASES.values() for name in ids} == CALLERS.keys() - elsewhere - never_first
