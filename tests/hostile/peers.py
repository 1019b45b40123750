"""Peers that break the standard, or merely say no, with the clause that decides what `echo` makes of it."""

import struct
from typing import NamedTuple

from tests.peers import wire
from tests.peers.scripted import Step
from tests.peers.vocabulary import (
    Abort,
    Accept,
    CloseConnection,
    EchoResponse,
    EchoResponseWith,
    ExpectPdu,
    Raw,
    Reject,
    ReleaseResponse,
    ResetConnection,
    Serve,
    Silence,
    Trickle,
)

RQ, DATA, RELEASE = ExpectPdu(wire.ASSOCIATE_RQ), ExpectPdu(wire.P_DATA), ExpectPdu(wire.RELEASE_RQ)
SUCCESS, UNASSOCIATED, UNANSWERED, NO_CONTEXT, UNRELEASED, ABORTED = 0, 61, 62, 66, 67, 70
_HEAD = struct.pack(">H2x16s16s32x", 1, b"ANY-SCP".ljust(16), b"ECHOSCU".ljust(16))
_NAME = wire.item(0x10, b"1.2.840.10008.3.1.1.1")
_RESULT = wire.item(0x21, bytes([1, 0, 0, 0]) + wire.item(0x40, wire.IMPLICIT_LITTLE_ENDIAN.encode()))
_USER = wire.item(0x50, wire.item(0x51, struct.pack(">I", 16384)))


class Case(NamedTuple):
    """A peer: the clause that decides, the exit code, a part of the one sentence, and its script."""

    clause: str
    code: int
    says: str
    script: tuple[Step, ...]


def _answer(body: bytes) -> tuple[Step, ...]:
    return RQ, Raw(wire.pdu(wire.ASSOCIATE_AC, body))


def _response(data: bytes) -> tuple[Step, ...]:
    return Accept(), DATA, Raw(data)


def _release(*steps: Step) -> tuple[Step, ...]:
    return Accept(), EchoResponse(), RELEASE, *steps


CASES: dict[str, Case] = {}


def _add(name: str, clause: str, code: int, says: str, *script: Step) -> None:
    assert name not in CASES, name
    CASES[name] = Case(clause, code, says, script)


# An A-ASSOCIATE-RJ, of values that the standard has and that it has not
for result in (0, 1, 2, 255):
    for source, reason in (
        (0, 0),
        (1, 1),
        (1, 2),
        (1, 3),
        (1, 7),
        (1, 10),
        (2, 1),
        (2, 2),
        (3, 1),
        (3, 2),
        (255, 255),
    ):
        _add(
            f"rejects with {result}, {source}, {reason}",
            "PS3.8 9.3.4",
            UNASSOCIATED,
            "Reject",
            Reject(result, source, reason),
        )

# An A-ABORT at each moment
for source, reason in ((0, 0), (0, 255), (1, 0), (2, 0), (2, 1), (2, 3), (2, 6), (255, 255)):
    words = "PS3.8 9.3.8", ABORTED, "Abort"
    _add(f"aborts the request with {source}, {reason}", *words, RQ, Abort(source, reason))
    _add(f"aborts the echo with {source}, {reason}", *words, Accept(), DATA, Abort(source, reason))
    _add(f"aborts the release with {source}, {reason}", *words, *_release(Abort(source, reason)))

# A PDU that does not belong there (PS3.8 9.2, AA-8): it is answered by A-ABORT
_STRANGERS = {
    "A-ASSOCIATE-RQ": wire.pdu(wire.ASSOCIATE_RQ, _HEAD + _NAME),
    "A-ASSOCIATE-AC": wire.pdu(wire.ASSOCIATE_AC, _HEAD + _NAME + _RESULT + _USER),
    "A-ASSOCIATE-RJ": wire.reject(1, 1, 1),
    "P-DATA-TF": wire.p_data(1, wire.echo_response(7)),
    "A-RELEASE-RP": wire.pdu(wire.RELEASE_RP, bytes(4)),
}
for kind, data in _STRANGERS.items():
    if kind not in ("A-ASSOCIATE-AC", "A-ASSOCIATE-RJ"):
        _add(f"answers the request with {kind}", "PS3.8 9.2 AA-8", UNASSOCIATED, kind, RQ, Raw(data))
    if kind != "P-DATA-TF":
        _add(f"answers the echo with {kind}", "PS3.8 9.2 AA-8", UNANSWERED, kind, *_response(data))
    if kind not in ("A-RELEASE-RP", "P-DATA-TF"):
        _add(f"answers the release with {kind}", "PS3.8 9.2 AA-8", UNRELEASED, kind, *_release(Raw(data)))

# What is no PDU, or one of an impossible length (PS3.8 9.3.1), at each moment
_NONSENSE = {
    "type 0": bytes(10),
    "type 8": b"\x08\0\0\0\0\0",
    "type FF": b"\xff" * 64,
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "escapes": b"\x1b[2J\x1b]0;owned\x07",
    "an A-ABORT of 4 GB": struct.pack(">BxI", wire.ABORT, 0xFFFFFFFF),
    "a P-DATA-TF of 4 GB": struct.pack(">BxI", wire.P_DATA, 0xFFFFFFFF) + bytes(100),
    "an A-ASSOCIATE-AC of 4 GB": struct.pack(">BxI", wire.ASSOCIATE_AC, 0xFFFFFFFF) + bytes(100),
    "an A-RELEASE-RP of 5 bytes": wire.pdu(wire.RELEASE_RP, bytes(5)),
}
for kind, data in _NONSENSE.items():
    _add(f"answers the request with {kind}", "PS3.8 9.3.1", UNASSOCIATED, "", RQ, Raw(data))
    _add(f"answers the echo with {kind}", "PS3.8 9.3.1", UNANSWERED, "", *_response(data))
    _add(f"answers the release with {kind}", "PS3.8 9.3.1", UNRELEASED, "", *_release(Raw(data)))

# The connection ends at each moment
for name, end in (("closes", CloseConnection()), ("resets", ResetConnection())):
    for how, data in (("", b""), (" within a header", b"\2\0\0"), (" within a body", b"\4\0\0\0\1\0\0")):
        part = (Raw(data),) if data else ()
        _add(f"{name}{how} for the request", "PS3.8 9.2 AA-4", UNASSOCIATED, "", RQ, *part, end)
        _add(f"{name}{how} for the echo", "PS3.8 9.2 AA-4", UNANSWERED, "", Accept(), DATA, *part, end)
        _add(f"{name}{how} for the release", "PS3.8 9.2 AA-4", UNRELEASED, "", *_release(*part, end))

# An A-ASSOCIATE-AC that breaks PS3.8 9.3.3
_ANSWERS = {
    "no body": b"",
    "half a header": _HEAD[:40],
    "version 0": b"\0\0" + _HEAD[2:] + _NAME + _RESULT + _USER,
    "an item that is longer than all": _HEAD + b"\x21\0\xff\xff",
    "a cut item header": _HEAD + _NAME + b"\x21\0",
    "a result without a transfer syntax": _HEAD + _NAME + wire.item(0x21, bytes([1, 0, 0, 0])) + _USER,
    "a result that is empty": _HEAD + _NAME + wire.item(0x21, b"") + _USER,
    "a maximum length of 2 bytes": _HEAD + _NAME + _RESULT + wire.item(0x50, wire.item(0x51, b"\0\1")),
}
for name, body in _ANSWERS.items():
    _add(f"accepts with {name}", "PS3.8 9.3.3", UNASSOCIATED, "", *_answer(body))
for length in (1, 6):  # a PDV's header alone has 6 bytes
    _add(f"takes PDUs of {length}", "PS3.8 D.1.1", UNANSWERED, "", Accept(max_length=length), Serve())
for result in (1, 2, 3, 4):
    _add(
        f"gives the context result {result}",
        "PS3.8 9.3.3.2",
        NO_CONTEXT,
        "",
        Accept(results=(result,)),
        Serve(),
    )
_add("accepts no context", "PS3.8 9.3.3.2", NO_CONTEXT, "", *_answer(_HEAD + _NAME + _USER), Serve())

# A C-ECHO-RSP that breaks PS3.7 9.3.5.2, or says no
for status in (0x0110, 0x0122, 0x0210, 0x0212, 0xA700, 0xB000, 0xC000, 0xFE00, 0xFF00, 0xFFFF):
    _add(
        f"answers with status {status:04X}",
        "PS3.7 9.1.5.1.4",
        UNANSWERED,
        f"0x{status:04X}",
        Accept(),
        Serve(status),
    )
for element in (0x0100, 0x0120, 0x0800, 0x0900):
    says = f"(0000,{element:04x})"
    _add(
        f"omits {says}", "PS3.7 9.3.5.2", UNANSWERED, says, Accept(), EchoResponse(omit=frozenset({element}))
    )
for field in (0x0000, 0x0030, 0x8001, 0x8020, 0xFFFF):
    _add(
        f"answers with command {field:04X}",
        "PS3.7 E.1",
        UNANSWERED,
        "",
        Accept(),
        EchoResponse(command_field=field),
    )
for message_id in (0, 2, 65535):
    _add(
        f"answers message {message_id}",
        "PS3.7 9.3.5.2",
        UNANSWERED,
        "",
        Accept(),
        EchoResponse(message_id=message_id),
    )
for context in (0, 2, 3, 255):
    _add(
        f"answers on context {context}",
        "PS3.8 9.3.5.1",
        UNANSWERED,
        "",
        Accept(),
        EchoResponse(context_id=context),
    )
_COMMANDS = {
    "nothing": wire.p_data(1, b""),
    "a stray byte": wire.p_data(1, b"\0"),
    "an element that is cut": wire.p_data(1, b"\0\0\0\0\xff\xff\xff\xff"),
    "a PDV of length 0": wire.pdu(wire.P_DATA, bytes(4)),
    "a PDV of length 1": wire.pdu(wire.P_DATA, b"\0\0\0\1\1"),
    "a PDV of 4 GB": wire.pdu(wire.P_DATA, b"\xff\xff\xff\xff\1\3"),
    "no PDV": wire.pdu(wire.P_DATA, b""),
    "a data set": wire.p_data(1, bytes(16), wire.LAST),
}
for name, data in _COMMANDS.items():
    _add(f"answers with {name}", "PS3.8 9.3.5.1", UNANSWERED, "", *_response(data))
_add(
    "sends fragments without end",
    "PS3.8 Annex E",
    UNANSWERED,
    "",
    *_response(wire.p_data(1, bytes(16000), wire.COMMAND) * 200),
)

# What is tolerated: no clause forbids it, or the result is known
_add("answers on time", "PS3.7 9.1.5", SUCCESS, "", Accept(), Serve())
_add(
    "adds elements",
    "PS3.7 E.1",
    SUCCESS,
    "",
    Accept(),
    EchoResponseWith(((0x00000902, b"fine"),)),
    ReleaseResponse(),
)
_add("has no maximum length", "PS3.8 D.1.1", SUCCESS, "", Accept(max_length=None), Serve())
_add("takes a byte at a time", "PS3.8 D.1.1", SUCCESS, "", Accept(max_length=7), Serve())
_add("has no limit of lengths", "PS3.8 D.1.1", SUCCESS, "", Accept(max_length=0), Serve())

# Silence: the timeouts that are given bound it
_add("is silent to the request", "PS3.8 9.1.4", UNASSOCIATED, "", RQ, Silence())
_add("is silent to the echo", "PS3.7 9.1.5", UNANSWERED, "", Accept(), DATA, Silence())
_add("is silent to the release", "PS3.8 7.2.1", UNRELEASED, "", *_release(Silence()))

# What holds `echo` up for a minute each time


class Hanging(NamedTuple):
    """A peer that holds `echo` up: its script, the options, how many PDUs it has by then.

    `code` is the exit code after a Ctrl-C.
    """

    script: tuple[Step, ...]
    pdus: int
    options: tuple[str, ...] = ()
    code: int = 130


_ENDLESS = wire.p_data(1, b"x", wire.COMMAND) * 60_000
HANGING = {
    "is silent": Hanging((RQ, Silence()), 1),
    "sends part of a header": Hanging((RQ, Raw(b"\2\0\0"), Silence()), 1),
    "sends part of an answer": Hanging((RQ, Raw(b"\2\0\0\0\1\0\0\1"), Silence()), 1),
    "drips its answer": Hanging((RQ, Trickle(b"\2\0\0\0\1\0" + bytes(200), 200, 0.1), Silence()), 1),
    "answers no TLS": Hanging((Silence(),), 0, ("--anonymous-tls",)),
    "is silent to the echo": Hanging((Accept(), Silence()), 2),
    "sends part of a response": Hanging((Accept(), DATA, Raw(b"\4\0\0\0\1"), Silence()), 2),
    "drips fragments": Hanging((Accept(), DATA, Trickle(_ENDLESS, 2000, 0.02), Silence()), 2),
    "is silent to the release": Hanging(_release(Silence()), 3),
    "stays after a false answer": Hanging((RQ, Raw(bytes(64)), Silence()), 2, code=UNASSOCIATED),
    "lets a watch wait": Hanging((Accept(), Serve()), 2, ("--repeat", "0", "--interval", "60")),
}
