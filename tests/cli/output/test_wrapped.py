"""Texts broken at words, for a terminal."""

import pytest

from dcmtool.cli.output.screen import wrapped

TEXT = "2. read the log of the acceptor at this time: it names the titles"


@pytest.mark.parametrize("width", [None, 39, 80])
def test_what_fits_and_what_the_terminal_breaks(width: int | None) -> None:
    assert wrapped(TEXT, 4, width) == TEXT


def test_what_is_numbered_goes_on_below_its_first_word() -> None:
    assert wrapped(TEXT, 4, 44) == (
        "2. read the log of the acceptor at this\n       time: it names the titles"
    )


def test_what_is_not_numbered_goes_on_where_it_began() -> None:
    assert wrapped(TEXT[3:], 4, 44) == ("read the log of the acceptor at this\n    time: it names the titles")
