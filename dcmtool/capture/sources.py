"""What tells of associations, as it begins shows: captures, traces, dumps in hexadecimal, logs."""

import re
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from gzip import BadGzipFile, GzipFile
from io import BufferedReader
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

from dcmtool.capture.capture_file import is_capture
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.tcp_streams import follow
from dcmtool.capture.text_lines import MAX_LINE, lines, with_first
from dcmtool.errors import InputFileError, reason_of

if TYPE_CHECKING:
    from dcmtool.capture.logs.marks import MarkedLog
    from dcmtool.capture.logs.reader import LogReader

# Makes the observer of a connection between two: requestor, acceptor, when it began (ns since 1970, 0
# unknown), and whether its beginning was seen.
Observe = Callable[[Endpoint, Endpoint, int, bool], ConnectionObserver]
Warn = Callable[[str], None]
Observed = ObservedConnection | ConnectionObserver

CAPTURES = ("pcap", "pcapng")
LOGS = ("dcmtk-log", "pynetdicom-log", "orthanc-log")
FORMATS = (*CAPTURES, "trace", "hex", *LOGS)
READABLE = (
    "captures (pcap, pcapng), traces of dcmtool, dumps in hexadecimal, and logs of DCMTK, pynetdicom and "
    "Orthanc that are verbose or debug"
)

_GZIP = b"\x1f\x8b"
_BEGINNING = 16  # bytes that tell a capture, or how a text is encoded
_MOST_LOOKED_INTO = 1 << 16  # bytes of a packed file: the longest name of a file that its header may have
_MOST_SEARCHED = 1 << 20  # characters of text before the first that tells what it is
_SEARCHED = 1024  # of each line
_MOST_LINES = 20_000

# What a line has that only one program writes, in the order in which it is looked for.
_SIGNS = (
    ("trace", re.compile(r'^\s*\{.*"schema": *"dcmtool\.trace/')),
    ("hex", re.compile(r"(?<!=)={4,40} DEBUG - ENCODED PDU =+")),
    ("orthanc-log", re.compile(r"^[EWIT]\d{4} \d\d:\d\d:\d\d\.\d{6} ")),
    (
        "pynetdicom-log",
        re.compile(
            r"pynetdicom|\w+\.py v\d|(?<!=)={4,40} (?:INCOMING|OUTGOING) A-"
            r"|(?<!=)={25,40} (?:INCOMING|OUTGOING) DIMSE|Request: MsgID \d"
            r"|(?:Accepting|Rejecting) Association|Association Accepted\s*$"
        ),
    ),
    (
        "dcmtk-log",
        re.compile(
            r"\$dcmtk: |(?<!=)={4,40} BEGIN A-ASSOCIATE-|(?<!=)={4,40} (?:INCOMING|OUTGOING) DIMSE"
            r"|\(Max Send PDV: |Association Received|Association Request Failed: |Association Rejected:"
        ),
    ),
)


def read(file: BinaryIO, path: str, form: str | None, observe: Observe, warn: Warn) -> Iterator[Observed]:
    """Yield the connections that a file tells of, each once it is over, then those that are still open.

    `form` is one of `FORMATS`, None to find out. Nothing is read ahead of what is there, so that a pipe may
    go on. `warn` is called with sentences about what is passed over.

    Raises:
        InputFileError: it cannot be read, or tells of nothing that is known here; `path` is how it is called.
    """
    try:
        yield from _read(file, path, form, observe, warn)
    except BadGzipFile as error:
        raise InputFileError(path, "is damaged: it does not unpack as gzip does") from error
    except OSError as error:
        raise InputFileError(path, f"cannot be read: {reason_of(error)}") from error


def _read(file: BinaryIO, path: str, form: str | None, observe: Observe, warn: Warn) -> Iterator[Observed]:
    first = file.read(_BEGINNING)
    if not first:
        raise InputFileError(path, "is empty")
    if form in CAPTURES or is_capture(first):
        yield from captured(cast(BinaryIO, with_first(first, file)), path, observe, warn)
    elif first.startswith(_GZIP):
        yield from _unpacked(with_first(first, file), path, form, observe, warn)
    else:
        yield from _of_text(_lines(first, file, form), path, form, observe, warn)


def captured(file: BinaryIO, path: str, observe: Observe, warn: Warn) -> Iterator[Observed]:
    """Yield the connections of a capture, packed or not."""
    yield from follow(file, path, observe, warn)


def _lines(first: bytes, file: BinaryIO, form: str | None) -> Iterator[str]:
    """Yield the lines of a text; those of a trace hold whole PDUs."""
    if form == "trace" or (form is None and first.lstrip().startswith(b"{")):
        from dcmtool.trace.json_lines import MAX_LINE as LONGEST_OF_TRACE

        return lines(first, file, LONGEST_OF_TRACE)
    return lines(first, file, MAX_LINE)


def _unpacked(
    file: BufferedReader, path: str, form: str | None, observe: Observe, warn: Warn
) -> Iterator[Observed]:
    """Yield those of a file that was packed by gzip; a reader of captures unpacks it itself."""
    packed, inside = _looked_into(file)
    again = cast(BinaryIO, with_first(packed, file))
    if form in CAPTURES or (form is None and is_capture(inside)):
        yield from captured(again, path, observe, warn)
        return
    text = _until_cut(_lines(inside, cast(BinaryIO, _After(again, len(inside))), form), warn)
    yield from _of_text(text, path, form, observe, warn)


def _looked_into(file: BufferedReader) -> tuple[bytes, bytes]:
    """Return the beginning of a packed file, as it is and unpacked."""
    packed, inside, unpacker = b"", b"", zlib.decompressobj(31)
    while len(inside) < _BEGINNING and len(packed) < _MOST_LOOKED_INTO and (part := file.read1(1 << 12)):
        packed += part
        try:
            inside += unpacker.decompress(part, _BEGINNING - len(inside))
        except zlib.error as error:
            raise BadGzipFile(str(error)) from error
    return packed, inside


class _After(GzipFile):
    """A packed file without its first bytes, which are known."""

    def __init__(self, file: BinaryIO, count: int) -> None:
        super().__init__(fileobj=file)
        self.read(count)


def _until_cut(text: Iterator[str], warn: Warn) -> Iterator[str]:
    """Yield the lines of a packed file that may end too early."""
    try:
        yield from text
    except (EOFError, zlib.error):
        warn("the file was cut, or is damaged: what comes before that place counts")


def _of_text(
    text: Iterator[str], path: str, form: str | None, observe: Observe, warn: Warn
) -> Iterator[Observed]:
    begun: list[str] = []
    if form is None:
        form = _recognised(text, begun)
        if form is None:
            raise InputFileError(
                path, f"tells of no association that can be read here; what can is {READABLE}"
            )
    whole = chain(begun, text)
    if form == "trace":
        from dcmtool.capture import trace_file

        yield from trace_file.read(whole, path, observe)
    elif form == "hex":
        from dcmtool.capture import hex_dump

        yield from hex_dump.read(whole, path, observe, warn)
    else:
        yield from _log_reader(form, observe, warn).read(whole)


def _log_reader(form: str, observe: Observe, warn: Warn) -> "LogReader | MarkedLog":
    """Return what reads the logs of a program; each is loaded where it is needed alone."""
    if form == "dcmtk-log":
        from dcmtool.capture.logs.dcmtk import DcmtkLog
        from dcmtool.capture.logs.marks import MarkedLog

        return MarkedLog(partial(DcmtkLog, observe, None, warn))
    if form == "pynetdicom-log":
        from dcmtool.capture.logs.pynetdicom import PynetdicomLog

        return PynetdicomLog(observe, None, warn)
    from dcmtool.capture.logs.orthanc import OrthancLog

    return OrthancLog(observe)


def _recognised(text: Iterator[str], begun: list[str]) -> str | None:
    """Return what a text is, by its first line that tells; those read for it are kept."""
    from dcmtool.capture import hex_dump

    searched = dumped = 0
    for line in text:
        begun.append(line)
        for form, sign in _SIGNS:
            if sign.search(line[:_SEARCHED]):
                return form
        dumped = dumped + 1 if hex_dump.is_dump(line) else 0
        if dumped == hex_dump.ENOUGH:
            return "hex"
        searched += len(line)
        if searched > _MOST_SEARCHED or len(begun) == _MOST_LINES:
            return None
    return "hex" if any(map(hex_dump.is_dump, begun)) else None
