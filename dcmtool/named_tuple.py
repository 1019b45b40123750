"""Named tuples that are made of `collections.namedtuple` once the first value of a class is.

Those of `typing` compile code for each class as it is declared. A verification loads sixty classes and makes
values of twenty: the others would take a tenth of what a whole `dcmtool echo` does.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    class _Declared(type):
        """Takes the annotations of a class for its fields, and what is assigned to them for defaults."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
            declared = super().__new__(cls, name, bases, {**namespace, "__slots__": ()})
            fields = tuple(declared.__annotations__)
            declared._fields = declared.__match_args__ = fields
            declared._field_defaults = {each: namespace[each] for each in fields if each in namespace}
            return declared

    class NamedTuple(tuple, metaclass=_Declared):
        """A class that is declared as one of `typing.NamedTuple` is, and whose values are the same."""

        def __new__(cls, *values: Any, **named: Any) -> Any:
            made = namedtuple(cls.__name__, cls._fields, defaults=cls._field_defaults.values())
            for name in cls._fields:
                setattr(cls, name, vars(made)[name])
            cls.__new__ = made.__new__  # from now on
            return cls.__new__(cls, *values, **named)

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Any:
            return cls(*values)

        def _replace(self, **changes: Any) -> Any:
            return type(self)(**{**self._asdict(), **changes})

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            shown = (f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({', '.join(shown)})"


def shown_without(value: Any, *hidden: str) -> str:
    """Return a named tuple as `repr` would, but of these fields, which are bytes, only how many there are."""
    fields = value._asdict().items()
    shown = (f"{name}={f'<{len(each)} bytes>' if name in hidden else repr(each)}" for name, each in fields)
    return f"{type(value).__name__}({', '.join(shown)})"


__all__ = ["NamedTuple", "shown_without"]
