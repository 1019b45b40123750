"""The table of what a capture comes to otherwise than a diagnosis."""

import pytest

from dcmtool.diagnosis.observed.table import OBSERVED
from tests.capture.same_as_diagnosed import DIFFERENCES, expected
from tests.setups.catalogue import SETUPS


def test_a_difference_is_one_of_a_set_up_and_has_a_reason() -> None:
    assert {*DIFFERENCES} <= {*SETUPS}
    for name, difference in DIFFERENCES.items():
        assert difference.reason
        assert {*difference.findings} != {*SETUPS[name].findings}


@pytest.mark.parametrize("name", SETUPS)
def test_what_is_expected_can_be_said_between_two_others(name: str) -> None:
    assert {*expected(SETUPS[name])} <= OBSERVED.keys()
    assert expected(SETUPS[name]) or "in-order" in SETUPS[name].findings or name in DIFFERENCES
