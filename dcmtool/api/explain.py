"""Read what two others said to each other, from captures, traces and logs."""

from collections.abc import Callable, Iterator
from warnings import warn as warn_of

from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.connections import ConnectionReader
from dcmtool.capture.explanation import SLOW
from dcmtool.capture.input_file import opened
from dcmtool.capture.sources import FORMATS
from dcmtool.errors import SettingsError
from dcmtool.fields import text_of_path
from dcmtool.settings import FilePath


def explain(
    path: FilePath,
    format: str | None = None,  # noqa: A002
    *,
    slow: float = SLOW,
    warn: Callable[[str], None] | None = None,
) -> Iterator[ObservedConnection]:
    """Read a file as `dcmtool explain` does, and yield its connections with what is wrong with each.

    They come as each ends, those that are open at the end last. The file is a capture (pcap, pcapng), a trace
    file, a hex dump or a log, recognised by what it holds, or of the `format` that is named; `-` is stdin. An
    answer that takes `slow` seconds is a finding. `warn` is called with sentences on what is odd about the
    file; without it they are Python's warnings. No data set is kept, nor any value of one.

    Raises:
        SettingsError: there is no such format, or the path is none.
        InputFileError: the file cannot be read, or holds nothing that can be explained.
    """
    name = text_of_path(path)
    if not isinstance(name, str):
        raise SettingsError("path", name, "is no path")
    if format is not None and format not in FORMATS:
        raise SettingsError("format", format, f"is none of {', '.join(FORMATS)}")
    return _connections(name, format, slow, warn or _warn)


def _connections(
    path: str, form: str | None, slow: float, warn: Callable[[str], None]
) -> Iterator[ObservedConnection]:
    with opened(path) as file:
        yield from ConnectionReader(warn, slow).read(file, path, form)


def _warn(sentence: str) -> None:
    warn_of(sentence, stacklevel=3)
