"""Whether a run is sound: none lost, and memory, descriptors and threads flat in each of its processes."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from tests.peers.dcmtool_scp import Taken

# KiB that the memory may differ by: an allocator's arena is 1 MiB, and what is left of one is a matter of
# luck. In a run at full size that is 5 bytes an association, and 1 an echo.
MOST_GROWTH = 1024
# Descriptors and threads more than ever in the beginning: a sample may show some that are closing.
MOST_MORE = 4
FEWEST = 20  # samples: with fewer there is no telling a beginning from an end
PART = 5  # the samples' first fifth is the warm-up, the second is compared with the last


class Process(NamedTuple):
    """A process, and what it took from the beginning of a run to its end.

    `at_rest` is whether it did nothing at the first and at the last sample.
    """

    name: str
    samples: Sequence[Taken]
    at_rest: bool


class Run(NamedTuple):
    """How many echoes were asked for, answered by the caller's count and by the SCP's, and what that took."""

    name: str
    asked: int
    answered: int
    served: int
    associations: int  # that were to be made
    released: int  # by the SCP's count; any other end is none in order
    seconds: float
    processes: tuple[Process, ...]


def faults(run: Run) -> list[str]:
    """Return a sentence for each limit that a run broke."""
    return [*_lost(run), *(f"{run.name}: {fault}" for each in run.processes for fault in _growth(each))]


def before_and_after(process: Process) -> tuple[float, float]:
    """Return the memory (KiB) after the warm-up and at the end."""
    early, late = _compared(process)
    return median(each.memory for each in early), median(each.memory for each in late)


def _lost(run: Run) -> Iterator[str]:
    if run.answered != run.asked:
        yield f"{run.name}: of {run.asked} echoes {run.answered} were answered"
    if run.served != run.answered:
        yield f"{run.name}: the caller counted {run.answered} echoes and the SCP {run.served}"
    if run.released != run.associations:
        yield f"{run.name}: of {run.associations} associations {run.released} were released"


def _compared(process: Process) -> tuple[Sequence[Taken], Sequence[Taken]]:
    part = len(process.samples) // PART
    return process.samples[part : 2 * part], process.samples[-part:]


def _growth(process: Process) -> Iterator[str]:
    samples = process.samples
    if len(samples) < FEWEST:
        yield f"{process.name} was looked at {len(samples)} times, too few to judge: take a larger SCALE"
        return
    before, after = before_and_after(process)
    if after - before > MOST_GROWTH:
        yield f"the memory of {process.name} grew from {before:.0f} to {after:.0f} KiB"
    early = _compared(process)[0]
    for what in ("descriptors", "threads"):
        counts = [getattr(each, what) for each in samples]
        usual = max(getattr(each, what) for each in early)
        if max(counts) > usual + MOST_MORE:
            yield f"{process.name} had up to {max(counts)} {what}, after {usual} in the beginning"
        if process.at_rest and counts[0] != counts[-1]:
            yield f"{process.name} had {counts[0]} {what} at rest before, and {counts[-1]} afterwards"
