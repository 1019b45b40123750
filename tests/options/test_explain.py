"""What the options of `dcmtool explain` take."""

import pytest

from dcmtool.capture.selection import HostPattern
from dcmtool.options.explain import HostKind, NumberRanges
from dcmtool.options.kinds import Unwanted


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("10.0.0.5", HostPattern.of("10.0.0.5")),
        ("10.0.0.5:104", HostPattern.of("10.0.0.5", 104)),
        ("10.0.0.0/24:104", HostPattern.of("10.0.0.0/24", 104)),
        ("::1", HostPattern.of("::1")),
        ("[::1]", HostPattern.of("::1")),
        ("[::1]:104", HostPattern.of("::1", 104)),
        ("fe80::/10", HostPattern.of("fe80::/10")),
    ],
)
def test_hosts(text: str, pattern: HostPattern) -> None:
    assert HostKind().convert(text) == pattern


@pytest.mark.parametrize(
    "text", ["", "pacs", "10.0.0.5:", "10.0.0.5:70000", "10.0.0.5:x", "[::1]:0", "10.0.0.0/40"]
)
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(Unwanted):
        HostKind().convert(text)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [("7", ((7, 7),)), ("3,10-12", ((3, 3), (10, 12))), ("1-1, 2", ((1, 1), (2, 2)))],
)
def test_numbers(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert NumberRanges().convert(text) == ranges


@pytest.mark.parametrize("text", ["", "0", "3-2", "a", "1-", "-1", "1,,2", "\u0663", "9" * 19])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Unwanted):
        NumberRanges().convert(text)
