"""Every parser of a peer's bytes, and the bytes that may take it long."""

import struct
from collections.abc import Callable, Iterator

from dcmtool.association.observed import ObservedAssociation
from dcmtool.capture.connection import Endpoint
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tls_records import TlsRecords
from dcmtool.dimse import command_set
from dcmtool.dimse.commands import Command
from dcmtool.dimse.reassembly import MessageReassembler
from dcmtool.events import AssociationId
from dcmtool.text import decoded, printable
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq, PDataTf, ProposedContext
from dcmtool.upper_layer.states import State
from dcmtool.upper_layer.user_information import MaximumLength
from tests.peers import wire

CHUNK = 65_536  # as the drivers read
_REQUEST = AssociateRq(
    "ANY-SCP",
    "ECHOSCU",
    (ProposedContext(1, wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,)),),
    (MaximumLength(131072),),
)
_ACCEPT = wire.accept(wire.parse_request(_REQUEST.encode()[6:]))


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))


def _played(association: Association, data: bytes) -> None:
    for chunk in _chunks(data):
        association.receive_data(chunk)
        while association.next_indication(0) is not None:
            pass


def _requestor(data: bytes) -> None:
    association = Association.requestor(_REQUEST)
    association.transport_opened()
    _played(association, data)


def _established(data: bytes) -> None:
    association = Association.requestor(_REQUEST)
    association.transport_opened()
    association.receive_data(_ACCEPT)
    association.next_indication(0)
    _played(association, data)


def _acceptor(data: bytes) -> None:
    association = Association.acceptor(131072)
    association.transport_opened()
    _played(association, data)
    if association.state is State.AWAITING_LOCAL_ASSOCIATE_RESPONSE:
        association.decode_request(0)


def _observed(data: bytes) -> None:
    observed = ObservedAssociation(AssociationId(1, "observer", 0.0, 0))
    for chunk in _chunks(data):
        observed.receive("requestor", chunk, 0)


def _connection(data: bytes) -> None:
    ends = Endpoint("192.0.2.1", 50104), Endpoint("192.0.2.2", 104)
    for handshake in (True, False):
        observer = ConnectionObserver(1, *ends, 0, handshake=handshake)
        for chunk in _chunks(data):
            observer.received("requestor", chunk, 0)
        observer.result()


def _records(data: bytes) -> None:
    records = TlsRecords()
    for chunk in _chunks(data):
        records.feed("acceptor", chunk)
    records.seen()


def _reassembled(data: bytes) -> None:
    messages = MessageReassembler()
    for pdv in PDataTf.decode(data).pdvs:
        messages.add(pdv)


def _command(data: bytes) -> None:
    Command.from_command_set(command_set.decode(data))


PARSERS: dict[str, Callable[[bytes], object]] = {
    "association of a requestor": _requestor,
    "association that is established": _established,
    "association of an acceptor": _acceptor,
    "association observed": _observed,
    "connection observed": _connection,
    "records of TLS": _records,
    "body of A-ASSOCIATE-AC": AssociateAc.decode,
    "body of A-ASSOCIATE-RQ": AssociateRq.decode,
    "body of P-DATA-TF": PDataTf.decode,
    "messages": _reassembled,
    "command set": _command,
    "text": lambda data: printable(decoded(data)),
}

_HEAD = struct.pack(">H2x16s16s32x", 1, b"A".ljust(16), b"B".ljust(16))


def _pdu(kind: int, part: bytes) -> Callable[[int], bytes]:
    return lambda size: wire.pdu(kind, _HEAD + part * ((size - len(_HEAD)) // len(part)))


def _repeated(part: bytes) -> Callable[[int], bytes]:
    return lambda size: part * (size // len(part))


_CONTEXT = wire.item(0x20, bytes([1, 0, 0, 0]) + wire.item(0x30, b"1.2") + wire.item(0x40, b"1.2"))
_RESULT = wire.item(0x21, bytes([1, 0, 0, 0]) + wire.item(0x40, b"1.2"))

INPUTS: dict[str, Callable[[int], bytes]] = {
    "NULs": _repeated(b"\0"),
    "ones": _repeated(b"\x01"),
    "escapes": _repeated(b"\x1b[2J"),
    "empty items": _repeated(bytes(4)),
    "items of one byte": _repeated(b"\x50\0\0\x01x"),
    "empty elements": _repeated(bytes(8)),
    "numbered elements": lambda size: b"".join(struct.pack("<II", n, 0) for n in range(size // 8)),
    "A-ASSOCIATE-AC of contexts": _pdu(wire.ASSOCIATE_AC, _RESULT),
    "A-ASSOCIATE-AC of empty items": _pdu(wire.ASSOCIATE_AC, wire.item(0x99, b"")),
    "A-ASSOCIATE-AC of user information": _pdu(
        wire.ASSOCIATE_AC, wire.item(0x50, wire.item(0x59, b"") * 500)
    ),
    "A-ASSOCIATE-RQ of contexts": _pdu(wire.ASSOCIATE_RQ, _CONTEXT),
    "A-ASSOCIATE-RQ of names": _pdu(wire.ASSOCIATE_RQ, wire.item(0x10, b"1.2.3")),
    "fragments of nothing": _repeated(wire.p_data(1, b"", wire.COMMAND)),
    "empty data sets": _repeated(wire.p_data(1, b"", wire.LAST)),
    "PDVs of nothing": _repeated(struct.pack(">IBB", 2, 1, 1)),
    "P-DATA-TF of many PDVs": lambda size: wire.pdu(wire.P_DATA, struct.pack(">IBB", 2, 1, 1) * (size // 6)),
    "fragments of a byte": _repeated(wire.p_data(1, b"x", wire.COMMAND)),
    "whole commands": _repeated(wire.p_data(1, wire.echo_response(1))),
    "A-RELEASE-RQ": _repeated(wire.pdu(wire.RELEASE_RQ, bytes(4))),
    "A-ABORT": _repeated(wire.abort(0, 0)),
    "empty records": _repeated(b"\x16\3\3\0\0"),
    "empty messages of a handshake": _repeated(b"\x16\3\3\x3f\xfc" + bytes(0x3FFC)),
    "messages of a byte": _repeated(b"\x16\3\3\0\5\2\0\0\1\0"),
    "beginnings of a PDU": _repeated(b"\4\0"),
    "lengths that nearly fit": _repeated(b"\4\0\0\0\0\x10\0\0\0\x0b\1\0"),
}
