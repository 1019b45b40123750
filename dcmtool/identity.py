"""Who the user is, as user identity negotiation says it to a node (PS3.7 D.3.3.7)."""

from typing import TYPE_CHECKING

from dcmtool.errors import SettingsError
from dcmtool.fields import Frozen

if TYPE_CHECKING:
    from dcmtool.settings import TlsSettings

# Bytes of both fields together: a User Information item has at most 65535, and what else is in it a hundred.
LONGEST = 65_400

# The User-Identity-Types (PS3.7 D.3.3.7.1).
TYPES = {1: "user name", 2: "user name and passcode", 3: "Kerberos", 4: "SAML", 5: "JWT"}

_USER = "user name"
_NAMES = {2: "passcode", 3: "Kerberos ticket", 4: "SAML assertion", 5: "JSON web token"}
_KINDS = {"user": 1, "kerberos_ticket": 3, "saml_assertion": 4, "jwt": 5}
_CONTROL = frozenset(map(chr, (*range(32), 127)))


class Identity(Frozen):
    """Who the user is, in one of four ways: by name, a Kerberos ticket, a SAML assertion, a JSON web token.

    A name may have a passcode. Text is sent in UTF-8. With `positive_response` the node is asked to confirm
    it; a node that knows no user identities ignores all of it. What proves the identity is never shown.
    """

    user: str | None = None
    passcode: str | bytes | None = None
    kerberos_ticket: bytes | None = None
    saml_assertion: str | bytes | None = None
    jwt: str | bytes | None = None
    positive_response: bool = False
    _unshown = ("passcode", "kerberos_ticket", "saml_assertion", "jwt")

    def __post_init__(self) -> None:
        given = [name for name in _KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise _refused("is not one of a name, a Kerberos ticket, a SAML assertion and a JSON web token")
        if self.passcode is not None and self.user is None:
            raise _refused("has a passcode without a name")
        if not isinstance(self.positive_response, bool):
            raise SettingsError("positive response", self.positive_response, "is not true or false")
        if self.user is not None:
            _check_user(self.user)
        length = len(self.primary) + len(self.secondary)
        if length > LONGEST:
            raise _refused(f"has {length} bytes, more than the {LONGEST} that a request has room for")

    @property
    def kind(self) -> int:
        """The User-Identity-Type: 1 name, 2 name and passcode, 3 Kerberos, 4 SAML, 5 JWT."""
        kind = next(kind for name, kind in _KINDS.items() if getattr(self, name) is not None)
        return kind if self.passcode is None else 2

    @property
    def kind_text(self) -> str:
        """The type in words."""
        return TYPES[self.kind]

    @property
    def primary(self) -> bytes:
        """The name, or what proves who the user is."""
        if self.user is not None:
            return _sent(_USER, self.user)
        (value,) = (value for name in _KINDS if (value := getattr(self, name)) is not None)
        return _sent(_NAMES[self.kind], value)

    @property
    def secondary(self) -> bytes:
        """The passcode, if there is one."""
        return b"" if self.passcode is None else _sent("passcode", self.passcode)

    def without_proof(self) -> "Identity":
        """Return the same with stars for what proves who the user is."""
        hidden = {name: "***" for name in self._unshown if getattr(self, name) is not None}
        return Identity(**{**vars(self), **hidden})

    def exposure(self, tls: "TlsSettings | None") -> str | None:
        """Return in a sentence who else may read what proves the identity, if anybody may."""
        secret = _NAMES.get(self.kind)
        if secret is None:
            return None
        if tls is None:
            return f"the {secret} of the user is sent without TLS: whoever is on the way can read it"
        if tls.profile == "null":
            return f"the {secret} of the user may be sent without encryption, as this TLS profile has it"
        if not tls.verify_peer:
            return f"the {secret} of the user is sent to a node whose certificate is not verified"
        return None


def _refused(reason: str) -> SettingsError:
    return SettingsError("user identity", "***", reason)


def _check_user(user: str) -> None:
    if not isinstance(user, str):
        raise SettingsError(_USER, user, "is not text")
    if not user.strip():
        raise SettingsError(_USER, user, "is empty")
    if not _CONTROL.isdisjoint(user):
        raise SettingsError(_USER, user, "has control characters")


def _sent(name: str, value: str | bytes) -> bytes:
    """Return the bytes of a field, which is not shown where it cannot be."""
    shown = value if name == _USER else "***"
    if isinstance(value, str):
        try:
            value = value.encode("utf-8", "strict" if name == _USER else "surrogateescape")
        except UnicodeEncodeError:
            raise SettingsError(name, shown, "is not text in UTF-8 (PS3.7 D.3.3.7.1)") from None
    if not isinstance(value, bytes):
        raise SettingsError(name, shown, "is neither text nor bytes")
    if not value:
        raise SettingsError(name, shown, "is empty")
    return value
