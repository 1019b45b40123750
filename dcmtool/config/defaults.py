"""`dcmtool.toml`: the values of a command's options where nothing else gives one, in `[defaults.COMMAND]`."""

import os
from collections.abc import Mapping
from typing import Any

from dcmtool.config import places
from dcmtool.named_tuple import NamedTuple

COMMANDS = ("echo", "scp", "explain", "tap")  # those that take defaults of their own
OTHERS = ("diagnose", "sweep")  # those that take the defaults of echo


class Defaults(NamedTuple):
    """The defaults of a command as they stand in the file, and the file."""

    path: str
    table: str
    settings: Mapping[str, Any]


def of(command: str, running: str = "") -> Defaults | None:
    """Return the defaults of a command, None where the user has no such file.

    A table of the command that is `running`, where that takes the defaults of another, is refused.

    Raises `InputFileError` for a file that cannot be used.
    """
    path = places.defaults_file()
    if path is None or not os.path.lexists(path):
        return None
    from dcmtool.config.toml_text import load_if_there, refused, table_of

    tables = load_if_there(path, "configuration")
    if tables is None:
        return None
    defaults = table_of(path, tables, "defaults", ("defaults",))
    if running in OTHERS and running in defaults:
        raise refused(path, f"[defaults.{running}] is not read: [defaults.{command}] is", "defaults", running)
    own = {name: table for name, table in defaults.items() if name not in OTHERS}
    return Defaults(path, f"defaults.{command}", table_of(path, own, command, COMMANDS, "defaults"))
