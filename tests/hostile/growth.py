"""How the time of a call grows with its input, whatever else the machine does; the memory that it takes."""

import gc
import os
import time
import tracemalloc
from collections.abc import Callable

IN_FULL = os.environ.get("GROWTH") == "full"
# Times the work for 10 times the input: in proportion, with room for caches and the collector. Where the
# inputs are small and other tests run beside, more of it is noise; with the square it would be 100.
MOST = 15 if IN_FULL else 30
FLOOR = 0.02  # seconds of CPU below which a measurement is noise
TRIES = 3
NOTHING = FLOOR / 10  # at 100 KB: even a square of it stays below the floor's limit

Call = Callable[[], object]


def seconds(call: Call) -> float:
    """Return the CPU time of a call, which other processes hardly change."""
    gc.disable()  # when it runs is its own matter
    try:
        start = time.process_time()
        call()
        return time.process_time() - start
    finally:
        gc.enable()


def peak(call: Call) -> int:
    """Return the bytes that a call had at once."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def too_slow(smaller: Call, larger: Call) -> str:
    """Say how much more time 10 times the input takes if that is too much, each time of several."""
    said = ""
    for _ in range(TRIES):
        few = seconds(smaller)
        if few < NOTHING:
            return ""
        many = seconds(larger)
        if many <= MOST * max(few, FLOOR):
            return ""
        said = f"{few:.3f} s become {many:.3f} s"
    return said
