"""Settings made of the values of options, and what is said of a value that a setting refuses."""

from typing import Any

import pytest

from dcmtool.errors import InputFileError, SettingsError
from dcmtool.fields import Frozen
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.general import GENERAL
from dcmtool.options.option import Option, Parameter, flag
from dcmtool.options.values import Rank, Stored, UsageError, Values

LOUD = flag("--loud", section=GENERAL)
QUIET = flag("--quiet", section=GENERAL)
LEVEL = Option("--level", section=GENERAL, default="warn")
TITLE = Option("--title", section=GENERAL, default="ANY")
SECRET = Option("--secret", section=GENERAL, secret=True)


class Speech(Frozen):
    """Settings to gather into."""

    title: str
    level: str
    secret: str | None
    place: str | None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value == "BAD":
                raise SettingsError(name, value, "is bad")
        if self.level == "quiet" and self.title == "ANY":
            raise SettingsError("title", "none at all", "is missing")


def gather(values: Values) -> Speech:
    """Return the settings that these values come to."""
    level = Choice(quiet="quiet", loud=lambda _given: "LOUD", level=None)
    return gathered(Speech, values, title="title", level=level, secret="secret", place="place")


@pytest.fixture
def values() -> Values:
    """Return the values as they are built in."""
    return Values((LOUD, QUIET, LEVEL, TITLE, SECRET), (Parameter("place", "where"),))


def test_the_first_option_that_is_set_decides(values: Values) -> None:
    assert gather(values) == Speech("ANY", "warn", None, None)
    values.set(TITLE, "X", Rank.COMMAND_LINE)
    values.set(LOUD, True, Rank.COMMAND_LINE)
    assert gather(values) == Speech("X", "LOUD", None, None)
    values.set(QUIET, True, Rank.COMMAND_LINE)
    assert gather(values).level == "quiet"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (None, "Invalid value for option --title: title 'BAD' is bad"),
        ("T_TITLE", "Invalid value for environment variable T_TITLE: title 'BAD' is bad"),
    ],
)
def test_a_setting_that_is_refused_names_where_it_is_from(
    source: str | None, sentence: str, values: Values
) -> None:
    values.set(TITLE, "BAD", Rank.ENVIRONMENT, source)
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        gather(values)


def test_or_its_key_in_a_file(values: Values) -> None:
    stored = Stored("BAD", "/f", "nodes.x", "title", Rank.NODE, "node x")
    values.supply({"title": stored})
    with pytest.raises(InputFileError) as caught:
        gather(values)
    assert str(caught.value) == "/f: [nodes.x] title: title 'BAD' is bad"


def test_or_the_parameter(values: Values) -> None:
    values.set_parameters({"place": "BAD"}, "somewhere")
    with pytest.raises(UsageError, match=r"^Invalid parameter value: place 'BAD' is bad$"):
        gather(values)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [(SECRET, "BAD", "secret 'BAD' is bad"), (QUIET, True, "title 'none at all' is missing")],
)
def test_or_itself_alone(option: Option, value: Any, sentence: str, values: Values) -> None:
    values.set(option, value, Rank.COMMAND_LINE)
    with pytest.raises(UsageError, match=f"^Invalid settings: {sentence}$"):
        gather(values)
