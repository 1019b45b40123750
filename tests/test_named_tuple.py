"""Named tuples of our own do what those of `typing` do."""

import copy
import pickle
import typing
from typing import Any

import pytest

from dcmtool.named_tuple import NamedTuple


class Own(NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: "str | None" = None

    @property
    def sum(self) -> int:
        """Both."""
        return self.x + self.y


class Typings(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    name: "str | None" = None

    @property
    def sum(self) -> int:
        """Both."""
        return self.x + self.y


both = pytest.mark.parametrize("kind", [Own, Typings])


@both
def test_a_value(kind: Any) -> None:
    value = kind(1, name="n")
    assert value == (1, 2, "n") == kind(x=1, y=2, name="n") == kind._make([1, 2, "n"])
    assert (value.x, value.y, value.name, value.sum) == (1, 2, "n", 3)
    assert hash(value) == hash((1, 2, "n"))
    assert repr(value) == f"{kind.__name__}(x=1, y=2, name='n')"
    assert value._asdict() == {"x": 1, "y": 2, "name": "n"}
    assert value._replace(y=5) == (1, 5, "n")
    assert type(value._replace(y=5)) is kind
    assert (kind._fields, kind._field_defaults) == (("x", "y", "name"), {"y": 2, "name": None})
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
    assert type(pickle.loads(pickle.dumps(value))) is kind
    assert isinstance(value, tuple)


@both
def test_what_cannot_be(kind: Any) -> None:
    for values, named in (((), {}), ((1, 2, "n", 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1})):
        with pytest.raises(TypeError):
            kind(*values, **named)
    value = kind(1)
    for name in ("x", "z"):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
    assert not hasattr(value, "__dict__")


def test_its_first_value_may_come_of_an_iterable() -> None:
    class First(NamedTuple):
        x: int
        y: int = 3

    assert First._make([1]).y == 3


def test_nothing_is_compiled_for_a_class_without_values() -> None:
    class Unused(NamedTuple):
        x: int

    assert "__new__" not in vars(Unused)
    Unused(1)
    assert "__new__" in vars(Unused)
