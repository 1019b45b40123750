"""Settings made of the values of options; one that is refused is told of the option that gave it."""

from collections.abc import Callable
from typing import Any, TypeVar

from dcmtool.errors import DcmtoolError, SettingsError
from dcmtool.options.values import UsageError, Values
from dcmtool.settings import OTHER_FAMILY
from dcmtool.text import bare_host, zone_missing

S = TypeVar("S")


class Choice:
    """A settings field that several options decide: the first one set gives its value here.

    In place of that, None stands for the option's own value, and a function for what it makes of it.
    """

    def __init__(self, **values: object) -> None:
        self.values = values

    def of(self, values: Values) -> Any:
        """Return the field's value."""
        own, value = next(
            ((values[name], value) for name, value in self.values.items() if _is_set(values[name])),
            (None, None),
        )
        if callable(value):
            return value(own)
        return own if value is None else value


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != ()


def gathered(settings: Callable[..., S], values: Values, /, **fields: str | Choice) -> S:
    """Return the settings whose `fields` are what these options say.

    Raises:
        UsageError: an option's value cannot be, or several together.
        InputFileError: the same, where the value is from a file.
    """
    try:
        return settings(
            **{
                field: source.of(values) if isinstance(source, Choice) else values[source]
                for field, source in fields.items()
            }
        )
    except SettingsError as error:
        names = {
            name
            for source in fields.values()
            for name in (source.values if isinstance(source, Choice) else [source])
        }
        raise _refused(error, values, names) from error


def _refused(error: SettingsError, values: Values, names: set[str]) -> DcmtoolError:
    """Return the error for a setting, naming what its value came from."""
    if any(each.name in names and _has(values[each.name], error.value) for each in values.parameters):
        return UsageError(f"Invalid parameter value: {error.fact}", _instead(error, values))
    for option in values.options:
        if option.secret or not values.is_given(option):
            continue  # of a secret it is not told whether it is the one; and what is built in is right
        if option.name in names and _has(values[option.name], error.value):
            if stored := values.stored(option):
                return stored.refused(f"{stored.key}: {error.fact}")
            return UsageError(f"Invalid value for {values.origin(option)}: {error.fact}")
    return UsageError(f"Invalid settings: {error.fact}")


def _instead(error: SettingsError, values: Values) -> list[str]:
    """Return what to type in place of an address that lacks its zone, or is of the other family."""
    if error.name != "host" or not isinstance(error.value, str):
        return []
    host, port = bare_host(error.value), str(values["port"])
    if zone_missing(host):
        return [f"{host}%eth0", port]
    return [host, port] if error.reason.endswith(OTHER_FAMILY) else []


def _has(value: object, wrong: object) -> bool:
    return value == wrong or (isinstance(value, tuple) and wrong in value)
