"""`dcmtool.toml`: what the options of a command are where nothing else says, in `[defaults.COMMAND]`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dcmtool.config import places
from dcmtool.config.toml_text import load_if_there, table_of

COMMANDS = ("echo",)  # those that take defaults


class Defaults(NamedTuple):
    """The defaults of a command as they stand in the file, and the file."""

    path: str
    table: str
    settings: Mapping[str, Any]


def of(command: str) -> Defaults | None:
    """Return the defaults of a command, None where the user has no such file.

    Raises `InputFileError` for a file that cannot be used.
    """
    path = places.defaults_file()
    tables = load_if_there(path, "configuration")
    if tables is None:
        return None
    defaults = table_of(path, tables, "defaults", ("defaults",))
    return Defaults(path, f"defaults.{command}", table_of(path, defaults, command, COMMANDS))
