"""The signals that end what serves until it is told to: SIGTERM is as Ctrl-C, and a second one is ignored."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals() -> Iterator[None]:
    """Make SIGTERM act like Ctrl-C, and ignore a second signal while the first one ends the server."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals() -> None:
    """Do nothing about a signal from now on."""
    for each in _ENDING:
        signal.signal(each, _nothing)  # SIG_IGN would have Python complain of one that has come already


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Do nothing about a signal."""
