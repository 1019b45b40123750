"""Values with named fields: settings, which are checked once and frozen from then on, and reports.

The standard library's dataclasses compile code for each class and load what reads source: that takes longer
than a whole verification does. These are dataclasses to whoever asks (`dataclasses.replace`, `fields`).
"""

from collections.abc import Callable, Iterable
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field
    from typing import Never

T = TypeVar("T")


class _Made:
    """A default that each value has its own of."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def made(make: Callable[[], T]) -> T:
    """Return the default of a field that is made for each value anew."""
    return cast(T, _Made(make))


class _Described:
    """The fields of a class as `dataclasses` describes them, made when it looks first."""

    def __init__(self) -> None:
        self._known: dict[type, dict[str, Field[Any]]] = {}

    def __get__(self, _instance: object, owner: type["_Value"]) -> "dict[str, Field[Any]]":
        if owner not in self._known:
            self._known[owner] = self._made(owner)
        return self._known[owner]

    def _made(self, owner: type["_Value"]) -> "dict[str, Field[Any]]":
        from dataclasses import field, fields, make_dataclass

        described: list[tuple[str, Any, Any]] = []
        for name, default in owner._defaults.items():
            if isinstance(default, _Made):
                described.append((name, Any, field(default_factory=default.make)))
            else:
                described.append((name, Any, field() if default is _NONE else field(default=default)))
        made_of = make_dataclass(owner.__name__, described, kw_only=True)  # a subclass may need more
        return {each.name: each for each in fields(made_of)}


_NONE = object()


class _Value:
    """A value whose fields are its class's annotations, after those that it inherits.

    `__post_init__` is called once they are set.

    What `_unshown` names is left out where the value is shown.
    """

    if TYPE_CHECKING:  # the annotations of a value are its fields, and no others
        _defaults: ClassVar[dict[str, Any]]
        _required: ClassVar[tuple[str, ...]]
        _needed: ClassVar[int]  # values without names that are enough for what is required
        _makers: ClassVar[tuple[str, ...]]
        _unshown: ClassVar[tuple[str, ...]]
        __dataclass_fields__: ClassVar["dict[str, Field[Any]]"]
    else:
        _unshown = ()
        __dataclass_fields__ = _Described()

    def __init_subclass__(cls) -> None:
        inherited: dict[str, Any] = getattr(cls, "_defaults", {})
        cls._defaults = inherited | {name: getattr(cls, name, _NONE) for name in cls.__annotations__}
        cls._required = tuple(name for name, value in cls._defaults.items() if value is _NONE)
        cls._needed = max(([*cls._defaults].index(name) + 1 for name in cls._required), default=0)
        cls._makers = tuple(name for name, value in cls._defaults.items() if isinstance(value, _Made))

    def __init__(self, *values: Any, **named: Any) -> None:
        fields, names = vars(self), self._defaults
        fields.update(names)
        if values:
            fields.update(zip(names, values, strict=False))
        if named:
            fields.update(named)
        if (
            len(fields) > len(names)
            or len(values) > len(names)
            or (named and values and self._twice(values, named))
        ):
            raise TypeError(f"{type(self).__name__} takes each of its fields once: {', '.join(names)}")
        if len(values) < self._needed:
            missing = [name for name in self._required if fields[name] is _NONE]
            if missing:
                raise TypeError(f"{type(self).__name__} needs {' and '.join(missing)}")
        for name in self._makers:
            if isinstance(fields[name], _Made):
                fields[name] = fields[name].make()
        self.__post_init__()

    def _twice(self, values: tuple[Any, ...], named: dict[str, Any]) -> bool:
        return not named.keys().isdisjoint([*self._defaults][: len(values)])

    def __post_init__(self) -> None:
        """Check the values. What refuses them raises `SettingsError`."""

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in vars(self).items() if name not in self._unshown)
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass_transform()
class Fields(_Value):
    """A value whose fields may be set again."""


@dataclass_transform(frozen_default=True)
class Frozen(_Value):
    """A value whose fields are never set again."""

    def __setattr__(self, name: str, _value: object) -> "Never":
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> "Never":
        self.__setattr__(name, None)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))


F = TypeVar("F", bound=Frozen)


def changed(value: F, **fields: object) -> F:
    """Return a value with some of its fields changed, which are checked as all are."""
    return type(value)(**vars(value) | fields)


def listed(name: str, values: object, words: str) -> tuple[Any, ...]:
    """Return a list, or whatever else yields several values, as a tuple; a text is none. `words` say what is.

    Raises:
        SettingsError: it yields no values.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        from dcmtool.errors import SettingsError

        raise SettingsError(name, values, f"is not {words}")
    return tuple(values)


def text_of_path(value: object) -> object:
    """Return a path as text, if it is one of `pathlib`; what else it may be is the caller's to see."""
    return fspath(value) if isinstance(value, PathLike) else value
