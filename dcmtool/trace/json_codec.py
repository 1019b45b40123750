"""How values are written as JSON, read again, and described by a schema: what all of them are made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from types import NoneType, UnionType
from typing import Any, NamedTuple

from dcmtool.text import printable

Fields = dict[str, Any]
Schema = dict[str, Any]


class Mismatch(ValueError):
    """JSON that is not what it should be: where in it, and what is wrong."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where, self.what = where, what

    def __str__(self) -> str:
        return f"{self.where or 'this'} {self.what}"

    def inside(self, where: str) -> "Mismatch":
        """Return it as seen from around."""
        return Mismatch(f"{where}.{self.where}" if self.where else where, self.what)


class Codec(NamedTuple):
    """How the values of a type are written, how they are read again, and the JSON Schema of what is written.

    `read` raises `Mismatch`.
    """

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    schema: Schema


# Scalars ----------------------------------------------------------------------------------------------

_SCALARS: dict[Any, tuple[type | UnionType, str, str]] = {
    bool: (bool, "true or false", "boolean"),
    int: (int, "a whole number", "integer"),
    float: (int | float, "a number", "number"),
    str: (str, "text", "string"),
    NoneType: (NoneType, "null", "null"),
}
SCALARS = _SCALARS.keys()
MOST = 1 << 64  # of a number: nanoseconds take less, and JSON's 1e999 is infinite


def _same(value: Any) -> Any:
    return value


def scalar(kind: Any) -> Codec:
    """Return the codec of what JSON has itself."""
    instances, words, name = _SCALARS[kind]

    def read(value: Any) -> Any:
        if not isinstance(value, instances) or (isinstance(value, bool) and kind is not bool):
            raise Mismatch("", f"is not {words}")
        return bounded(value)

    return Codec(_same, read, {"type": name})


def bounded(value: Any, most: int = MOST) -> Any:
    """Return a value that is no number, or none beyond this. Raises `Mismatch`."""
    if isinstance(value, int | float) and not -most <= value <= most:
        raise Mismatch("", "is larger than any such number is")
    return value


TEXT, WHOLE = scalar(str), scalar(int)


def literal(words: tuple[Any, ...]) -> Codec:
    """Return the codec of one of these words."""
    known = {word: word for word in words}
    return Codec(_same, lambda value: one_of(known, value), {"enum": list(words)})


def one_of(known: dict[str, Any], name: Any) -> Any:
    """Return what is known by a name. Raises `Mismatch`."""
    if not isinstance(name, str) or name not in known:
        raise Mismatch("", f"is {shown(name)}, which is not known here")
    return known[name]


def shown(value: object) -> str:
    """Return what stands in place of a name, cut short."""
    return f"'{printable(value[:40])}'" if isinstance(value, str) else "no text"


def _read_hexadecimal(value: Any) -> bytes:
    try:
        return bytes.fromhex(TEXT.read(value))
    except ValueError:
        raise Mismatch("", "is not bytes in hexadecimal digits") from None


HEXADECIMAL = Codec(bytes.hex, _read_hexadecimal, {"type": "string", "pattern": "^([0-9a-f]{2})*$"})


def _write_anything(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _read_anything(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise Mismatch("", "is neither text nor a number")
    return bounded(value)


ANYTHING = Codec(_write_anything, _read_anything, {"type": ["string", "number", "boolean", "null"]})


def optional(item: Codec) -> Codec:
    """Return the codec of a value that may be None."""
    return Codec(
        lambda value: None if value is None else item.write(value),
        lambda value: None if value is None else item.read(value),
        {"anyOf": [item.schema, {"type": "null"}]},
    )


def enumeration(kind: type[IntEnum]) -> Codec:
    """Return the codec of a number that has a name."""

    def read(value: Any) -> IntEnum:
        found: int = read_fields(value, {"number": WHOLE})["number"]
        try:
            return kind(found)
        except ValueError:
            raise Mismatch("number", "is not one that PS3.8 9.2 has") from None

    numbers, names = [each.value for each in kind], [each.name for each in kind]
    schema = closed({"number": {"enum": numbers}, "name": {"enum": names}})
    return Codec(lambda value: {"number": value.value, "name": value.name}, read, schema)


# Lists ------------------------------------------------------------------------------------------------


def read_list(value: Any) -> list[Any]:
    """Return a list. Raises `Mismatch`."""
    if not isinstance(value, list):
        raise Mismatch("", "is not a list")
    return value


def read_each(item: Codec, values: Iterable[Any]) -> Iterator[Any]:
    """Read the items of a list. Raises `Mismatch`."""
    for number, value in enumerate(values):
        try:
            yield item.read(value)
        except Mismatch as mismatch:
            raise mismatch.inside(str(number)) from None


def sequence(item: Codec) -> Codec:
    """Return the codec of any number of items."""
    return Codec(
        lambda values: [item.write(each) for each in values],
        lambda value: tuple(read_each(item, read_list(value))),
        {"type": "array", "items": item.schema},
    )


def fixed(items: Sequence[Codec]) -> Codec:
    """Return the codec of a tuple with an item of each of these types."""

    def read(value: Any) -> tuple[Any, ...]:
        if len(read_list(value)) != len(items):
            raise Mismatch("", f"has {len(value)} items, not {len(items)}")
        return tuple(item.read(each) for item, each in zip(items, value, strict=True))

    return Codec(
        lambda values: [item.write(each) for item, each in zip(items, values, strict=True)],
        read,
        {"type": "array", "prefixItems": [item.schema for item in items]},
    )


# Objects ----------------------------------------------------------------------------------------------


def closed(properties: Schema) -> Schema:
    """Return the schema of an object that has exactly these."""
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def read_fields(value: Any, codecs: dict[str, Codec]) -> Fields:
    """Return the fields of an object that are known, whatever else it has. Raises `Mismatch`."""
    if not isinstance(value, dict):
        raise Mismatch("", "is not an object")
    fields = {}
    for key, each in codecs.items():
        if key not in value:
            raise Mismatch(key, "is missing")
        try:
            fields[key] = each.read(value[key])
        except Mismatch as mismatch:
            raise mismatch.inside(key) from None
    return fields


def type_of(value: Any) -> str:
    """Return the type that an object names. Raises `Mismatch`."""
    name: str = read_fields(value, {"type": TEXT})["type"]
    return name
