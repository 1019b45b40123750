"""Options of other programs: what they are called here exists, and none is an option of ours already."""

from dcmtool.options import foreign
from dcmtool.options.echo import ECHO
from dcmtool.options.scp import SCP

NAMES = {option.name for option in (*ECHO.options, *SCP.options)} | {
    each.name.upper() for each in ECHO.parameters
}
SPELLINGS = {spelling for option in ECHO.options for spelling in option.spellings}


def test_what_is_meant_exists() -> None:
    assert {name for names in foreign._MEANT.values() for name in names} <= NAMES


def test_each_is_of_others_and_stands_once() -> None:
    others = [spelling for spellings in foreign._MEANT for spelling in spellings]
    assert len(others) == len({*others})
    assert {*others} & SPELLINGS == {"--json"}  # which `dcmtool scp` has not


def test_only_what_the_command_has_is_told() -> None:
    assert list(foreign.meant("-c", ECHO.options, ())) == ["--repeat", "--call"]
    assert list(foreign.meant("-c", SCP.options, ())) == ["--count"]
    assert list(foreign.meant("-p", SCP.options, ["port"])) == ["the parameter PORT"]
    assert list(foreign.meant("--bogus", ECHO.options, ["port"])) == []
