"""The seven Protocol Data Units: type, reserved byte, 4-byte length, body (PS3.8 9.3, big endian)."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from struct import Struct
from typing import TypeVar

from dcmtool.errors import RemoteProtocolError
from dcmtool.named_tuple import NamedTuple
from dcmtool.text import decoded
from dcmtool.uids import APPLICATION_CONTEXT as APPLICATION_CONTEXT_NAME
from dcmtool.upper_layer import items
from dcmtool.upper_layer.items import ITEM_HEADER, decode_uid, item, need, split_items, uid_item
from dcmtool.upper_layer.user_information import (
    SubItem,
    decode_user_information,
    encode_user_information,
)

# PDU types (PS3.8 9.3.1)
ASSOCIATE_RQ = 0x01
ASSOCIATE_AC = 0x02
ASSOCIATE_RJ = 0x03
P_DATA_TF = 0x04
RELEASE_RQ = 0x05
RELEASE_RP = 0x06
ABORT = 0x07

PDU_HEADER = Struct(">BxI")
_ASSOCIATE = Struct(">H2x16s16s32x")  # version, called title, calling title (PS3.8 9.3.2)
_INSIDE = "a Presentation Context item"
_LENGTH = 2  # where it is in the header
_FIRST_ITEM = PDU_HEADER.size + _ASSOCIATE.size  # where it begins in its PDU
_PDV_HEADER = Struct(">IBB")  # length, presentation context ID, message control header (PS3.8 9.3.5.1)
_SINGLE_PDV_HEADER = Struct(">BxIIBB")  # of a PDU with one PDV


def _pdu(kind: int, body: bytes) -> bytes:
    return PDU_HEADER.pack(kind, len(body)) + body


class RequestLimits(NamedTuple):
    """What an A-ASSOCIATE-RQ may make us keep: the bytes of its body, and how much that stands for."""

    length: int = 1 << 18  # 128 contexts with the 53 transfer syntaxes that have names here take 183 KB
    contexts: int = 128  # there are as many odd numbers for them (PS3.8 7.1.1.13)
    transfer_syntaxes: int = 128  # of one context; PS3.6 defines half as many


_UNLIMITED = RequestLimits(1 << 32, 1 << 32, 1 << 32)  # but for the length of the PDU itself


class ProposedContext(NamedTuple):
    """A presentation context as proposed: odd ID, abstract syntax, transfer syntaxes (PS3.8 9.3.2.2)."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]

    def encode(self) -> bytes:
        """Return the item's bytes, the reserved ones 0."""
        syntaxes = b"".join(uid_item(items.TRANSFER_SYNTAX, uid) for uid in self.transfer_syntaxes)
        value = bytes((self.context_id, 0, 0, 0)) + uid_item(items.ABSTRACT_SYNTAX, self.abstract_syntax)
        return item(items.PROPOSED_CONTEXT, value + syntaxes)

    @classmethod
    def decode(cls, value: bytes, limits: RequestLimits = _UNLIMITED, start: int = 0) -> "ProposedContext":
        """Read the item's value, which begins there in its PDU."""
        need(value, 4, "Presentation Context", "PS3.8 9.3.2.2")
        abstract = ""
        transfer: list[str] = []
        for kind, content in split_items(value[4:], _INSIDE, "PS3.8 9.3.2.2", start + 4):
            if kind == items.ABSTRACT_SYNTAX:
                abstract = decode_uid(content)
            elif kind == items.TRANSFER_SYNTAX:
                if len(transfer) == limits.transfer_syntaxes:
                    raise _too_many(f"transfer syntaxes for presentation context {value[0]}", len(transfer))
                transfer.append(decode_uid(content))
        return cls(value[0], abstract, tuple(transfer))


class ContextResult(NamedTuple):
    """The answer to a presentation context: result 0 is acceptance (PS3.8 9.3.3.2).

    The transfer syntax only means something where the result is acceptance.
    """

    context_id: int
    result: int
    transfer_syntax: str

    def encode(self) -> bytes:
        """Return the item's bytes."""
        value = bytes((self.context_id, 0, self.result, 0))
        return item(items.CONTEXT_RESULT, value + uid_item(items.TRANSFER_SYNTAX, self.transfer_syntax))

    @classmethod
    def decode(cls, value: bytes, start: int = 0) -> "ContextResult":
        """Read the item's value, which begins there in its PDU."""
        need(value, 4, "Presentation Context", "PS3.8 9.3.3.2")
        syntaxes = [
            decode_uid(content)
            for kind, content in split_items(value[4:], _INSIDE, "PS3.8 9.3.3.2", start + 4)
            if kind == items.TRANSFER_SYNTAX
        ]
        if value[2] == 0 and len(syntaxes) != 1:
            what = f"presentation context {value[0]} is accepted with {len(syntaxes)} transfer syntaxes"
            raise _invalid(what, "PS3.8 9.3.3.2")
        return cls(value[0], value[2], syntaxes[0] if syntaxes else "")


def _invalid(what: str, clause: str, offset: int | None = None, kind: str = "") -> RemoteProtocolError:
    """Return what is wrong with the value of a parameter, behind so many bytes of the PDU."""
    return RemoteProtocolError(what, clause, abort_reason=6, offset=offset, kind=kind)


def _too_many(what: str, limit: int) -> RemoteProtocolError:
    return _invalid(f"A-ASSOCIATE-RQ proposes more than {limit} {what}", "PS3.8 9.3.2.2", kind="too-many")


_Context = TypeVar("_Context")


def _encode_associate(
    version: int,
    titles: tuple[str, str],
    application_context: str,
    contexts: Iterable[ProposedContext | ContextResult],
    user_information: Iterable[SubItem],
) -> bytes:
    called, calling = (title.encode("latin-1").ljust(16) for title in titles)
    return b"".join(
        (
            _ASSOCIATE.pack(version, called, calling),
            uid_item(items.APPLICATION_CONTEXT, application_context),
            *(context.encode() for context in contexts),
            item(items.USER_INFORMATION, encode_user_information(user_information)),
        )
    )


def _decode_associate(
    body: bytes,
    name: str,
    clause: str,
    context_kind: int,
    decode_context: Callable[[bytes, int], _Context],
    max_contexts: int = _UNLIMITED.contexts,
    *,
    is_lenient: bool = False,
) -> tuple[str, str, tuple[_Context, ...], tuple[SubItem, ...], str, int]:
    if len(body) < _ASSOCIATE.size:
        what = f"{name} has a body of {len(body)} bytes where at least {_ASSOCIATE.size} belong"
        raise _invalid(what, clause, PDU_HEADER.size + len(body))
    version, called, calling = _ASSOCIATE.unpack_from(body)
    if not version & 1:
        what = f"{name} has protocol version 0x{version:04X}, without bit 0 for version 1"
        raise _invalid(what, clause, PDU_HEADER.size)
    contexts: list[_Context] = []
    user_information: tuple[SubItem, ...] = ()
    application_context = ""
    at = _FIRST_ITEM
    for kind, value in split_items(body[_ASSOCIATE.size :], name, clause, at):
        try:
            if kind == context_kind:
                if len(contexts) == max_contexts:
                    raise _too_many("presentation contexts", max_contexts)
                contexts.append(decode_context(value, at + ITEM_HEADER))
            elif kind == items.USER_INFORMATION:
                user_information = decode_user_information(value, at + ITEM_HEADER, is_lenient=is_lenient)
            elif kind == items.APPLICATION_CONTEXT:
                application_context = decode_uid(value)
        except RemoteProtocolError as error:
            error.offset = at if error.offset is None else error.offset
            raise
        at += ITEM_HEADER + len(value)
    titles = decoded(called).rstrip(" \0"), decoded(calling).rstrip(" \0")  # some peers pad with NULs
    return (*titles, tuple(contexts), user_information, application_context, version)


class AssociateRq(NamedTuple):
    """A-ASSOCIATE-RQ (PS3.8 9.3.2)."""

    called_aet: str
    calling_aet: str
    contexts: tuple[ProposedContext, ...]
    user_information: tuple[SubItem, ...]
    application_context: str = APPLICATION_CONTEXT_NAME
    protocol_version: int = 1

    def encode(self) -> bytes:
        """Return the PDU's bytes, reserved fields 0."""
        called, calling, contexts, user_information, application_context, version = self
        return _pdu(
            ASSOCIATE_RQ,
            _encode_associate(version, (called, calling), application_context, contexts, user_information),
        )

    @classmethod
    def decode(
        cls, body: bytes, limits: RequestLimits = _UNLIMITED, *, is_lenient: bool = False
    ) -> "AssociateRq":
        """Read the PDU's body; see `decode_user_information` for who `is_lenient`."""
        fields = _decode_associate(
            *(body, "A-ASSOCIATE-RQ", "PS3.8 9.3.2", items.PROPOSED_CONTEXT),
            lambda value, start: ProposedContext.decode(value, limits, start),
            limits.contexts,
            is_lenient=is_lenient,
        )
        return cls(*fields)


class AssociateAc(NamedTuple):
    """A-ASSOCIATE-AC; its titles are reserved fields that the requestor shall not test (PS3.8 9.3.3)."""

    called_aet: str
    calling_aet: str
    contexts: tuple[ContextResult, ...]
    user_information: tuple[SubItem, ...]
    application_context: str = APPLICATION_CONTEXT_NAME
    protocol_version: int = 1

    def encode(self) -> bytes:
        """Return the PDU's bytes."""
        called, calling, contexts, user_information, application_context, version = self
        return _pdu(
            ASSOCIATE_AC,
            _encode_associate(version, (called, calling), application_context, contexts, user_information),
        )

    @classmethod
    def decode(cls, body: bytes) -> "AssociateAc":
        """Read the PDU's body."""
        return cls(
            *_decode_associate(
                body, "A-ASSOCIATE-AC", "PS3.8 9.3.3", items.CONTEXT_RESULT, ContextResult.decode
            )
        )


class AssociateRj(NamedTuple):
    """A-ASSOCIATE-RJ: the numbers of result, source and reason (PS3.8 9.3.4)."""

    result: int
    source: int
    reason: int

    def encode(self) -> bytes:
        """Return the PDU's bytes."""
        return _pdu(ASSOCIATE_RJ, bytes((0, *self)))

    @classmethod
    def decode(cls, body: bytes) -> "AssociateRj":
        """Read the PDU's body."""
        return cls(*_four_bytes(body, "A-ASSOCIATE-RJ", "PS3.8 9.3.4")[1:])


class Pdv(NamedTuple):
    """A Presentation Data Value: a fragment of a command or data set (PS3.8 9.3.5.1, Annex E)."""

    context_id: int
    is_command: bool
    is_last: bool
    data: bytes


class PDataTf(NamedTuple):
    """P-DATA-TF: one or more PDVs (PS3.8 9.3.5)."""

    pdvs: tuple[Pdv, ...]

    def encode(self) -> bytes:
        """Return the PDU's bytes."""
        if len(self.pdvs) == 1:
            ((context_id, is_command, is_last, data),) = self.pdvs
            control, length = is_command | is_last << 1, len(data) + 2
            return _SINGLE_PDV_HEADER.pack(P_DATA_TF, length + 4, length, context_id, control) + data
        parts: list[bytes] = []
        for context_id, is_command, is_last, data in self.pdvs:
            parts.append(_PDV_HEADER.pack(len(data) + 2, context_id, is_command | is_last << 1))
            parts.append(data)
        return _pdu(P_DATA_TF, b"".join(parts))

    @classmethod
    def decode(cls, body: bytes) -> "PDataTf":
        """Read the PDU's body."""
        pdvs, offset, end = [], 0, len(body)
        while end - offset >= _PDV_HEADER.size:
            length, context_id, control = _PDV_HEADER.unpack_from(body, offset)
            stop = offset + 4 + length
            if length < 2 or stop > end:
                break
            pdvs.append(Pdv(context_id, control & 1 == 1, control & 2 == 2, body[offset + 6 : stop]))
            offset = stop
        if offset != end or not pdvs:
            what = f"the PDV lengths in a P-DATA-TF of {end} bytes do not add up after {len(pdvs)} PDVs"
            raise _invalid(what, "PS3.8 9.3.5.1", PDU_HEADER.size + offset)
        return cls(tuple(pdvs))


class ReleaseRq(NamedTuple):
    """A-RELEASE-RQ (PS3.8 9.3.6)."""

    def encode(self) -> bytes:
        """Return the PDU's bytes."""
        return _pdu(RELEASE_RQ, bytes(4))

    @classmethod
    def decode(cls, body: bytes) -> "ReleaseRq":
        """Read the PDU's body, which is reserved."""
        _four_bytes(body, "A-RELEASE-RQ", "PS3.8 9.3.6")
        return cls()


class ReleaseRp(NamedTuple):
    """A-RELEASE-RP (PS3.8 9.3.7)."""

    def encode(self) -> bytes:
        """Return the PDU's bytes."""
        return _pdu(RELEASE_RP, bytes(4))

    @classmethod
    def decode(cls, body: bytes) -> "ReleaseRp":
        """Read the PDU's body, which is reserved."""
        _four_bytes(body, "A-RELEASE-RP", "PS3.8 9.3.7")
        return cls()


class Abort(NamedTuple):
    """A-ABORT: the numbers of source and reason (PS3.8 9.3.8)."""

    source: int
    reason: int

    def encode(self) -> bytes:
        """Return the PDU's bytes."""
        return _pdu(ABORT, bytes((0, 0, self.source, self.reason)))

    @classmethod
    def decode(cls, body: bytes) -> "Abort":
        """Read the PDU's body."""
        return cls(*_four_bytes(body, "A-ABORT", "PS3.8 9.3.8")[2:])


AnyPdu = AssociateRq | AssociateAc | AssociateRj | PDataTf | ReleaseRq | ReleaseRp | Abort

_REMEMBERED = 4096  # bytes of a PDU; 64 of these are all that each memory below can grow to
_remembered_answer = lru_cache(maxsize=64)(AssociateAc.decode)  # a node answers the same again and again
_remembered_request = lru_cache(maxsize=64)(AssociateRq.decode)  # as it asks the same


def _decode_answer(body: bytes) -> AssociateAc:
    return _remembered_answer(body) if len(body) <= _REMEMBERED else AssociateAc.decode(body)


def decode_request(body: bytes, limits: RequestLimits) -> AssociateRq:
    """Read the body of an A-ASSOCIATE-RQ within these limits, and as leniently as other acceptors do.

    Raises:
        RemoteProtocolError: it breaks a clause of PS3.8 9.3.2, or a limit.
    """
    decode = _remembered_request if len(body) <= _REMEMBERED else AssociateRq.decode
    return decode(body, limits, is_lenient=True)


_DECODERS: dict[int, Callable[[bytes], AnyPdu]] = {
    ASSOCIATE_RQ: AssociateRq.decode,
    ASSOCIATE_AC: _decode_answer,
    ASSOCIATE_RJ: AssociateRj.decode,
    P_DATA_TF: PDataTf.decode,
    RELEASE_RQ: ReleaseRq.decode,
    RELEASE_RP: ReleaseRp.decode,
    ABORT: Abort.decode,
}

PDU_NAMES = {
    ASSOCIATE_RQ: "A-ASSOCIATE-RQ",
    ASSOCIATE_AC: "A-ASSOCIATE-AC",
    ASSOCIATE_RJ: "A-ASSOCIATE-RJ",
    P_DATA_TF: "P-DATA-TF",
    RELEASE_RQ: "A-RELEASE-RQ",
    RELEASE_RP: "A-RELEASE-RP",
    ABORT: "A-ABORT",
}


def decode_pdu(kind: int, body: bytes) -> AnyPdu:
    """Read the body of a PDU of one of the seven types.

    Raises:
        RemoteProtocolError: the body breaks a clause of PS3.8 9.3.
    """
    return _DECODERS[kind](body)


def _four_bytes(body: bytes, name: str, clause: str) -> bytes:
    if len(body) != 4:
        raise _invalid(f"{name} has a body of {len(body)} bytes, not 4", clause, _LENGTH)
    return body
