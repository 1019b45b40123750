"""Which changes are made of a source, how they are named, and what is kept of those that survive."""

import pytest

from tests.markdown import ROOT
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.run import Outcome
from tests.mutation.survivors import FILE, by_reason, explained, gone
from tests.mutation.table import complaint, table

SOURCE = '''"""A module."""

LIMIT = 4


class Buffer:
    """What has come."""

    def room(self, taken: int = 0) -> int:
        """Return what is left."""
        assert taken >= 0
        if taken > LIMIT and self:
            raise ValueError("full", taken)
        return LIMIT - taken
'''
ROOM = [
    "if taken > LIMIT and self: => if not (taken > LIMIT and self):",
    "if taken > LIMIT and self: => if taken > LIMIT or self:",
    "if taken > LIMIT and self: => if taken >= LIMIT and self:",
    "raise ValueError('full', taken) => pass",
    "raise ValueError('full', taken) => raise ValueError('XXfullXX', taken)",
    "raise ValueError('full', taken) => raise ValueError('full')",
    "return LIMIT - taken => return None",
    "return LIMIT - taken => return LIMIT + taken",
]


def made(source: str) -> dict[str, Mutant]:
    """Return the mutants of a source, by their keys."""
    return {mutant.key: mutant for mutant in mutants(source, "m.py")}


def test_the_mutants_of_a_source() -> None:
    assert sorted(made(SOURCE)) == sorted(
        [
            "m.py module: LIMIT = 4 => LIMIT = 5",
            "m.py Buffer: def room(self, taken: int=0) -> int: => def room(self, taken: int=1) -> int:",
            *(f"m.py Buffer.room: {change}" for change in ROOM),
        ]
    )


def test_a_mutant_is_the_source_with_that_change_alone() -> None:
    names: dict[str, object] = {}
    exec(made(SOURCE)["m.py module: LIMIT = 4 => LIMIT = 5"].code, names)
    assert names["LIMIT"] == 5
    changed = made(SOURCE)["m.py Buffer.room: return LIMIT - taken => return LIMIT + taken"]
    assert (changed.function, changed.first_line, changed.lines) == ("Buffer.room", 9, range(14, 15))
    exec(changed.code, names)
    assert eval("Buffer().room(3)", names) == 8


def test_equal_changes_have_numbers() -> None:
    assert list(made("def f(a):\n    a()\n    a()\n")) == ["m.py f: a() => pass", "m.py f: a() => pass #2"]


def test_a_survivor_has_one_reason() -> None:
    assert by_reason(explained("# one\na\nb\n\n# two\nc\n")) == {"one": 2, "two": 1}
    for text in ("a\n", "# one\na\n# two\na\n"):
        with pytest.raises(ValueError, match="no reason, or two: a"):
            explained(text)


def test_what_is_explained_and_no_mutant_any_more() -> None:
    source = "dcmtool/dimse/status.py"
    key = next(iter(mutants((ROOT / source).read_text(encoding="utf-8"), source))).key
    assert gone(
        [key, f"{source} f: a => b", "dcmtool/dimse/no.py f: a => b"], lambda path: path.startswith("dcmtool")
    ) == [*(f"{source} f: a => b", "dcmtool/dimse/no.py f: a => b")]
    assert gone([f"{source} f: a => b"], lambda path: path.endswith("codes.py")) == []


def test_every_survivor_has_a_reason() -> None:
    assert all(by_reason(explained(FILE.read_text(encoding="utf-8"))).values())


def test_the_table_and_what_is_wrong() -> None:
    found = [Outcome("a.py", "a.py f: 1", "killed"), Outcome("a.py", "a.py f: 2", "hung")]
    found += [Outcome("b.py", "b.py f: 1", "survived")]
    assert table(found).splitlines()[2:] == [
        "| `a.py` | 2 | 2 | 1 | 0 |",
        "| `b.py` | 1 | 0 | 0 | 1 |",
        "| all | 3 | 2 | 1 | 1 |",
    ]
    assert complaint(found, {}) == "no test sees: b.py f: 1"
    assert complaint(found, {"b.py f: 1": "equivalent"}) is None
    assert complaint(found[:1], {"a.py f: 1": "equivalent"}) == (
        "a test sees it, so it needs no reason: a.py f: 1"
    )
