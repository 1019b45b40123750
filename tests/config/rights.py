"""A user who may not read everything, whoever runs the tests."""

import contextlib
import os
from collections.abc import Iterator

NOBODY = 65534


@contextlib.contextmanager
def ordinary() -> Iterator[None]:
    """Have the rights of an ordinary user for a while; root gives up its own."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
