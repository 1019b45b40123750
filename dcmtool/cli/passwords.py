"""Where the password of a private key comes from: an environment variable, a file, or the user."""

import os
import sys
from dataclasses import dataclass
from stat import S_IROTH, S_ISREG

import click

from dcmtool.cli.options import say
from dcmtool.errors import InputFileError, SettingsError, TlsSettingsError, reason_of
from dcmtool.text import printable
from dcmtool.trace.levels import Level, Line

LONGEST = 1024  # bytes that Python's ssl takes


def of_variable(name: str) -> str:
    """Return the password that an environment variable holds, which may be empty.

    Raises:
        SettingsError: the variable is not set.
    """
    password = os.environ.get(name)
    if password is None:
        raise SettingsError("environment variable", name, "is not set")
    return password


def of_file(path: str) -> str:
    """Return the password in the first line of a file; warn if every user of the machine can read it.

    Raises:
        InputFileError: the file cannot be read or holds no password.
    """
    try:
        with open(path, "rb") as file:
            line, mode = file.readline(LONGEST + 1), os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise InputFileError(path, reason_of(error)) from error
    if not line:
        raise InputFileError(path, "it is empty, but its first line should be a password")
    if S_ISREG(mode) and mode & S_IROTH:
        say(Line(Level.WARN, f"every user of this machine can read the password file {printable(path)}"))
    password = _without_line_end(line)
    if len(password) > LONGEST:
        raise InputFileError(path, f"its first line is longer than {LONGEST} bytes, as no password may be")
    return os.fsdecode(password)


@dataclass(frozen=True)
class Asked:
    """Asks for the password of a key when it is called."""

    key_file: str

    def __call__(self) -> str:
        """Return what the user types at the terminal, unseen; without a terminal the next line of stdin.

        Raises:
            TlsSettingsError: the input ends before.
        """
        if sys.stdin is not None and sys.stdin.isatty():
            return self._typed()
        line = b"" if sys.stdin is None else sys.stdin.buffer.readline(LONGEST + 1)
        if not line:
            raise self._unanswered()
        return os.fsdecode(_without_line_end(line))

    def _typed(self) -> str:
        question = f"Password of the private key {printable(self.key_file)}"
        try:
            return click.prompt(question, default="", show_default=False, hide_input=True, err=True)
        except click.Abort as abort:
            if isinstance(abort.__context__, EOFError):  # Click makes one of it and of Ctrl-C
                raise self._unanswered() from abort
            raise

    def _unanswered(self) -> TlsSettingsError:
        return TlsSettingsError(
            f"the private key {printable(self.key_file)} is encrypted and the input ended without its "
            "password: give it with --password-file or --password-env"
        )


def _without_line_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
