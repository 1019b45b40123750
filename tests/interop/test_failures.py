"""`dcmtool echo` against peers that fail it in every way: exit code, one sentence, bounded time."""

from dataclasses import dataclass, field

import pytest

from tests.interop.talk import outcome, success
from tests.peers import wire
from tests.peers.programs import refusing_port, run_dcmtool
from tests.peers.scripted import ScriptedPeer, Step
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    ExpectPdu,
    Raw,
    Reject,
    ReleaseResponse,
    ResetConnection,
    Serve,
    Silence,
    Trickle,
)
from tests.peers.wire import ABORT, ASSOCIATE_RQ, P_DATA, RELEASE_RP, RELEASE_RQ, pdu

ASSOCIATE, ECHO, RELEASE = (
    "F: Association Request Failed: ",
    "E: Echo Failed: ",
    "F: Association Release Failed: ",
)
UNBOUNDED = ("-ts", "0")  # so that only the budget under test can end the wait
REQUESTED, GREETED = ExpectPdu(ASSOCIATE_RQ), (Accept(), ExpectPdu(P_DATA))
PARTING = (Accept(), EchoResponse(), ExpectPdu(RELEASE_RQ))
ACCEPTANCE = wire.accept(
    wire.Request(
        1, b"ANY-SCP", b"ECHOSCU", "1.2.840.10008.3.1.1.1", (wire.Context(1, "", ("1.2.840.10008.1.2",)),), ()
    )
)
RESPONSE = wire.p_data(1, wire.echo_response(1))
TO_ABORT, TO_ECHO = (ASSOCIATE_RQ, ABORT), (ASSOCIATE_RQ, P_DATA)


@dataclass(frozen=True)
class Failure:
    """A way to fail: what the peer does, what must come out, and the PDUs that the peer must have seen."""

    name: str
    script: tuple[Step, ...]
    code: int
    lead: str
    names: str  # what the sentence must contain
    seen: tuple[int, ...]
    options: tuple[str, ...] = field(default=())


def _associating(
    name: str, step: Step, names: str, *options: str, code: int = 61, abort: bool = True
) -> Failure:
    seen = TO_ABORT if abort else (ASSOCIATE_RQ,)
    return Failure(f"associate: {name}", (REQUESTED, step, Silence()), code, ASSOCIATE, names, seen, options)


def _echoing(name: str, step: Step, names: str, *options: str, code: int = 62, abort: bool = True) -> Failure:
    reads = isinstance(step, EchoResponse)
    script = (*(GREETED[:1] if reads else GREETED), step, Silence())
    seen = (*TO_ECHO, ABORT) if abort else TO_ECHO
    return Failure(f"echo: {name}", script, code, ECHO, names, seen, options)


def _releasing(
    name: str, step: Step, names: str, *options: str, code: int = 67, abort: bool = True
) -> Failure:
    seen = (*TO_ECHO, RELEASE_RQ, ABORT) if abort else (*TO_ECHO, RELEASE_RQ)
    return Failure(f"release: {name}", (*PARTING, step, Silence()), code, RELEASE, names, seen, options)


FAILURES = [
    _associating("silence, -ta", Silence(), "within 1 s", "-ta", "1", *UNBOUNDED),
    _associating("silence, -ta beyond -ts", Silence(), "within 2 s (-ta", "-ta", "2", "-ts", "1"),
    _associating("part of a PDU, -ts", Raw(ACCEPTANCE[:40]), "within 1 s", "-ts", "1"),
    _associating("silence, --deadline", Silence(), "within 1 s", "--deadline", "1"),
    _associating("part of a header", Raw(ACCEPTANCE[:3]), "within 1 s", "-ta", "1", *UNBOUNDED),
    _associating("part of a PDU", Raw(ACCEPTANCE[:40]), "within 1 s", "-ta", "1", *UNBOUNDED),
    _associating("trickle", Trickle(ACCEPTANCE, 100), "within 1 s", "-ta", "1"),
    _associating("close", CloseConnection(), "closed the connection", abort=False),
    _associating("reset", ResetConnection(), "onnection", abort=False),
    _associating("abort by the user", Abort(0, 0), "service user", code=70, abort=False),
    _associating("abort by the provider", Abort(2, 1), "unrecognized PDU", code=70, abort=False),
    _associating("HTTP", Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "HTTP/1.1"),
    _associating("absurd length", Raw(b"\2\0\xff\xff\xff\xff"), "4294967295"),
    _associating("too short", Raw(pdu(2, bytes(10))), "PS3.8"),
    _associating("items that do not add up", Raw(pdu(2, ACCEPTANCE[6:-1])), "PS3.8"),
    _associating("release in place of an answer", Raw(pdu(RELEASE_RQ, bytes(4))), "A-RELEASE-RQ"),
    _associating("data in place of an answer", Raw(RESPONSE), "P-DATA-TF"),
    _associating("release response in place of an answer", Raw(pdu(RELEASE_RP, bytes(4))), "A-RELEASE-RP"),
    _echoing("silence, -td", Silence(), "within 1 s", "-td", "1", *UNBOUNDED),
    _echoing("silence, -ts", Silence(), "within 1 s", "-ts", "1"),
    _echoing("silence, -td beyond -ts", Silence(), "within 2 s", "-td", "2", "-ts", "1"),
    _echoing("part of a PDU, -ts", Raw(RESPONSE[:20]), "within 1 s", "-td", "9", "-ts", "1"),
    _echoing("silence, --deadline", Silence(), "within 1 s", "--deadline", "1"),
    _echoing("part of a PDU", Raw(RESPONSE[:20]), "within 1 s", "-td", "1", *UNBOUNDED),
    _echoing("trickle", Trickle(RESPONSE, 80), "within 1 s", "-td", "1"),
    _echoing("close", CloseConnection(), "closed the connection", abort=False),
    _echoing("reset", ResetConnection(), "onnection", abort=False),
    _echoing("abort by the user", Abort(0, 0), "service user", code=70, abort=False),
    _echoing("abort by the provider", Abort(2, 6), "invalid PDU parameter value", code=70, abort=False),
    _echoing("wrong message id", EchoResponse(message_id=77), "77"),
    _echoing("another command", EchoResponse(command_field=0x8001), "PS3.7"),
    _echoing("unknown command", EchoResponse(command_field=0x8123), "PS3.7"),
    _echoing("no command field", EchoResponse(omit=frozenset({0x0100})), "(0000,0100)"),
    _echoing("no message id", EchoResponse(omit=frozenset({0x0120})), "(0000,0120)"),
    _echoing("no data set type", EchoResponse(omit=frozenset({0x0800})), "(0000,0800)"),
    _echoing("no status", EchoResponse(omit=frozenset({0x0900})), "(0000,0900)"),
    _echoing("a data set announced", EchoResponse(data_set_type=0), "data set"),
    _echoing("a data PDV", EchoResponse(control=wire.LAST), "data"),
    _echoing("another context", EchoResponse(context_id=3), "context"),
    _echoing("unknown PDU type", Raw(pdu(9, bytes(4))), "09 00"),
    _echoing("PDU over our maximum", Raw(pdu(P_DATA, bytes(20000))), "20000"),
    _echoing("no PDV", Raw(pdu(P_DATA, b"")), "PS3.8"),
    _echoing("PDV over its PDU", Raw(pdu(P_DATA, b"\0\0\0\xff\1\3")), "PS3.8"),
    _echoing("early release", Raw(pdu(RELEASE_RQ, bytes(4))), "A-RELEASE-RQ"),
    _echoing("acceptance again", Raw(ACCEPTANCE), "A-ASSOCIATE-AC"),
    _releasing("silence, -ta", Silence(), "within 1 s", "-ta", "1", *UNBOUNDED),
    _releasing("silence, -ta beyond -ts", Silence(), "within 2 s", "-ta", "2", "-ts", "1"),
    _releasing("part of a PDU, -ts", Raw(pdu(RELEASE_RP, bytes(4))[:5]), "within 1 s", "-ts", "1"),
    _releasing("silence, --deadline", Silence(), "within 1 s", "--deadline", "1"),
    _releasing("part of a PDU", Raw(pdu(RELEASE_RP, bytes(4))[:5]), "within 1 s", "-ta", "1"),
    _releasing("close", CloseConnection(), "closed the connection", abort=False),
    _releasing("reset", ResetConnection(), "onnection", abort=False),
    _releasing("abort", Abort(0, 0), "service user", code=70, abort=False),
    _releasing("rejection", Raw(wire.reject(1, 1, 1)), "A-ASSOCIATE-RJ"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_failure_has_its_code_and_one_sentence(failure: Failure) -> None:
    with ScriptedPeer(*failure.script) as peer:
        run = run_dcmtool(*failure.options, peer.host, str(peer.port), timeout=30)
    (line,) = run.stderr.splitlines()
    assert (run.returncode, run.stdout) == (failure.code, "")
    assert line.startswith(failure.lead)
    assert failure.names in line
    assert peer.types == list(failure.seen)


def test_refused_connection() -> None:
    with refusing_port() as port:
        run = run_dcmtool("127.0.0.1", str(port))
    expected = f"{ASSOCIATE}no connection to 127.0.0.1 port {port}: Connection refused\n"
    assert outcome(run) == (60, "", expected)


def test_unknown_host() -> None:
    run = run_dcmtool("-to", "10", "no-such-host.invalid", "104")
    (line,) = run.stderr.splitlines()
    assert run.returncode == 60
    assert line.startswith(ASSOCIATE)
    assert "no-such-host.invalid" in line


@pytest.mark.parametrize("result", [1, 2, 3, 4, 99])
def test_refused_contexts_end_in_a_release(result: int) -> None:
    with ScriptedPeer(Accept(results=(result,)), ReleaseResponse()) as peer:
        run = run_dcmtool("-ppc", "2", peer.host, str(peer.port))
    (line,) = run.stderr.splitlines()
    assert run.returncode == 66
    assert line.startswith("F: No Acceptable Presentation Contexts")
    assert peer.types == [ASSOCIATE_RQ, RELEASE_RQ]


def test_refused_contexts_whatever_becomes_of_the_release() -> None:
    with ScriptedPeer(Accept(results=(3,)), Silence()) as peer:
        run = run_dcmtool("-ta", "1", peer.host, str(peer.port), timeout=30)
    assert run.returncode == 66
    assert len(run.stderr.splitlines()) == 1
    assert peer.types[:2] == [ASSOCIATE_RQ, RELEASE_RQ]


@pytest.mark.parametrize(("status", "shown"), [(0x0110, "0x0110"), (0x0122, "0x0122"), (0xC123, "0xC123")])
def test_every_status_other_than_success_is_a_failure(status: int, shown: str) -> None:
    with ScriptedPeer(Accept(), Serve(status)) as peer:
        run = run_dcmtool("--repeat", "3", peer.host, str(peer.port))
    assert run.returncode == 62
    lines = run.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(ECHO) and shown in line for line in lines)
    assert peer.types == [ASSOCIATE_RQ, P_DATA, P_DATA, P_DATA, RELEASE_RQ]


def test_one_failure_among_successes_is_a_failure() -> None:
    script = (Accept(), EchoResponse(), EchoResponse(status=0x0211), EchoResponse(), ReleaseResponse())
    with ScriptedPeer(*script) as peer:
        run = run_dcmtool("--repeat", "3", peer.host, str(peer.port))
    assert run.returncode == 62
    assert len(run.stderr.splitlines()) == 1


def test_a_comment_of_the_peer_cannot_steer_the_terminal() -> None:
    hostile = EchoResponse(status=0x0110, comment="no\x1b[2Jway\r\nF: fake\x9b")
    with ScriptedPeer(Accept(), hostile, ReleaseResponse()) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    (line,) = run.stderr.splitlines()
    assert run.returncode == 62
    assert line.isprintable()


@pytest.mark.parametrize("options", [("-q",), ("-ll", "fatal"), ("-q", "--repeat", "3")])
def test_what_ends_the_run_is_said_once_however_quiet_it_is(options: tuple[str, ...]) -> None:
    with ScriptedPeer(Accept(), Serve(0x0110)) as peer:
        run = run_dcmtool(*options, peer.host, str(peer.port))
    assert outcome(run) == (62, "", "E: Echo Failed: status 0x0110 (Failure: Processing Failure)\n")


def test_a_peer_that_aborts_the_echo_is_named_under_quiet() -> None:
    with ScriptedPeer(Accept(), ExpectPdu(P_DATA), Abort(0, 0)) as peer:
        run = run_dcmtool("-q", peer.host, str(peer.port))
    assert run.returncode == 70
    assert run.stderr.startswith("E: Echo Failed: the peer aborted the association")
    assert len(run.stderr.splitlines()) == 1


def test_off_is_silent() -> None:
    with ScriptedPeer(Accept(), Serve(0x0110)) as peer:
        run = run_dcmtool("-ll", "off", peer.host, str(peer.port))
    assert outcome(run) == (62, "", "")


def test_a_release_collision_is_answered_and_succeeds() -> None:
    request, response = pdu(RELEASE_RQ, bytes(4)), pdu(RELEASE_RP, bytes(4))
    with ScriptedPeer(*PARTING, Raw(request), ExpectPdu(RELEASE_RP), Raw(response)) as peer:
        run = run_dcmtool("-v", peer.host, str(peer.port))
    assert outcome(run) == (0, "", success(16372))
    assert peer.types == [ASSOCIATE_RQ, P_DATA, RELEASE_RQ, RELEASE_RP]


def test_a_peer_that_stays_after_the_abort_is_not_waited_for() -> None:
    with ScriptedPeer(Accept(), EchoResponse(), Silence()) as peer:
        run = run_dcmtool("--abort", peer.host, str(peer.port), timeout=15)
    assert outcome(run) == (0, "", "")
    assert peer.types == [ASSOCIATE_RQ, P_DATA, ABORT]


@pytest.mark.parametrize("maximum", [0, 6])
def test_a_maximum_length_too_small_for_any_message(maximum: int) -> None:
    too_small = bool(maximum)  # 0 is no limit (PS3.8 D.1)
    with ScriptedPeer(Accept(max_length=maximum), Serve()) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    assert run.returncode == (62 if too_small else 0)
    assert run.stderr.startswith(ECHO) == too_small
    assert (P_DATA not in peer.types) == too_small


@pytest.mark.parametrize("maximum", [7, 12, 13, 50, 51])
def test_messages_are_cut_to_the_maximum_length_of_the_peer(maximum: int) -> None:
    with ScriptedPeer(Accept(max_length=maximum), Serve()) as peer:
        run = run_dcmtool("--repeat", "2", peer.host, str(peer.port))
    assert outcome(run) == (0, "", "")
    lengths = [len(pdu.body) for pdu in peer.pdus if pdu.type == P_DATA]
    assert len(lengths) > 2
    assert max(lengths) <= maximum


def test_an_absent_maximum_length_is_no_limit() -> None:
    with ScriptedPeer(Accept(max_length=None), Serve()) as peer:
        run = run_dcmtool("-v", peer.host, str(peer.port))
    assert outcome(run) == (0, "", success(131060))


def test_the_echo_goes_on_the_first_accepted_context_of_the_answer() -> None:
    with ScriptedPeer(Accept(results=(0, 0, 3), reverse=True), Serve()) as peer:
        run = run_dcmtool("-ppc", "3", peer.host, str(peer.port))
    assert outcome(run) == (0, "", "")
    assert [context for context, _, _ in wire.pdvs(peer.pdus[1].body)] == [3]


@pytest.mark.timeout(600)  # as many echoes as there are ids, on a machine that may be busy
def test_message_ids_go_from_65535_to_1() -> None:
    with ScriptedPeer(Accept(), Serve()) as peer:
        run = run_dcmtool("--repeat", "65537", peer.host, str(peer.port), timeout=590)
    assert outcome(run) == (0, "", "")
    commands = [wire.elements(pdu.data[12:]) for pdu in peer.pdus if pdu.type == P_DATA]
    ids = [int.from_bytes(command[0x0110], "little") for command in commands]
    assert ids == [*range(1, 65536), 1, 2]


@pytest.mark.parametrize("reject", [Reject(1, 1, 7), Reject(2, 3, 1), Reject(1, 2, 2)])
def test_a_rejection_is_reported_in_words(reject: Reject) -> None:
    with ScriptedPeer(reject) as peer:
        run = run_dcmtool(peer.host, str(peer.port))
    first, second, third = run.stderr.splitlines()
    assert run.returncode == 61
    assert first == "F: Association Rejected:"
    assert second.startswith("F: Result: Rejected ")
    assert third.startswith("F: Reason: ")
    assert peer.types == [ASSOCIATE_RQ]
