"""How the library is read from: without its warnings, and whatever a certificate may hold."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence the library, which warns of what it will no longer read: that is not for the user to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_or(fallback: T, read: Callable[[], T]) -> T:
    """Return what `read` finds in a certificate, or the fallback where that part of it makes no sense.

    The library reads most parts only when asked for, and fails in as many ways as there are decoders.
    """
    try:
        return read()
    except Exception:
        return fallback
