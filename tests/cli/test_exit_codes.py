"""What a sweep ends with."""

import pytest

from dcmtool.cli.exit_codes import INTERRUPTED, code_of_sweep
from tests.reporting.sweep_results import (
    answered,
    interrupted,
    refused,
    rejected,
    short_of_days,
    skipped,
    total,
)

GOOD, BAD, SOON, LEFT = answered("a"), rejected("b"), short_of_days("c"), skipped("d")


@pytest.mark.parametrize(
    ("results", "fail_under", "code"),
    [
        ((), 100, 0),
        ((LEFT, LEFT), 100, 0),
        ((GOOD, GOOD), 100, 0),
        ((GOOD, LEFT), 100, 0),
        ((GOOD, BAD), 100, 2),
        ((BAD,), 0, 0),
        ((GOOD, BAD), 50, 0),
        ((GOOD, BAD), 50.1, 2),
        ((GOOD, BAD, LEFT, LEFT), 50, 0),
        ((GOOD, SOON), 100, 3),
        ((SOON, SOON, LEFT), 100, 3),
        ((GOOD, SOON), 50, 0),
        ((GOOD, SOON, refused("e")), 100, 2),
        ((GOOD, interrupted("e")), 100, INTERRUPTED),
        ((GOOD, interrupted("e")), 0, INTERRUPTED),
    ],
)
def test_a_sweep(results: tuple[object, ...], fail_under: float, code: int) -> None:
    assert code_of_sweep(total(*results), fail_under) == code  # type: ignore[arg-type]
