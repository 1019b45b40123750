"""The loggers that a configuration may set up: `logging` is made for as many as a program has modules."""

from collections.abc import Iterable

from dcmtool.errors import InputFileError

MAX_LOGGERS = 1000  # for each of them all are visited
LONGEST_NAME = 200  # characters: for each part of a name one is made, which has all parts before it


def check_loggers(path: str, names: Iterable[object]) -> None:
    """Refuse more loggers, or longer names, than a program has. Raises `InputFileError`."""
    lengths = [len(name) for name in names if isinstance(name, str)]
    if len(lengths) > MAX_LOGGERS:
        raise InputFileError(path, f"names {len(lengths)} loggers, more than {MAX_LOGGERS}")
    longest = max(lengths, default=0)
    if longest > LONGEST_NAME:
        raise InputFileError(path, f"names a logger in {longest} characters, more than {LONGEST_NAME}")
