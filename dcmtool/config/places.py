"""Where the user's files are: the node file and the defaults, in the folder that the system has for them."""

import os
import sys

NODES = "DCMTOOL_NODES"  # the environment variable that names another node file


def node_file() -> str | None:
    """Return the path of the node file that the environment names, or else of the user's own."""
    return os.environ.get(NODES) or _within("nodes.toml")


def defaults_file() -> str | None:
    """Return the path of the file with the defaults of the commands."""
    return _within("dcmtool.toml")


def _within(name: str) -> str | None:
    base = folder()
    return None if base is None else os.path.join(base, name)


def folder() -> str | None:
    """Return the user's configuration folder, which need not exist; None for a user without a home.

    What is not absolute would be in the current folder, which may be anybody's: it is not used unasked.
    On Linux it takes no more than a look at the environment; platformdirs takes 8 ms to load.
    """
    if sys.platform == "linux":
        base = os.environ.get("XDG_CONFIG_HOME", "")
        if os.path.isabs(base):
            return os.path.join(base, "dcmtool")
        return _absolute(os.path.expanduser("~/.config/dcmtool"))
    else:  # noqa: RET505 - mypy reads it for another platform
        from platformdirs import user_config_dir

        try:
            return _absolute(user_config_dir("dcmtool", appauthor=False))
        except RuntimeError:  # there is no home folder
            return None


def _absolute(path: str) -> str | None:
    return path if os.path.isabs(path) else None
