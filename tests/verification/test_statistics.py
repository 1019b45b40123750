"""Times and their distribution, beside exact figures."""

import statistics
import tracemalloc
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcmtool.verification.statistics import EXACT, Durations

TIMES = st.integers(0, 10**13)
SHARES = st.floats(0, 1)


def of(times: list[int]) -> Durations:
    """Return what is known of these times."""
    durations = Durations()
    for time in times:
        durations.add(time)
    return durations


def nearest_rank(times: list[int], share: float) -> int:
    """Return the exact quantile."""
    return sorted(times)[max(1, ceil(share * len(times))) - 1]


def test_nothing_is_known_of_none() -> None:
    none = Durations()
    assert (none.count, none.total, none.minimum, none.maximum) == (0, 0, None, None)
    assert (none.mean, none.deviation, none.quantile(0.5), none.histogram()) == (None, None, None, [])


@given(st.lists(TIMES, min_size=1, max_size=60), SHARES)
def test_a_few_are_exact(times: list[int], share: float) -> None:
    durations = of(times)
    assert (durations.count, durations.total) == (len(times), sum(times))
    assert (durations.minimum, durations.maximum) == (min(times), max(times))
    assert durations.mean == pytest.approx(statistics.fmean(times), rel=1e-12)
    assert durations.deviation == pytest.approx(statistics.pstdev(times), rel=1e-9, abs=1e-9)
    assert durations.quantile(share) == nearest_rank(times, share)


@settings(max_examples=60)
@given(st.lists(TIMES, min_size=1, max_size=40), st.integers(1, 3), SHARES)
@example([0], 1, 0.0)
@example([127, 128, 129], 2, 0.5)
def test_many_are_within_one_percent(times: list[int], rounds: int, share: float) -> None:
    many = times * (rounds * EXACT // len(times) + 1)
    durations = of(many)
    assert len(many) > EXACT
    assert (durations.count, durations.total) == (len(many), sum(many))
    assert (durations.minimum, durations.maximum) == (min(many), max(many))
    assert durations.mean == pytest.approx(statistics.fmean(many), rel=1e-12)
    assert durations.deviation == pytest.approx(statistics.pstdev(many), rel=1e-6, abs=1e-6)
    assert durations.quantile(share) == pytest.approx(nearest_rank(many, share), rel=0.01, abs=0)


@given(st.lists(TIMES, min_size=1, max_size=40), TIMES)
def test_what_comes_after_a_quantile_was_asked_for_counts_too(times: list[int], last: int) -> None:
    many = times * (EXACT // len(times) + 1)
    durations = of(many)
    durations.quantile(0.5)
    durations.add(last)
    everything = [*many, last]
    assert durations.quantile(0.9) == pytest.approx(nearest_rank(everything, 0.9), rel=0.01, abs=0)
    assert (durations.count, durations.total) == (len(everything), sum(everything))
    assert (durations.minimum, durations.maximum) == (min(everything), max(everything))


def test_the_deviation_of_long_and_nearly_equal_times_is_exact() -> None:
    assert of([10**12, 10**12 + 2]).deviation == 1.0
    assert of([10**12, 10**12 + 2] * EXACT).deviation == 1.0


# The histogram ----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(TIMES, min_size=1, max_size=2 * EXACT), st.integers(1, 20))
def test_the_bars_hold_every_time_where_it_belongs(times: list[int], most: int) -> None:
    bars = of(times).histogram(most)
    assert 1 <= len(bars) <= most
    assert all(high == low for (_, high, _), (low, _, _) in pairwise(bars))
    for low, high, count in bars:
        assert count == sum(low <= time < high for time in times)
    assert bars[0][2]
    assert bars[-1][2]


def test_equal_times_are_one_bar() -> None:
    assert of([100] * 3).histogram() == [(100, 101, 3)]


def test_a_bar_between_two_others_may_be_empty() -> None:
    assert of([1, 3]).histogram() == [(1, 2, 1), (2, 3, 0), (3, 4, 1)]


# Bounds -----------------------------------------------------------------------------------------------


def test_memory_is_bounded() -> None:
    durations = Durations()
    tracemalloc.start()
    for number in range(100_000):
        durations.add(30_000 + number * 97)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 48 * 1024
    assert peak < 96 * 1024


def test_the_text_for_debugging() -> None:
    assert repr(of([3, 4])) == "Durations(count=2, minimum=3, maximum=4)"
