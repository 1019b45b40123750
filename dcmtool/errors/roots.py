"""The root of all errors, and those of settings and files."""

from collections.abc import Sequence
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL
from os import strerror
from typing import TYPE_CHECKING

from dcmtool.text import asked, brief, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from dcmtool.advice import Advice, Words


class DcmtoolError(Exception):
    """The root of every error that dcmtool raises on purpose; its text calls settings what the API does."""

    def in_words(self, words: "Words") -> str:  # noqa: ARG002 - most errors name no setting
        """Return the same text with settings called as these words have them."""
        return str(self)


class Advised:
    """The base of errors that know what to change: `fact` is what happened, `advice`, if any, follows it."""

    advice: "Advice | None" = None

    @property
    def fact(self) -> str:
        """What happened, without the advice."""
        raise NotImplementedError

    def in_words(self, words: "Words") -> str:
        """Return the fact and the advice, with settings called as these words have them."""
        return self.fact if self.advice is None else f"{self.fact}: {self.advice.in_words(words)}"

    def __str__(self) -> str:
        return self.fact if self.advice is None else f"{self.fact}: {self.advice}"


class SettingsError(Advised, DcmtoolError, ValueError):
    """A setting that no association can be made with: its name, its value, and what is wrong."""

    def __init__(self, name: str, value: object, reason: str, advice: "Advice | None" = None) -> None:
        super().__init__(name, value, reason, advice)
        self.name, self.value, self.reason, self.advice = name, value, reason, advice

    @property
    def fact(self) -> str:
        """The setting, its value, and what is wrong."""
        return f"{self.name} '{brief(_text_of(self.value))}' {printable(self.reason)}"


class InputFileError(Advised, DcmtoolError):
    """A file that cannot be read or is not valid: its path and why, and the line (from 1) where one is."""

    def __init__(
        self, path: str, reason: str, advice: "Advice | None" = None, *, line: int | None = None
    ) -> None:
        super().__init__(path, reason, advice)
        self.path, self.reason, self.advice, self._line = path, reason, advice, line
        self._locate: Callable[[], int | None] | None = None

    def located(self, locate: "Callable[[], int | None]") -> "InputFileError":
        """Return it with what finds its line, which is looked for when that is told."""
        self._locate = locate
        return self

    @property
    def line(self) -> int | None:
        """The line of the file that is wrong, if it is one, and still there."""
        if self._line is None and self._locate is not None:
            self._line = self._locate()
        return self._line

    @property
    def fact(self) -> str:
        """The path, the line, and why."""
        line = self.line
        where = "" if line is None else f" line {line}"
        return f"{_shown(self.path)}{where}: {printable(self.reason)}"


class OutputFileError(DcmtoolError):
    """A file that cannot be written: its path and why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{_shown(self.path)} cannot be written: {printable(self.reason)}"


class UnknownNode(DcmtoolError):
    """A name that no node has: the name, the node file, and up to three names of nodes that look like it."""

    def __init__(self, name: str, path: str, near: Sequence[str] = (), *, file_exists: bool = True) -> None:
        super().__init__(name, path, near)
        self.name, self.path, self.near, self.file_exists = name, path, near, file_exists

    def __str__(self) -> str:
        name, path = brief(self.name), brief(self.path)
        if not self.file_exists:
            return f"there is no node '{name}', as there is no file {path}"
        near = asked(self.near)
        return f"there is no node '{name}' in {path}{near}"


_WHY_NOT_LISTEN = {
    EACCES: "ports below 1024 are the system administrator's",
    EADDRINUSE: "another program listens there; port 0 takes a free one",
    EADDRNOTAVAIL: "it is no address of this machine",
}


class ListenFailed(DcmtoolError):
    """An address that cannot be listened on: host, port, and the system's error."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(host, port, error)
        self.host, self.port, self.error = host, port, error

    def __str__(self) -> str:
        where = f"{brief(self.host)} port {self.port}" if self.host else f"port {self.port}"
        meaning = _WHY_NOT_LISTEN.get(self.error.errno or 0)
        return f"cannot listen on {where}: {reason_of(self.error)}{f' ({meaning})' if meaning else ''}"


class TlsSettingsError(Advised, DcmtoolError):
    """TLS settings that no session can be made with, though every file could be read; `reason` says why."""

    def __init__(self, reason: str, advice: "Advice | None" = None) -> None:
        super().__init__(reason, advice)
        self.reason, self.advice = reason, advice

    @property
    def fact(self) -> str:
        """Why no session can be made."""
        return printable(self.reason)


def _shown(path: str) -> str:
    return brief(path) or "''"


def reason_of(error: OSError) -> str:
    """Return the system's words for an error, without its number or file name."""
    return strerror(error.errno) if error.errno else str(error) or type(error).__name__


def _text_of(value: object) -> str:
    """Return a value as text; Python prints no whole number of more than 4300 digits in decimals."""
    try:
        return str(value)
    except ValueError:
        return hex(value) if isinstance(value, int) else type(value).__name__
