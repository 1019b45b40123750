"""The user identity that values come to: its secrets are read here, before anything is sent."""

from collections.abc import Callable
from functools import partial

from dcmtool.errors import InputFileError
from dcmtool.identity import LONGEST, Identity
from dcmtool.options import passwords
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.values import UsageError, Values

Warn = Callable[[str], None]


def user_identity(values: Values, ask: Callable[[str], str] | None, warn: Warn | None) -> Identity:
    """Return who the user is; without a passcode's source a name stands alone.

    Raises:
        UsageError: the values cannot be, or there is nobody to `ask`.
        InputFileError: the same, where they are from a file; or a file that they name cannot be used.
    """
    user = values["identity_user"]
    passcode = Choice(
        identity_passcode_env=_of_variable,
        identity_passcode_file=partial(passwords.of_file, warn=warn, what="passcode"),
        identity_passcode_prompt=lambda _prompt: _asked(ask, user),
    )
    return gathered(
        Identity,
        values,
        user="identity_user",
        passcode=passcode,
        kerberos_ticket=Choice(identity_kerberos=lambda path: _whole(path, "Kerberos ticket", warn)),
        saml_assertion=Choice(identity_saml=lambda path: _text(path, "SAML assertion", warn)),
        jwt=Choice(identity_jwt=lambda path: _text(path, "JSON web token", warn)),
        positive_response="identity_response",
    )


def _of_variable(name: str) -> str:
    passcode = passwords.of_variable(name)
    if not passcode:
        raise UsageError(f"Environment variable {name} is empty, but should be the passcode of the user")
    return passcode


def _asked(ask: Callable[[str], str] | None, user: str) -> str:
    if ask is None:
        raise UsageError("--identity-passcode-prompt: there is nobody here to ask for the passcode")
    return ask(user)


def _whole(path: str, what: str, warn: Warn | None) -> bytes:
    """Return what a file holds, which is to be sent as it is."""
    data = passwords.whole_file(path, LONGEST + 3, what, warn)
    if not data:
        raise InputFileError(path, f"it is empty, but should be a {what}")
    if len(data) > LONGEST:
        raise InputFileError(path, f"is longer than the {LONGEST} bytes that a request has room for")
    return data


def _text(path: str, what: str, warn: Warn | None) -> bytes:
    """Return the text that a file holds, without the line end that an editor adds."""
    data = _whole(path, what, warn).strip(b" \t\r\n")
    if not data:
        raise InputFileError(path, f"it is empty, but should be a {what}")
    if b"\0" in data:
        raise InputFileError(path, f"holds a NUL byte, so it is no {what}")
    return data
