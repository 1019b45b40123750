"""constraints.txt: read, cut to what an extra needs, and complete for pyproject.toml."""

import importlib.util
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from tools.supply_chain import libraries, pins

A, B, C = (f"sha256:{digit * 64}" for digit in "abc")
TEXT = f"""\
# This file was made
above==2.0 \\
    --hash={A} \\
    --hash={B}
    # via dcmtool (pyproject.toml)
below-it==1.5.post1 ; sys_platform == 'win32' \\
    --hash={C}
    # via
    #   above
    #   Beside_It
beside-it==3 \\
    --hash={C}
    # via dcmtool (pyproject.toml)
"""


def test_pins_are_read() -> None:
    read = pins.read(TEXT)
    assert read["above"] == pins.Pin("above", "2.0", None, (A, B), frozenset({"dcmtool"}))
    below = ("below-it", "1.5.post1", "sys_platform == 'win32'", (C,), frozenset({"above", "beside-it"}))
    assert read["below-it"] == below


def test_a_pin_is_written_as_it_was_read() -> None:
    written = "".join(f"{pin}\n" for pin in pins.read(TEXT).values())
    assert written == "".join(line + "\n" for line in TEXT.splitlines() if not line.lstrip().startswith("#"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("above>=2\n", "line 1 is no pin, no SHA-256 and no comment: above>=2"),
        (f"    --hash={A}\n", "line 1 is no pin"),
        (f"above==2 \\\n    --hash=md5:{'a' * 32}\n", "line 2 is no pin"),
        ("--index-url https://elsewhere.example\n", "line 1 is no pin"),
        (f"above==2 \\\n    --hash={A}\nAbove==3 \\\n    --hash={A}\n", "line 3: above is pinned twice"),
        ("above==2\n", "no hash for above"),
    ],
)
def test_a_line_that_could_get_round_the_hashes_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        pins.read(text)


def test_what_is_needed_is_all_below_and_nothing_else() -> None:
    read = pins.read(TEXT)
    assert [pin.name for pin in pins.needed(read, ["above>=1"])] == ["above", "below-it"]
    assert [pin.name for pin in pins.needed(read, ["below_it"])] == ["below-it"]
    assert pins.needed(read, []) == []
    with pytest.raises(ValueError, match=r"^no pin for other: run `make constraints`$"):
        pins.needed(read, ["other[with]>=1"])


def test_an_extra_that_is_not_there() -> None:
    with pytest.raises(SystemExit, match=r"^pyproject\.toml has no extra nonsense: it has bench, dev, "):
        pins.requirements(pins.PROJECT, "nonsense")


# The repository's own ---------------------------------------------------------------------------------

PROJECT = tomllib.loads(pins.PROJECT.read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
PINNED = pins.read(pins.CONSTRAINTS.read_text(encoding="utf-8"))
ASKED = [*pins.requirements(pins.PROJECT, *EXTRAS), *PROJECT["build-system"]["requires"]]


@pytest.mark.parametrize("line", sorted({*ASKED}))
def test_what_is_pinned_is_what_pyproject_asks_for(line: str) -> None:
    """Where this fails: `make constraints`."""
    asked = Requirement(line)
    pin = PINNED[pins.normalized(asked.name)]
    assert asked.specifier.contains(pin.version)
    assert pin.marker is None or asked.marker is not None


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_pinned_as_a_whole(extra: str) -> None:
    """What is needed by a library that is installed here is pinned too."""
    chosen = {pin.name for pin in pins.needed(PINNED, pins.requirements(pins.PROJECT, extra))}
    installed = {name for name in chosen if importlib.util.find_spec(name.replace("-", "_")) is not None}
    needs = {name for each in installed for name in libraries.direct(distribution(each))}
    assert needs <= chosen


def test_nothing_is_pinned_that_nobody_needs() -> None:
    """Where this fails: `make constraints`."""
    asked = {pins.normalized(Requirement(line).name) for line in ASKED}
    assert [name for name, pin in PINNED.items() if not pin.needed_by & {*PINNED} and name not in asked] == []


def test_the_file_names_no_index() -> None:
    text = pins.CONSTRAINTS.read_text(encoding="utf-8")
    assert "://" not in text
    assert [line for line in text.splitlines() if line.startswith("-")] == []


def test_markers_are_understood() -> None:
    for pin in PINNED.values():
        assert pin.marker is None or Marker(pin.marker).evaluate() in (True, False)


def test_the_tests_need_no_tool_of_the_maintainers() -> None:
    names = {pin.name for pin in pins.needed(PINNED, pins.requirements(pins.PROJECT, "dev"))}
    assert names & {"atheris", "dicom-echo", "pip", "pip-audit", "twine", "uv"} == set()


def test_the_makefile_installs_extras_that_exist() -> None:
    rules = Path(pins.ROOT, "Makefile").read_text(encoding="utf-8")
    named = {word.split("made-for-")[1] for word in rules.split() if "made-for-" in word and "%" not in word}
    assert {name.rstrip(":") for name in named} <= EXTRAS.keys()
