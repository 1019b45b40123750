"""`--show-settings`: what the settings are in the end, and where they come from."""

from collections.abc import Iterator
from typing import NamedTuple

from dcmtool.cli.grammar.command_line import HIDDEN
from dcmtool.cli.output.columns import (
    CYAN,
    DIM,
    GREEN,
    Styles,
    coloured,
    write_columns,
    write_json,
    write_line,
)
from dcmtool.config import places
from dcmtool.options.option import Option
from dcmtool.options.values import Rank, Values

BUILT_IN = "built-in"
_STYLES: Styles = {
    "SETTING": lambda _cell: CYAN,
    "VALUE": lambda _cell: "",
    "ORIGIN": lambda cell: DIM if cell == BUILT_IN else GREEN,
}


class SettingRow(NamedTuple):
    """What a setting is, and in words where that comes from; `always` says that it is shown in any case."""

    name: str
    value: object
    origin: str
    always: bool = False


def show(values: Values) -> None:
    """Write the parameters and each option that has a say and is not as it is built in, or all, those first.

    Where the report is to be JSON this is too, and has them all.
    """
    settings = list(_settings(values))
    if values["output"] in ("json", "ndjson"):
        write_json([{"setting": each.name, "value": each.value, "origin": each.origin} for each in settings])
        return
    first = [each for each in settings if each.always or each.origin != BUILT_IN]
    others = [each for each in settings if each not in first]
    shown = [*first, *(others if values["all"] else ())]
    rows = [(each.name, _text(each.value), each.origin) for each in shown]
    write_columns([("SETTING", "VALUE", "ORIGIN"), *rows], _STYLES)
    if len(shown) < len(settings):
        write_line(coloured(f"{len(others)} more are built in; --all shows them", DIM))


def _settings(values: Values) -> Iterator[SettingRow]:
    options = {option.long_name: option for option in values.options}
    for parameter in values.parameters:
        value = values[parameter.name]
        origin = "" if value is None else values.origin_of_parameters
        yield SettingRow(parameter.name, value, origin, always=True)
    nodes = options["--nodes"]
    node_file = values[nodes.name] or places.node_file() or ""
    yield SettingRow(nodes.key, node_file, _origin(values, nodes), always=True)
    for option in options.values():
        if option.settable and _has_a_say(values, option, options):
            value = values[option.name]
            hidden = option.secret and value is not None
            yield SettingRow(option.key, HIDDEN if hidden else value, _origin(values, option))


def _has_a_say(values: Values, option: Option, options: dict[str, Option]) -> bool:
    """Return whether an option is neither the loser of its block nor put out of effect by another."""
    if values.is_given(option):
        return True
    if option.block:
        return values[option.name] is True
    rivals = [options[name] for names in option.conflicts for name in names]
    return not any(map(values.is_given, rivals))


def _origin(values: Values, option: Option) -> str:
    return BUILT_IN if values.rank(option) is Rank.BUILT_IN else values.origin(option)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
