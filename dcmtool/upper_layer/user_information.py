"""The sub-items of the User Information item (PS3.7 D.3.3, PS3.8 D.1).

A sub-item of a type that is not known here is kept as it came and otherwise ignored (PS3.8 9.3.1).
"""

from collections.abc import Callable, Iterable
from struct import Struct
from typing import TypeVar

from dcmtool.errors import RemoteProtocolError
from dcmtool.named_tuple import NamedTuple, shown_without
from dcmtool.text import decoded
from dcmtool.upper_layer.items import ITEM_HEADER, decode_uid, item, need, split_items

# Sub-item types
_MAXIMUM_LENGTH = 0x51
_IMPLEMENTATION_CLASS_UID = 0x52
_ASYNCHRONOUS_OPERATIONS_WINDOW = 0x53
_ROLE_SELECTION = 0x54
_IMPLEMENTATION_VERSION_NAME = 0x55
_EXTENDED_NEGOTIATION = 0x56
_COMMON_EXTENDED_NEGOTIATION = 0x57
USER_IDENTITY = 0x58
USER_IDENTITY_RESPONSE = 0x59

_LONG = Struct(">I")
_SHORT = Struct(">H")
_SHORTS = Struct(">HH")


class _Fields:
    """A cursor over the length-prefixed fields of one sub-item."""

    def __init__(self, value: bytes, name: str, clause: str) -> None:
        self._value, self._name, self._clause = value, name, clause
        self._offset = 0

    def counted(self) -> bytes:
        """Return the field that the next two bytes give the length of."""
        need(self._value, self._offset + 2, self._name, self._clause)
        (length,) = _SHORT.unpack_from(self._value, self._offset)
        start = self._offset + 2
        need(self._value, start + length, self._name, self._clause)
        self._offset = start + length
        return self._value[start : self._offset]

    def rest(self) -> bytes:
        """Return what has not been read."""
        return self._value[self._offset :]


def _counted(value: bytes) -> bytes:
    return _SHORT.pack(len(value)) + value


class MaximumLength(NamedTuple):
    """The longest P-DATA-TF that the sender takes, in bytes; 0 is no limit (PS3.8 D.1)."""

    value: int

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(_MAXIMUM_LENGTH, _LONG.pack(self.value))

    @classmethod
    def decode(cls, value: bytes) -> "MaximumLength":
        """Read the sub-item's value."""
        need(value, 4, "Maximum Length", "PS3.8 D.1")
        return cls(_LONG.unpack_from(value)[0])


class ImplementationClassUid(NamedTuple):
    """Which implementation the sender is (PS3.7 D.3.3.2.1)."""

    uid: str

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(_IMPLEMENTATION_CLASS_UID, self.uid.encode("latin-1"))

    @classmethod
    def decode(cls, value: bytes) -> "ImplementationClassUid":
        """Read the sub-item's value."""
        return cls(decode_uid(value))


class AsynchronousOperationsWindow(NamedTuple):
    """How many operations may be outstanding each way; 0 is no limit (PS3.7 D.3.3.3)."""

    invoked: int
    performed: int

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(_ASYNCHRONOUS_OPERATIONS_WINDOW, _SHORTS.pack(self.invoked, self.performed))

    @classmethod
    def decode(cls, value: bytes) -> "AsynchronousOperationsWindow":
        """Read the sub-item's value."""
        need(value, 4, "Asynchronous Operations Window", "PS3.7 D.3.3.3")
        return cls(*_SHORTS.unpack_from(value))


class RoleSelection(NamedTuple):
    """Which roles the sender takes for an SOP class (PS3.7 D.3.3.4)."""

    sop_class: str
    scu: bool
    scp: bool

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(_ROLE_SELECTION, _counted(self.sop_class.encode("latin-1")) + bytes((self.scu, self.scp)))

    @classmethod
    def decode(cls, value: bytes) -> "RoleSelection":
        """Read the sub-item's value."""
        fields = _Fields(value, "SCP/SCU Role Selection", "PS3.7 D.3.3.4")
        sop_class, roles = decode_uid(fields.counted()), fields.rest()
        need(roles, 2, "SCP/SCU Role Selection", "PS3.7 D.3.3.4")
        return cls(sop_class, bool(roles[0]), bool(roles[1]))


class ImplementationVersionName(NamedTuple):
    """The name of the sender's version, 1 to 16 characters (PS3.7 D.3.3.2.3)."""

    name: str

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(_IMPLEMENTATION_VERSION_NAME, self.name.encode("latin-1"))

    @classmethod
    def decode(cls, value: bytes) -> "ImplementationVersionName":
        """Read the sub-item's value."""
        return cls(decoded(value).rstrip("\0 "))


class ExtendedNegotiation(NamedTuple):
    """Service class application information for an SOP class (PS3.7 D.3.3.5)."""

    sop_class: str
    information: bytes

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(_EXTENDED_NEGOTIATION, _counted(self.sop_class.encode("latin-1")) + self.information)

    @classmethod
    def decode(cls, value: bytes) -> "ExtendedNegotiation":
        """Read the sub-item's value."""
        fields = _Fields(value, "SOP Class Extended Negotiation", "PS3.7 D.3.3.5")
        return cls(decode_uid(fields.counted()), fields.rest())


class CommonExtendedNegotiation(NamedTuple):
    """The service class and the related general SOP classes of an SOP class (PS3.7 D.3.3.6)."""

    sop_class: str
    service_class: str
    related: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the sub-item's bytes; the reserved byte is the sub-item's version, 0."""
        related = b"".join(_counted(uid.encode("latin-1")) for uid in self.related)
        value = _counted(self.sop_class.encode("latin-1")) + _counted(self.service_class.encode("latin-1"))
        return item(_COMMON_EXTENDED_NEGOTIATION, value + _counted(related))

    @classmethod
    def decode(cls, value: bytes) -> "CommonExtendedNegotiation":
        """Read the sub-item's value."""
        name, clause = "SOP Class Common Extended Negotiation", "PS3.7 D.3.3.6"
        fields = _Fields(value, name, clause)
        sop_class, service_class = decode_uid(fields.counted()), decode_uid(fields.counted())
        identification, related = _Fields(fields.counted(), name, clause), []
        while identification.rest():
            related.append(decode_uid(identification.counted()))
        return cls(sop_class, service_class, tuple(related))


class UserIdentity(NamedTuple):
    """Who the user is: 1 name, 2 name and passcode, 3 Kerberos, 4 SAML, 5 JWT (PS3.7 D.3.3.7.1)."""

    identity_type: int
    response_requested: bool
    primary: bytes
    secondary: bytes = b""

    def __repr__(self) -> str:  # a passcode, a ticket, an assertion or a token is not for a log
        return shown_without(
            self, *(("secondary",) if self.is_named(self.identity_type) else ("primary", "secondary"))
        )

    @staticmethod
    def is_named(identity_type: int) -> bool:
        """Return whether the primary field is a name, which is no secret."""
        return identity_type in (1, 2)

    def hidden(self) -> "UserIdentity":
        """Return it with stars in place of what proves who the user is."""
        primary = self.primary if self.is_named(self.identity_type) else b"*" * len(self.primary)
        return self._replace(primary=primary, secondary=b"*" * len(self.secondary))

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        flags = bytes((self.identity_type, self.response_requested))
        return item(USER_IDENTITY, flags + _counted(self.primary) + _counted(self.secondary))

    @classmethod
    def decode(cls, value: bytes) -> "UserIdentity":
        """Read the sub-item's value."""
        need(value, 2, "User Identity", "PS3.7 D.3.3.7.1")
        fields = _Fields(value[2:], "User Identity", "PS3.7 D.3.3.7.1")
        return cls(value[0], bool(value[1]), fields.counted(), fields.counted())


class UserIdentityResponse(NamedTuple):
    """What the acceptor says to the user's identity: a ticket, an assertion, a token (PS3.7 D.3.3.7.2)."""

    response: bytes

    def __repr__(self) -> str:  # it may let its holder in elsewhere
        return shown_without(self, "response")

    def hidden(self) -> "UserIdentityResponse":
        """Return it with stars in place of what it says."""
        return self._replace(response=b"*" * len(self.response))

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(USER_IDENTITY_RESPONSE, _counted(self.response))

    @classmethod
    def decode(cls, value: bytes) -> "UserIdentityResponse":
        """Read the sub-item's value."""
        return cls(_Fields(value, "User Identity response", "PS3.7 D.3.3.7.2").counted())


class UnknownSubItem(NamedTuple):
    """A sub-item of a type that the standard did not define when this was written."""

    kind: int
    value: bytes

    def encode(self) -> bytes:
        """Return the sub-item's bytes."""
        return item(self.kind, self.value)


SubItem = (
    MaximumLength
    | ImplementationClassUid
    | AsynchronousOperationsWindow
    | RoleSelection
    | ImplementationVersionName
    | ExtendedNegotiation
    | CommonExtendedNegotiation
    | UserIdentity
    | UserIdentityResponse
    | UnknownSubItem
)

_DECODERS: dict[int, Callable[[bytes], SubItem]] = {
    _MAXIMUM_LENGTH: MaximumLength.decode,
    _IMPLEMENTATION_CLASS_UID: ImplementationClassUid.decode,
    _ASYNCHRONOUS_OPERATIONS_WINDOW: AsynchronousOperationsWindow.decode,
    _ROLE_SELECTION: RoleSelection.decode,
    _IMPLEMENTATION_VERSION_NAME: ImplementationVersionName.decode,
    _EXTENDED_NEGOTIATION: ExtendedNegotiation.decode,
    _COMMON_EXTENDED_NEGOTIATION: CommonExtendedNegotiation.decode,
    USER_IDENTITY: UserIdentity.decode,
    USER_IDENTITY_RESPONSE: UserIdentityResponse.decode,
}
# The sub-items of an A-ASSOCIATE-RQ that DCMTK, and so Orthanc, takes whatever is in them; nothing we answer
# rests on the latter two, and without the first a peer takes PDUs of any length.
_READ_PAST = (_MAXIMUM_LENGTH, _ASYNCHRONOUS_OPERATIONS_WINDOW, _COMMON_EXTENDED_NEGOTIATION)


def is_defined(kind: int) -> bool:
    """Return whether the standard defines sub-items of a type."""
    return kind in _DECODERS


def encode_user_information(sub_items: Iterable[SubItem]) -> bytes:
    """Return the value of a User Information item, its sub-items in the order given."""
    return b"".join(sub_item.encode() for sub_item in sub_items)


def decode_user_information(value: bytes, start: int = 0, *, is_lenient: bool = False) -> tuple[SubItem, ...]:
    """Read the value of a User Information item, which begins there in its PDU.

    One who `is_lenient` reads past what is wrong inside some sub-items, and keeps them as unknown ones.

    Raises:
        RemoteProtocolError: a sub-item is shorter or longer than it may be.
    """
    sub_items: list[SubItem] = []
    at = start
    for kind, content in split_items(value, "the User Information item", "PS3.8 9.3.3.3", start):
        decode = _DECODERS.get(kind)
        try:
            sub_items.append(decode(content) if decode else UnknownSubItem(kind, content))
        except RemoteProtocolError as error:
            if not (is_lenient and kind in _READ_PAST):
                error.offset = at
                raise
            sub_items.append(UnknownSubItem(kind, content))
        at += ITEM_HEADER + len(content)
    return tuple(sub_items)


_S = TypeVar("_S")


def find(sub_items: Iterable[SubItem], kind: type[_S]) -> _S | None:
    """Return the last sub-item of a type, as the last one counts where a peer repeats it."""
    found = None
    for sub_item in sub_items:
        if isinstance(sub_item, kind):
            found = sub_item
    return found
