"""The password of a private key, or of a user, asked of the user once it is needed."""

import os
import sys

from dcmtool.errors import TlsSettingsError
from dcmtool.fields import Frozen
from dcmtool.options.passwords import LONGEST, without_line_end
from dcmtool.options.values import UsageError
from dcmtool.text import brief


class Asked(Frozen):
    """Asks for the password of a key when it is called."""

    key_file: str

    def __call__(self) -> str:
        """Return what the user types at the terminal, unseen; without a terminal the next line of stdin.

        Raises:
            TlsSettingsError: the input ends before.
        """
        key = brief(self.key_file)
        answer = _answer(f"Password of the private key {key}")
        if answer is None:
            raise TlsSettingsError(
                f"the private key {key} is encrypted and the input ended without its "
                "password: give it with --password-file or --password-env"
            )
        return answer


def passcode(user: str) -> str:
    """Return the passcode of a user, typed as a key's password is.

    Raises:
        UsageError: the input ends before, or it is empty.
    """
    answer = _answer(f"Passcode of the user {brief(user)}")
    if not answer:
        how = "the input ended without" if answer is None else "nothing was typed as"
        raise UsageError(
            f"{how} the passcode of the user {brief(user)}: "
            "give it with --identity-passcode-file or --identity-passcode-env"
        )
    return answer


def _answer(question: str) -> str | None:
    """Return what the user types at the terminal, unseen, or the next line of stdin; None at its end."""
    if sys.stdin is not None and sys.stdin.isatty():
        return _typed(question)
    line = b"" if sys.stdin is None else sys.stdin.buffer.readline(LONGEST + 1)
    return os.fsdecode(without_line_end(line)) if line else None


def _typed(question: str) -> str | None:
    import click

    try:
        return click.prompt(question, default="", show_default=False, hide_input=True, err=True)
    except click.Abort as abort:  # Click makes one of the end of the input and of Ctrl-C
        if isinstance(abort.__context__, EOFError):
            return None
        raise KeyboardInterrupt from abort
