"""Severities and lines."""

import logging
from typing import get_args

import pytest

from dcmtool import settings
from dcmtool.options import kinds
from dcmtool.trace.levels import Level, Line


@pytest.mark.parametrize(
    ("level", "letter"),
    [
        (Level.TRACE, "T"),
        (Level.DEBUG, "D"),
        (Level.INFO, "I"),
        (Level.WARN, "W"),
        (Level.ERROR, "E"),
        (Level.FATAL, "F"),
    ],
)
def test_a_line_begins_with_the_letter_of_its_level(level: Level, letter: str) -> None:
    assert str(Line(level, "text")) == f"{letter}: text"


def test_levels_are_those_of_logging() -> None:
    shared = [Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL]
    assert shared == [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL]
    assert Level.TRACE < logging.DEBUG
    assert Level.OFF > logging.CRITICAL


def test_every_level_can_be_asked_for() -> None:
    assert {level.name.lower() for level in Level} == {*get_args(settings.LogLevel)}
    assert (*get_args(settings.LogLevel), "all") == kinds.LogLevel.LEVELS
