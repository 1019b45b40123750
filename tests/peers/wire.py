"""PDUs and command sets by hand, with struct alone: independent of the encoder under test (PS3.8 9.3)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
PDU_NAMES = (
    "",
    "A-ASSOCIATE-RQ",
    "A-ASSOCIATE-AC",
    "A-ASSOCIATE-RJ",
    "P-DATA-TF",
    "A-RELEASE-RQ",
    "A-RELEASE-RP",
    "A-ABORT",
)
VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
ECHO_RQ, ECHO_RSP = 0x0030, 0x8030
COMMAND, LAST = 1, 2  # bits of the message control header (PS3.8 E.2)


class Pdu(NamedTuple):
    """A whole PDU: its type, all its bytes with the header, and when it was there (monotonic ns)."""

    type: int
    data: bytes
    at: int

    @property
    def body(self) -> bytes:
        """What follows the six bytes of the header."""
        return self.data[6:]


def first_pdu(buffer: bytes, at: int = 0) -> tuple[Pdu | None, bytes]:
    """Return the first PDU of what was received, if it is whole, and what is left; `at` is the time (ns)."""
    if len(buffer) < 6:
        return None, buffer
    kind, length = struct.unpack_from(">BxI", buffer)
    if len(buffer) < 6 + length:
        return None, buffer
    return Pdu(kind, buffer[: 6 + length], at), buffer[6 + length :]


class Context(NamedTuple):
    """A proposed presentation context."""

    id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


class Request(NamedTuple):
    """An A-ASSOCIATE-RQ but for its reserved bytes; user information as (item type, value) in order."""

    version: int
    called: bytes
    calling: bytes
    application_context: str
    contexts: tuple[Context, ...]
    user: tuple[tuple[int, bytes], ...]


def pdu(kind: int, body: bytes) -> bytes:
    """Return a PDU with its six-byte header."""
    return struct.pack(">BxI", kind, len(body)) + body


def item(kind: int, value: bytes) -> bytes:
    """Return an item or sub-item with its four-byte header."""
    return struct.pack(">BxH", kind, len(value)) + value


def items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, value) of each item; the lengths must add up."""
    while data:
        kind, length = struct.unpack_from(">BxH", data)
        assert len(data) >= 4 + length, "an item is longer than what holds it"
        yield kind, data[4 : 4 + length]
        data = data[4 + length :]


def _context(value: bytes) -> Context:
    subs = list(items(value[4:]))
    abstract = [uid.decode() for kind, uid in subs if kind == 0x30]
    assert len(abstract) == 1, "a context has one abstract syntax (PS3.8 9.3.2.2)"
    return Context(value[0], abstract[0], tuple(uid.decode() for kind, uid in subs if kind == 0x40))


def parse_request(body: bytes) -> Request:
    """Return what an A-ASSOCIATE-RQ says (PS3.8 9.3.2)."""
    version, called, calling = struct.unpack_from(">H2x16s16s32x", body)
    parts = list(items(body[68:]))
    assert [kind for kind, _ in parts if kind != 0x20] == [0x10, 0x50], "items in order, each once"
    contexts = tuple(_context(value) for kind, value in parts if kind == 0x20)
    return Request(version, called, calling, parts[0][1].decode(), contexts, tuple(items(parts[-1][1])))


def accept(
    request: Request,
    max_length: int | None = 16384,
    results: tuple[int, ...] = (0,),
    transfer_syntax: str | None = None,
    reverse: bool = False,
    more: bytes = b"",
) -> bytes:
    """Return the A-ASSOCIATE-AC that gives each proposed context its result; the last one serves the rest.

    `more` are further sub-items of the User Information.
    """
    answers = []
    for index, context in enumerate(request.contexts):
        result = results[min(index, len(results) - 1)]
        chosen = context.transfer_syntaxes[0] if transfer_syntax is None else transfer_syntax
        answers.append(item(0x21, struct.pack(">BxBx", context.id, result) + item(0x40, chosen.encode())))
    maximum = b"" if max_length is None else item(0x51, struct.pack(">I", max_length))
    user = maximum + item(0x52, b"1.2.3.4.5") + item(0x55, b"SCRIPTED_PEER") + more
    head = struct.pack(">H2x16s16s32x", 1, request.called, request.calling)
    body = item(0x10, request.application_context.encode()) + b"".join(answers[:: -1 if reverse else 1])
    return pdu(ASSOCIATE_AC, head + body + item(0x50, user))


def reject(result: int, source: int, reason: int) -> bytes:
    """Return an A-ASSOCIATE-RJ (PS3.8 9.3.4)."""
    return pdu(ASSOCIATE_RJ, bytes([0, result, source, reason]))


def abort(source: int, reason: int) -> bytes:
    """Return an A-ABORT (PS3.8 9.3.8)."""
    return pdu(ABORT, bytes([0, 0, source, reason]))


def p_data(context_id: int, fragment: bytes, control: int = COMMAND | LAST) -> bytes:
    """Return a P-DATA-TF with one PDV (PS3.8 9.3.5)."""
    return pdu(P_DATA, struct.pack(">IBB", len(fragment) + 2, context_id, control) + fragment)


def pdvs(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (context id, control, fragment) of each PDV of a P-DATA-TF."""
    while body:
        length, context_id, control = struct.unpack_from(">IBB", body)
        yield context_id, control, body[6 : 4 + length]
        body = body[4 + length :]


def element(number: int, value: bytes) -> bytes:
    """Return an element of group 0000 in Implicit VR Little Endian, padded to even length."""
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHI", 0, number, len(value)) + value


def elements(command: bytes) -> dict[int, bytes]:
    """Return the values of a command set by element number."""
    found: dict[int, bytes] = {}
    while command:
        group, number, length = struct.unpack_from("<HHI", command)
        assert group == 0, "a command set has group 0000 only (PS3.7 6.3.1)"
        found[number] = command[8 : 8 + length]
        command = command[8 + length :]
    return found


def echo_response(
    message_id: int,
    status: int = 0,
    command_field: int = ECHO_RSP,
    data_set_type: int = 0x0101,
    omit: frozenset[int] = frozenset(),
    comment: str = "",
) -> bytes:
    """Return the command set of a C-ECHO-RSP (PS3.7 9.3.5.2), without the elements to omit."""
    values = {0x0002: VERIFICATION.encode()}
    words = ((0x0100, command_field), (0x0120, message_id), (0x0800, data_set_type), (0x0900, status))
    values.update((number, struct.pack("<H", word)) for number, word in words)
    if comment:
        values[0x0902] = comment.encode("latin-1")
    rest = b"".join(element(number, value) for number, value in sorted(values.items()) if number not in omit)
    return element(0x0000, struct.pack("<I", len(rest))) + rest
