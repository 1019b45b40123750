"""How times are distributed, in bounded memory however many there are.

Times are kept one by one while there are few, and counted in a log-linear histogram from then on: each octave
has `_CELLS` cells of equal width, so that the middle of a cell is within 0.8 % of every time in it.
"""

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array

EXACT = 512  # quantiles are exact up to as many times; beyond, they are within 1 %
_BITS = 6
_CELLS = 1 << _BITS  # of an octave


# How many times were at least `low` and below `high` (ns): low, high, how many.
Bar = tuple[int, int, int]


class Durations:
    """Times in whole nanoseconds, none negative: their number, extremes, mean, deviation and quantiles."""

    __slots__ = ("_cells", "_few", "_highest", "_lowest", "_number", "_squares", "_total")

    def __init__(self) -> None:
        self._few: list[int] = []  # not in any of the others yet
        self._cells: array[int] | None = None
        self._number = self._total = self._squares = 0
        self._lowest: int | None = None
        self._highest: int | None = None

    def __repr__(self) -> str:
        return f"Durations(count={self.count}, minimum={self.minimum}, maximum={self.maximum})"

    def add(self, time: int) -> None:
        """Count a time in."""
        self._few.append(time)
        if len(self._few) > EXACT:
            self._fold()

    @property
    def count(self) -> int:
        """How many there are."""
        return self._number + len(self._few)

    @property
    def total(self) -> int:
        """Their sum."""
        return self._total + sum(self._few)

    @property
    def minimum(self) -> int | None:
        """The shortest."""
        if self._lowest is None:
            return min(self._few, default=None)
        return min([*self._few, self._lowest])

    @property
    def maximum(self) -> int | None:
        """The longest."""
        if self._highest is None:
            return max(self._few, default=None)
        return max([*self._few, self._highest])

    @property
    def mean(self) -> float | None:
        """The mean."""
        count = self.count
        return self.total / count if count else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of them all; integers are summed, so nothing is rounded off."""
        count = self.count
        if not count:
            return None
        squares = self._squares + sum([time * time for time in self._few])
        return float((squares * count - self.total**2) ** 0.5) / count

    def quantile(self, share: float) -> int | None:
        """Return the time that this share of them, from 0 to 1, does not exceed: the nearest rank."""
        exact = share * self.count
        rank = max(1, int(exact) + (exact > int(exact)))
        if self._cells is None:
            return sorted(self._few)[rank - 1] if self._few else None
        from bisect import bisect_left

        self._fold()
        index = bisect_left(list(accumulate(self._cells)), rank)
        middle = (_low(index) + _low(index + 1) - 1) // 2
        assert self._lowest is not None
        assert self._highest is not None
        return min(max(middle, self._lowest), self._highest)

    def histogram(self, most: int = 12) -> list[Bar]:
        """Return at most so many bars from the shortest to the longest, each as many cells wide."""
        counts: dict[int, int] = {}
        for index in map(_index, self._few):
            counts[index] = counts.get(index, 0) + 1
        for index, count in enumerate(self._cells or ()):
            if count:
                counts[index] = counts.get(index, 0) + count
        if not counts:
            return []
        first, end = min(counts), max(counts) + 1
        width = -(-(end - first) // most)
        return [
            (_low(low), _low(low + width), sum(counts.get(index, 0) for index in range(low, low + width)))
            for low in range(first, end, width)
        ]

    def _fold(self) -> None:
        """Move the times that are kept one by one into the sums and cells."""
        few, self._few = self._few, []
        if not few:
            return
        if self._cells is None:
            from array import array

            self._cells = array("Q")
        self._lowest = min([*few, *_known(self._lowest)])
        self._highest = max([*few, *_known(self._highest)])
        self._number += len(few)
        self._total += sum(few)
        self._squares += sum([time * time for time in few])
        cells = self._cells
        cells.extend([0] * (_index(self._highest) + 1 - len(cells)))
        for time in few:  # `_index` once more: a call would double what an echo costs here
            shift = time.bit_length() - _BITS - 1
            cells[(shift << _BITS) + (time >> shift) if shift > 0 else time] += 1


def _known(time: int | None) -> tuple[int, ...]:
    return () if time is None else (time,)


def _index(time: int) -> int:
    """Return the number of a time's cell: those of the first two octaves hold one nanosecond each."""
    shift = max(time.bit_length() - _BITS - 1, 0)
    return (shift << _BITS) + (time >> shift)


def _low(index: int) -> int:
    """Return the shortest time of a cell."""
    shift = max((index >> _BITS) - 1, 0)
    return (index - (shift << _BITS)) << shift
