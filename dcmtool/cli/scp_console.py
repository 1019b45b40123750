"""What `dcmtool scp` says while it serves, and the files that it writes."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic_ns
from types import FrameType

import click

from dcmtool.errors import OutputFileError, reason_of
from dcmtool.scp import report
from dcmtool.scp.record import Outcome, Record
from dcmtool.scp.server import VerificationScp
from dcmtool.scp.settings import ScpSettings
from dcmtool.trace.levels import Level, Line

_ENDING = (signal.SIGINT, signal.SIGTERM)


def serve(
    settings: ScpSettings, level: Level, form: str, port_file: str | None, certificate_file: str | None
) -> None:
    """Serve until as many associations have ended as are wanted, or a signal comes.

    Raises:
        ListenFailed: the address cannot be listened on.
        InputFileError: a file of the TLS settings cannot be used.
        TlsSettingsError: no session can be made with these TLS settings.
        OutputFileError: a file that is asked for cannot be written.
        OSError: standard output cannot be written.
    """
    voice = _Voice(level, form)
    scp = VerificationScp(settings, voice.hear)
    voice.scp = scp
    if certificate_file is not None and scp.own is not None:
        _write(certificate_file, scp.own.pem)
    if level <= Level.TRACE:
        _show_log()
    begun = monotonic_ns()
    with _signals():
        with suppress(KeyboardInterrupt), ExitStack() as stack:  # the way to end it
            stack.enter_context(scp)
            if port_file is not None:
                stack.enter_context(_announced(port_file, scp.address.port))
            voice.begin(settings)
            scp.wait()
            _ignore_signals()  # what is left is soon done
        voice.end(monotonic_ns() - begun)


class _Voice:
    """Says what happens, on stderr and if asked as JSON on stdout."""

    scp: VerificationScp

    def __init__(self, level: Level, form: str) -> None:
        self._level, self._json = level, form == "ndjson"
        self._error: OSError | None = None

    def begin(self, settings: ScpSettings) -> None:
        """Say that it listens, and how."""
        scp, address = self.scp, self.scp.address
        for warning in scp.warnings:
            self._say(Level.WARN, warning)
        self._say(Level.INFO, f"{settings.title} listens on {address.host} port {address.port}")
        if scp.own is not None:
            self._say(Level.INFO, f"TLS with a self-signed certificate, SHA-256 {scp.own.fingerprint}")
        fingerprint = scp.own.fingerprint if scp.own else None
        self._tell(report.listening(address.host, address.port, settings.title, fingerprint))

    def hear(self, record: Record) -> None:
        """Tell how a connection ended."""
        self._say(_level_of(record), report.sentence(record))
        self._tell(report.connection(record))

    def end(self, duration: int) -> None:
        """Tell what it all came to (`duration` in nanoseconds).

        Raises:
            OSError: standard output could not be written.
        """
        self._say(Level.INFO, report.summary(self.scp.totals, duration / 1_000_000_000))
        self._tell(report.ended(self.scp.totals, duration))
        if self._error is not None:
            raise self._error

    def _say(self, level: Level, text: str) -> None:
        if level >= self._level:
            with suppress(OSError):  # nobody reads any more; it serves on
                click.echo(Line(level, text), err=True)

    def _tell(self, document: report.Document) -> None:
        """Write a line to stdout; where nobody reads it any more there is no sense in serving."""
        if not self._json or self._error is not None:
            return
        try:
            click.echo(json.dumps(document))
        except OSError as error:
            self._error = error
            self.scp.stop()


def _level_of(record: Record) -> Level:
    if record.outcome is Outcome.NOTHING_SENT:
        return Level.DEBUG
    return Level.INFO if record.outcome.of_association else Level.WARN


@contextmanager
def _signals() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, and neither of them twice: what it began is soon done."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for each in _ENDING:
        signal.signal(each, _nothing)  # SIG_IGN would have Python complain of one that has come already


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Do nothing about a signal."""


@contextmanager
def _announced(path: str, port: int) -> Iterator[None]:
    """Have the port in a file, which is there all at once, until the end."""
    line, partial = b"%d\n" % port, f"{path}.{os.getpid()}"
    if not _is_replaceable(path):
        _write(path, line)
        yield
        return
    try:
        with _writing(path):
            with open(partial, "wb") as file:
                file.write(line)
            os.replace(partial, path)
        yield
    finally:
        for each in (partial, path):
            with suppress(OSError):
                os.remove(each)


def _is_replaceable(path: str) -> bool:
    """Return whether a path is a file, or nothing yet; a device or a pipe is written to as it is."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True


def _write(path: str, data: bytes) -> None:
    with _writing(path), open(path, "wb") as file:
        file.write(data)


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Name this file where it cannot be written."""
    try:
        yield
    except OSError as error:
        raise OutputFileError(path, reason_of(error)) from error


def _show_log() -> None:
    """Have pynetdicom's log on stderr."""
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("D: %(message)s"))
    logger = logging.getLogger("pynetdicom")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
