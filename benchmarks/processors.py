"""On which processor this process runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pinned_to(processor: int) -> Iterator[None]:
    """Run on one processor alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
