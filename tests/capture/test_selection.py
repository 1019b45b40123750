"""Which connections are wanted."""

import pytest

from dcmtool.capture.connection import Endpoint
from dcmtool.capture.selection import HostPattern, Selection
from tests.capture.examples import LOGGED, MODALITY, PACS, STORED


@pytest.mark.parametrize(
    ("pattern", "end", "matches"),
    [
        (HostPattern.of("10.0.0.5"), MODALITY, True),
        (HostPattern.of("10.0.0.5", 51514), MODALITY, True),
        (HostPattern.of("10.0.0.5", 104), MODALITY, False),
        (HostPattern.of("10.0.0.0/29"), MODALITY, True),
        (HostPattern.of("10.0.0.5/29"), MODALITY, True),
        (HostPattern.of("10.1.0.0/16"), MODALITY, False),
        (HostPattern.of("10.0.0.5"), Endpoint("::ffff:10.0.0.5", 1), True),
        (HostPattern.of("2001:db8:0:0::1"), Endpoint("2001:db8::1", 1), True),
        (HostPattern.of("2001:db8::/32"), MODALITY, False),
        (HostPattern.of("10.0.0.5"), Endpoint("modality"), False),
        (HostPattern.of("10.0.0.5"), Endpoint(), False),
    ],
)
def test_hosts(pattern: HostPattern, end: Endpoint, matches: bool) -> None:
    assert pattern.matches(end) is matches


def test_what_is_no_host() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        HostPattern.of("modality")


def test_all_are_wanted_where_nothing_is_said() -> None:
    assert Selection().matches(STORED)
    assert Selection().matches(LOGGED)


@pytest.mark.parametrize(
    ("selection", "matches"),
    [
        (Selection(hosts=(HostPattern.of("10.0.0.5"), HostPattern.of("10.0.0.9"))), True),
        (Selection(hosts=(HostPattern.of("10.0.0.5"), HostPattern.of("10.0.0.8"))), False),
        (Selection(ports=(104, 51514)), True),
        (Selection(ports=(104, 105)), False),
        (Selection(titles=(" CT1", "PACS")), True),
        (Selection(titles=("ct1",)), False),
        (Selection(numbers=((2, 3), (1, 1))), True),
        (Selection(numbers=((2, 3),)), False),
        (Selection(failed=True), False),
    ],
)
def test_all_that_is_said_counts(selection: Selection, matches: bool) -> None:
    assert selection.matches(STORED) is matches


def test_what_is_no_association_has_no_title() -> None:
    connection = STORED._replace(request=None)
    assert not Selection(titles=("CT1",)).matches(connection)
    assert Selection(hosts=(HostPattern.of("10.0.0.5"),)).may_match(1, MODALITY, PACS)
