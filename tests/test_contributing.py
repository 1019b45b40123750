"""CONTRIBUTING names files and folders that exist, and every room of the house."""

import re

import pytest

from tests.conftest import LONG
from tests.markdown import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAP = TEXT.split("## The map of the house")[1].split("\n## ")[0]
NAMED = re.findall(r"`((?:\w[\w.]*|\.ci)(?:/[\w.*]+)+|\w+\.md)`", TEXT)
NOT_YET = ("NAME", "FORM")  # stand for what is to be added


@pytest.mark.parametrize("path", sorted({*NAMED}))
def test_what_is_named_exists(path: str) -> None:
    place = ROOT / path
    assert (place.parent if any(word in place.name for word in NOT_YET) else place).exists()


def test_every_room_is_on_the_map() -> None:
    rooms = [path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("dcmtool/*/__init__.py")]
    folders = ["tests", "docs", "tools", "completions", "benchmarks"]
    assert [room for room in [*rooms, *folders] if f"`{room}`" not in MAP] == []


@pytest.mark.parametrize("place", LONG)
def test_what_is_long_is_there(place: str) -> None:
    """What a mistyped place would leave to nobody's notice."""
    assert (ROOT / place).exists()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("COMMANDS", "dcmtool/cli/group.py"),
        ("SENTENCES", "dcmtool/advice.py"),
        ("RULES", "dcmtool/diagnosis/rules.py"),
        ("GIVEN", "tests/diagnosis/test_rules.py"),
        ("_TRANSFER_SYNTAX_NAMES", "dcmtool/uids.py"),
        ("OutputForm", "dcmtool/settings.py"),
        ("FORMS", "dcmtool/options/report.py"),
        ("LONG", "tests/conftest.py"),
    ],
)
def test_tables_are_where_the_recipes_say(name: str, file: str) -> None:
    assert f"`{name}` in `{file}`" in TEXT
    assert re.search(rf"^{name}\b.*=", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
