"""A trace file read again: equal events, and a sentence for a file that is none."""

import io
import json
from typing import Any, get_args

import pytest
from hypothesis import given

from dcmtool import errors, events
from dcmtool.advice import Advice
from dcmtool.dimse.messages import CEchoRsp, c_echo_rq
from dcmtool.errors import DcmtoolError, InputFileError
from dcmtool.settings import Peer
from dcmtool.trace import json_lines, plain
from dcmtool.trace.json_lines import EVENTS, MAX_LINE, json_line, read
from dcmtool.upper_layer import pdus, states
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.states import Action, State
from tests.reporting.documents import validator
from tests.trace.scenes import SCENES, SESSION
from tests.trace.test_json_lines import HEADER, again, written
from tests.trace.told import event
from tests.upper_layer.pdu_table import ROWS
from tests.upper_layer.strategies import PDUS

ASSOCIATE = next(row.pdu for row in ROWS if "all that can be negotiated" in row.name)
assert isinstance(ASSOCIATE, pdus.AssociateRq)
CONTEXT = PresentationContext(ASSOCIATE.contexts[0], 3, "1.2")
ANSWER = pdus.AssociateAc("A", "\u00e9", (pdus.ContextResult(1, 0, "1.2"),), ASSOCIATE.user_information)
ALL: list[events.What] = [
    events.Requesting(Peer("h\u00f6st", 104, "ipv6"), True, ASSOCIATE),
    events.TransportOpened("::1", 104, 0.5),
    events.TransportOpened("::1", 104, None),
    events.TlsEstablished(SESSION, "pacs"),
    events.TlsRefused(SESSION._replace(server_name=None), "pacs"),
    events.Associating(),
    events.Negotiated(ASSOCIATE, ANSWER, (CONTEXT, PresentationContext(ASSOCIATE.contexts[0]))),
    events.Established(CONTEXT, 4096),
    events.EchoSending(255, 65535, c_echo_rq(65535)),
    events.MessageReceived(1, {0x0900: b"\0\0", 0x00090010: b"\xff", 0xFFFFFFFF: b""}),
    events.EchoAnswered(CEchoRsp(7, 0x0110, "\x1b"), 12),
    events.Releasing(),
    events.Aborting(),
    events.Warned("\ud800"),
    events.Pdu(6, bytes.fromhex("060000000004 00000000")),
    events.StateChanged(states.StateEvent.RELEASE_RP, Action.AR_3, State(7), State(1)),
    events.Requested(ASSOCIATE),
    events.RequestRejected(pdus.AssociateRj(1, 1, 7)),
    events.AbortSent(2, 6),
    events.DataSetReceived(3, 1 << 40),
    events.TransportEnded("reset", "P-DATA-TF"),
    events.TimerStarted("-td", 0.25),
    events.TimerStopped("-td"),
    events.TimerExpired("-td", "C-ECHO-RSP"),
    events.EchoAnswering(1, 7, 0x0110, CEchoRsp(7, 0x0110).encode()),
]


@pytest.mark.parametrize("what", ALL, ids=lambda what: type(what).__name__)
@pytest.mark.parametrize("sender", [None, *get_args(events.Sender)])
@pytest.mark.parametrize("role", get_args(events.Role))
def test_what_is_read_is_what_was_written(
    what: events.What, sender: events.Sender | None, role: events.Role
) -> None:
    association = events.AssociationId(3, role, 1_795_521_600.123457, 2**63)
    happened = events.Event(association, sender, 2**63 + 5, what)
    (found,) = again(happened)
    assert found == happened
    assert type(found.what) is type(what)
    validator("trace").validate(json.loads(json_line(happened)))


def test_every_class_of_events_was_tried() -> None:
    assert {*map(type, ALL), events.Failed, events.ProtocolFault} == set(EVENTS.values())


@given(PDUS)
def test_every_pdu_is_read_again(pdu: Any) -> None:
    what = (
        events.Requesting(Peer("x", 1), False, pdu)
        if isinstance(pdu, pdus.AssociateRq)
        else events.Pdu(pdu.encode()[0], pdu.encode())
    )
    assert again(event(what)) == [event(what)]


@pytest.mark.parametrize("name", SCENES)
def test_a_run_is_read_again(name: str) -> None:
    happened = SCENES[name]().events
    for line in (HEADER, *map(json_line, happened)):
        validator("trace").validate(json.loads(line))
    found = again(*happened)
    assert list(map(json_line, found)) == list(map(json_line, happened))
    for one, other in zip(happened, found, strict=True):
        assert one == other or isinstance(one.what, events.Failed)


FAILURES: list[DcmtoolError] = [
    errors.SettingsError("port", 0, "is out of range"),
    errors.SettingsError("name", b"\0", "is not text"),
    errors.InputFileError("a", "b", Advice("not-der")),
    errors.InputFileError("a", "b", line=3),
    errors.OutputFileError("a", "b"),
    errors.UnknownNode("a", "b", ("c", "d"), file_exists=False),
    errors.ListenFailed("", 104, PermissionError(13, "Permission denied")),
    errors.TlsSettingsError("no key"),
    errors.ConnectionLost(ConnectionResetError(104, "Connection reset by peer"), partial="P-DATA-TF"),
    errors.ConnectionLost(),
    errors.ConnectionLost(TimeoutError()),
    errors.DeadlineExpired("C-ECHO-RSP", "dimse", 0.5),
    errors.TlsFailure("no-crl", "it is", Advice.about("revocation-lists", missing="one"), SESSION),
    errors.TlsFailure("alert", "it is"),
    errors.Stopped(),
    errors.ConnectFailed("pacs", 104, (("::1", OSError(113, "No route to host")),)),
    errors.NameNotResolved("pacs", 104, "no such name"),
    errors.RemoteProtocolError("that is wrong", "PS3.8 9.3.1", abort_reason=6),
    errors.NotDicom(b"HTTP/1.1"),
    errors.TlsWanted(),
    errors.UnexpectedPdu("A-RELEASE-RP", "associated"),
    errors.PeerAbort(2, 255),
    errors.Rejection(1, 1, 7),
    errors.NothingAccepted(((1, "No Reason"), (3, "User Rejection"))),
    errors.MaximumLengthTooSmall(6),
    errors.NoRoom(5000, 16384),
    errors.UnexpectedResponse("it is"),
    errors.StatusNotSuccess(0x0110, "Failure", "\x1b"),
    *(errors.DcmtoolError("x"), errors.Cause(), errors.TransportError("y")),
    *(kind("echo", errors.PeerAbort(0, 0)) for kind in errors.VerificationFailed.__subclasses__()),
    errors.AssociationRejected("associate", errors.Rejection(1, 1, 1)),
    errors.VerificationFailed("echo", errors.PeerAbort(0, 0)),
    errors.Interrupted("echo", KeyboardInterrupt()),
    errors.EchoFailed("echo", ValueError("odd")),
]


def made_of(error: object) -> Any:
    """Return the class of an error and its fields, and those of errors in it."""
    if isinstance(error, OSError):
        return type(error), error.errno, error.strerror
    if isinstance(error, BaseException):
        return type(error), str(error), {name: made_of(value) for name, value in vars(error).items()}
    return tuple(map(made_of, error)) if isinstance(error, tuple) else error


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_failure_is_of_the_same_class_with_the_same_fields(failure: DcmtoolError) -> None:
    (found,) = again(event(events.Failed(failure)))
    assert isinstance(found.what, events.Failed)
    if isinstance(failure, errors.SettingsError) and isinstance(failure.value, bytes):
        failure = errors.SettingsError(failure.name, str(failure.value), failure.reason)
    assert made_of(found.what.failure) == made_of(failure)


@pytest.mark.parametrize(
    "error",
    [error for error in FAILURES if isinstance(error, errors.RemoteProtocolError)],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_is_of_the_same_class_with_the_same_fields(error: errors.RemoteProtocolError) -> None:
    (found,) = again(event(events.ProtocolFault(error)))
    assert isinstance(found.what, events.ProtocolFault)
    assert made_of(found.what.error) == made_of(error)


def test_every_class_of_errors_was_tried() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    assert {kind for kind in kinds if issubclass(kind, DcmtoolError)} == set(map(type, FAILURES))


def test_an_error_of_another_module_is_one_of_dcmtool() -> None:
    class Odd(DcmtoolError):
        pass

    (found,) = again(event(events.Failed(Odd("so"))))
    assert isinstance(found.what, events.Failed)
    assert made_of(found.what.failure) == made_of(DcmtoolError("so"))


# A file that is none ----------------------------------------------------------------------------------

LINE = json_line(event(events.Releasing()))


def changed(what: events.What = ALL[0], **fields: Any) -> str:
    """Return an event's line with other fields; `...` takes one out."""
    document = written(what) | fields
    return json.dumps({name: value for name, value in document.items() if value is not ...})


BAD = [
    ([], "line 1: there is none, where dcmtool.trace/1 should be named"),
    (["\n"], "line 1: this is not JSON"),
    (["[" * 100_000], "line 1: this is not JSON"),
    (["9" * 5000], "line 1: this is not JSON"),
    (["NaN"], "line 1: this is not JSON"),
    (["[]"], "line 1: this is not an object"),
    ([LINE], "line 1: this names no schema, where dcmtool.trace/1 should be named"),
    (
        ['{"schema": "dcmtool.trace/2\x1b"}'.replace("\x1b", "\\u001b")],
        "line 1: this names 'dcmtool.trace/2\\x1b', where dcmtool.trace/1 should be named",
    ),
    ([HEADER, LINE, LINE[:40]], "line 3: this is not JSON"),
    ([HEADER, "{}"], "line 2: association is missing"),
    ([HEADER, changed(association="1")], "line 2: association is not a whole number"),
    ([HEADER, changed(association=True)], "line 2: association is not a whole number"),
    ([HEADER, changed(role="x" * 99)], f"line 2: role is '{'x' * 40}', which is not known here"),
    ([HEADER, changed(role=None)], "line 2: role is no text, which is not known here"),
    ([HEADER, changed(started="yesterday")], "line 2: started is not a time by ISO 8601"),
    ([HEADER, changed(started="2026-01-01")], "line 2: started is a time without its zone"),
    ([HEADER, changed(event="nonsense")], "line 2: event is 'nonsense', which is not known here"),
    ([HEADER, changed(peer=...)], "line 2: peer is missing"),
    ([HEADER, changed(peer=[])], "line 2: peer is not an object"),
    (
        [HEADER, changed(peer={"host": "a", "port": 0, "family": "auto"})],
        "line 2: peer cannot be: port '0' is out of range: from 1 to 65535",
    ),
    ([HEADER, changed(ALL[1], socket_timeout="x")], "line 2: socket_timeout is not a number"),
    ([HEADER, changed(ALL[13], sentence=1)], "line 2: sentence is not text"),
    ([HEADER, changed(ALL[14], data="0")], "line 2: data is not bytes in hexadecimal digits"),
    ([HEADER, changed(ALL[15], action="XX-1")], "line 2: action is 'XX-1', which is not known here"),
    (
        [HEADER, changed(ALL[15], before={"number": 99})],
        "line 2: before.number is not one that PS3.8 9.2 has",
    ),
    ([HEADER, changed(ALL[9], elements={})], "line 2: elements is not a list"),
    ([HEADER, changed(ALL[9], elements=[{"tag": "00"}])], "line 2: elements.0.bytes is missing"),
    (
        [
            HEADER,
            changed(ALL[0], associate=written(ALL[0])["associate"] | {"user_information": [{"type": "X"}]}),
        ],
        "line 2: associate.user_information.0 is 'X', which is not known here",
    ),
]
_FAILED = events.Failed(errors.ConnectFailed("pacs", 104, ()))
BAD += [
    ([HEADER, changed(_FAILED, failure={"type": name})], f"line 2: failure.type is '{name}', {known}")
    for name, known in (
        ("KeyboardInterrupt", "which is not known here"),
        ("print", "which is not known here"),
        ("Nonsense", "which is not known here"),
    )
]
_CAUSE = {"type": "EchoFailed", "stage": "echo", "cause": {"type": "UnicodeDecodeError", "text": "x"}}
BAD += [
    (
        [HEADER, changed(_FAILED, failure=_CAUSE)],
        "line 2: failure.cause.type is 'UnicodeDecodeError', which is not known here",
    ),
    (
        [HEADER, changed(_FAILED, failure=written(_FAILED)["failure"] | {"attempts": [["::1"]]})],
        "line 2: failure.attempts.0 has 1 items, not 2",
    ),
    (
        [
            HEADER,
            changed(events.Failed(FAILURES[0]), failure={"type": "SettingsError", "name": "a", "value": []}),
        ],
        "line 2: failure.value is neither text nor a number",
    ),
]
_TOO_LARGE = "is larger than any such number is"
_ADVISED = written(events.Failed(errors.InputFileError("a", "b", Advice("not-der"))))["failure"]
_EXPIRED = written(events.Failed(errors.DeadlineExpired("x", "dimse", 1)))["failure"]
_BROKEN = written(events.Failed(errors.ConnectionLost(OSError(1, "x"))))["failure"]
BAD += [
    *(
        ([HEADER, changed(started=time)], "line 2: started is not in the years 1 to 9999 of UTC")
        for time in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00")
    ),
    ([HEADER, changed(association=1 << 65)], f"line 2: association {_TOO_LARGE}"),
    ([HEADER, changed(ALL[1], socket_timeout=10**400)], f"line 2: socket_timeout {_TOO_LARGE}"),
    (
        [HEADER, changed(ALL[1], socket_timeout=1.5).replace("1.5", "1e999")],
        f"line 2: socket_timeout {_TOO_LARGE}",
    ),
    (
        [HEADER, changed(_FAILED, failure=_EXPIRED | {"seconds": -(10**400)})],
        f"line 2: failure.seconds {_TOO_LARGE}",
    ),
    (
        [HEADER, changed(_FAILED, failure=_BROKEN | {"error": {**_BROKEN["error"], "errno": 1 << 40}})],
        f"line 2: failure.error.errno {_TOO_LARGE}",
    ),
    *(
        (
            [HEADER, changed(_FAILED, failure=_ADVISED | {"advice": {"key": key, "facts": []}})],
            "line 2: failure.advice is not known here",
        )
        for key in ("nonsense", "revocation-lists")
    ),
    (
        [HEADER, changed(ALL[9], elements=[{"tag": "0100000000", "bytes": ""}])],
        "line 2: elements.tag is not of 4 bytes",
    ),
]


@pytest.mark.parametrize(("lines", "reason"), BAD, ids=lambda value: "" if isinstance(value, list) else value)
def test_a_wrong_file(lines: list[str], reason: str) -> None:
    with pytest.raises(InputFileError) as raised:
        list(read(lines, "x.json"))
    assert str(raised.value) == f"x.json: {reason}"


def test_what_comes_before_a_wrong_line_is_read() -> None:
    events_ = read([HEADER, LINE, "nonsense"])
    assert next(events_) == event(events.Releasing())
    with pytest.raises(InputFileError):
        next(events_)


def test_a_line_is_not_read_whatever_its_length() -> None:
    with pytest.raises(InputFileError, match="more than a line of a trace can have"):
        list(read([HEADER, " " * (MAX_LINE + 1)]))


def test_no_more_of_a_file_s_line_is_read_than_a_line_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINE", 1000)
    file = io.StringIO(f"{HEADER}{LINE}{' ' * 5000}")
    with pytest.raises(InputFileError, match="line 3: this has 1001 characters, more than"):
        list(read(file))
    assert file.tell() < 5000


def test_bytes_that_are_no_text() -> None:
    def lines() -> Any:
        yield HEADER
        yield b"\xff".decode("ascii")

    with pytest.raises(InputFileError, match=r"^the trace: after line 1: there is something else than text$"):
        list(read(lines()))


def test_fields_of_later_versions_are_passed_over() -> None:
    assert list(read([HEADER, changed(ALL[11], new=[1])])) == [event(ALL[11])]
    assert list(read([HEADER])) == []


def test_a_command_of_ours_that_cannot_be_decoded_has_no_elements() -> None:
    for what in (ALL[8], ALL[-1]):
        (found,) = read([HEADER, changed(what, command="00ff")])
        assert len(list(plain.lines(found))) == 2
        assert written(found.what)["elements"] is None
