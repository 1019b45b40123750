"""What is not as the standard has it and does no harm: `dcmtool echo` warns of it once, and succeeds."""

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers import wire
from tests.peers.dcmtool_scp import scp_process, wait_for
from tests.peers.programs import run_dcmtool, run_echoscu
from tests.peers.scripted import Link, ScriptedPeer
from tests.peers.scu import Client, associate_request, command
from tests.peers.vocabulary import Accept, EchoResponse, EchoResponseWith, ReleaseResponse


@dataclass(frozen=True)
class ServeOnLast:
    """Answer every C-ECHO-RQ on the last proposed context, and then the A-RELEASE-RQ, as odil does."""

    def play(self, link: Link) -> None:
        """Serve until the release."""
        last = wire.parse_request(link.pdus[0].body).contexts[-1].id
        while (pdu := link.receive()).type == wire.P_DATA:
            EchoResponse(context_id=last).answer(link, link.expect_message(pdu))
        link.send(wire.pdu(wire.RELEASE_RP, bytes(4)))


def other_context(used: int, asked: int = 1) -> str:
    return (
        f"W: the peer answered on presentation context {used}, an equal one, instead of {asked}, on which it "
        "was asked (PS3.8 9.3.5.1)\n"
    )


@pytest.mark.parametrize("contexts", [2, 3, 128])
def test_an_answer_on_the_last_accepted_context_is_one(contexts: int) -> None:
    with ScriptedPeer(Accept(), ServeOnLast()) as peer:
        run = run_dcmtool("-ppc", str(contexts), "--repeat", "3", peer.host, str(peer.port))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", other_context(2 * contexts - 1))


def test_echoscu_takes_an_answer_on_another_context_too() -> None:
    with ScriptedPeer(Accept(), ServeOnLast()) as peer:
        assert run_echoscu("-ppc", "3", peer.host, str(peer.port)).returncode == 0


@pytest.mark.parametrize(("results", "used"), [((0, 3), 3), ((0, 0, 4), 5), ((0,), 77)])
def test_an_answer_on_a_context_that_was_not_accepted_is_none(results: tuple[int, ...], used: int) -> None:
    with ScriptedPeer(Accept(results=results), EchoResponse(context_id=used)) as peer:
        run = run_dcmtool("-ppc", "3", peer.host, str(peer.port))
    sentence = f"the peer answered on presentation context {used} instead of 1 (PS3.8 9.3.5.1)"
    assert (run.returncode, run.stderr) == (62, f"E: Echo Failed: {sentence}\n")


def test_fragments_of_one_answer_come_on_one_context() -> None:
    answer = wire.echo_response(1)

    @dataclass(frozen=True)
    class Split:
        def play(self, link: Link) -> None:
            link.expect_message()
            link.send(wire.p_data(3, answer[:20], wire.COMMAND) + wire.p_data(1, answer[20:]))

    with ScriptedPeer(Accept(), Split()) as peer:
        run = run_dcmtool("-ppc", "2", peer.host, str(peer.port))
    assert (run.returncode, run.stderr.splitlines()) == (
        62,
        ["E: Echo Failed: the peer answered on presentation context 1 instead of 3 (PS3.8 9.3.5.1)"],
    )


@dataclass(frozen=True)
class Late:
    """Send a P-DATA-TF so many times after the A-RELEASE-RQ, with so many bytes, and answer it then."""

    times: int
    size: int = 68

    def play(self, link: Link) -> None:
        """Read the request, send the data, respond."""
        link.expect(wire.RELEASE_RQ)
        link.send(wire.p_data(1, bytes(self.size)) * self.times + wire.pdu(wire.RELEASE_RP, bytes(4)))


@pytest.mark.parametrize("late", [Late(1), Late(3), Late(60, 16_000)], ids=["one", "three", "a megabyte"])
def test_data_during_the_release_is_passed_over(late: Late) -> None:
    with ScriptedPeer(Accept(), EchoResponse(), late) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    assert (run.returncode, run.stderr) == (
        0,
        "W: the peer sent data during the release, which is passed over (PS3.8 9.2, AR-6)\n",
    )


def test_data_without_end_during_the_release() -> None:
    with ScriptedPeer(Accept(), EchoResponse(), Late(70, 16_000)) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    assert run.returncode == 67
    assert run.stderr.splitlines()[1:] == [
        "F: Association Release Failed: the peer sent more than 1048576 bytes of data instead of "
        "A-RELEASE-RP (PS3.8 7.2.2)"
    ]


@pytest.mark.parametrize("header", [b"\4\0\xff\xff\xff\xff", b"\4\0\0\x20\0\0"], ids=["4 GB", "2 MB"])
def test_a_peer_that_sends_on_after_a_refused_pdu_is_left(header: bytes) -> None:
    """It has a second (ARTIM), and no more than a MiB of it is read."""

    @dataclass(frozen=True)
    class Flood:
        def play(self, link: Link) -> None:
            link.expect_message()
            link.send(header)
            for _ in range(1 << 12):  # 256 MiB, if anybody took them
                link.send(bytes(1 << 16))

    with ScriptedPeer(Accept(), Flood()) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    assert run.returncode == 62
    assert "where we take at most 16384" in run.stderr
    assert peer.ended != "the script is done"


@dataclass(frozen=True)
class AcceptPadded:
    """Accept with titles that are padded with this byte."""

    padding: bytes

    def play(self, link: Link) -> None:
        """Read the request and accept."""
        request = wire.parse_request(link.expect(wire.ASSOCIATE_RQ).body)
        called, calling = (
            title.rstrip(b" ").ljust(16, self.padding) for title in (request.called, request.calling)
        )
        link.send(wire.accept(request._replace(called=called, calling=calling)))


PADDED = "I: The peer pads the AE titles of its A-ASSOCIATE-AC with NUL, not blanks (PS3.8 9.3.3)"


@pytest.mark.parametrize(
    ("padding", "options", "said"),
    [(b"\0", ("-v",), True), (b"\0", ("-d",), True), (b"\0", (), False), (b" ", ("-v",), False)],
)
def test_titles_padded_with_nul_are_taken_and_said_with_verbose(
    padding: bytes, options: tuple[str, ...], said: bool
) -> None:
    with ScriptedPeer(AcceptPadded(padding), EchoResponse(), ReleaseResponse()) as peer:
        run = run_dcmtool(*options, peer.host, str(peer.port))
    assert run.returncode == 0
    assert run.stderr.splitlines().count(PADDED) == said


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        (((0x00080005, b"ISO_IR 100"),), "the element (0008,0005), which is"),
        (((0x00090010, b"ACME"), (0x00091001, b"x ")), "the element (0009,0010) and 1 more, which are"),
    ],
)
def test_elements_of_other_groups_are_shown_and_warned_of_once(
    elements: tuple[tuple[int, bytes], ...], words: str
) -> None:
    answer = EchoResponseWith(elements)
    with ScriptedPeer(Accept(), answer, answer, ReleaseResponse()) as peer:
        run = run_dcmtool("-d", "--repeat", "2", peer.host, str(peer.port))
    assert run.returncode == 0
    lines = run.stderr.splitlines()
    warnings = [line for line in lines if line.startswith("W: ")]
    assert warnings == [f"W: the response has {words} not of group 0000 (PS3.7 6.3.1)"]
    for tag, _ in elements:
        assert sum(line.startswith(f"D: ({tag >> 16:04x},{tag & 0xFFFF:04x}) ") for line in lines) == 4


# In the other role ------------------------------------------------------------------------------------


def test_our_scp_answers_and_says_what_is_odd(tmp_path: Path) -> None:
    """Titles padded with NUL, and an element of another group in the C-ECHO-RQ."""
    request = associate_request(calling=b"ME".ljust(16, b"\0"), called=b"YOU".ljust(16, b"\0"))
    foreign = struct.pack("<HHI", 8, 5, 10) + b"ISO_IR 100"
    with scp_process(tmp_path, "-d") as scp, Client(scp.port) as client:
        client.associate(request)
        assert client.echo(wire.p_data(1, command() + foreign)) == 0
        client.release()
        wait_for(lambda: any("released" in line for line in scp.lines))
        lines = [line.split("] ")[-1] for line in scp.lines]
    assert "The peer pads the AE titles of its A-ASSOCIATE-RQ with NUL, not blanks (PS3.8 9.3.2)" in lines
    assert "The peer's message has the element (0008,0005), which is not of group 0000 (PS3.7 6.3.1)" in lines
    assert any("ME called YOU for Verification" in line and "1 echo, released" in line for line in lines)


@pytest.mark.parametrize(("options", "said"), [(("-v",), 1), ((), 0), (("-v", "--explain"), 0)])
def test_our_scp_says_with_verbose_that_titles_are_padded_with_nul(
    tmp_path: Path, options: tuple[str, ...], said: int
) -> None:
    """Where it explains, a finding says it."""
    request = associate_request(calling=b"ME".ljust(16, b"\0"), called=b"YOU".ljust(16, b"\0"))
    with scp_process(tmp_path, *options) as scp, Client(scp.port) as client:
        client.associate(request)
        client.release()
        assert scp.end() == 0
        lines = list(scp.lines)
    padded = "the peer pads the AE titles of its A-ASSOCIATE-RQ with NUL, not blanks (PS3.8 9.3.2)"
    assert lines.count(f"D: 127.0.0.1 port N: {padded}") == said
    assert any("nul-padded-title" in line for line in lines) == ("--explain" in options)
