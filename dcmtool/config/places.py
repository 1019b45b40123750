"""Where the user's files are: the node file and the defaults, in the folder that the system has for them."""

import os
import sys

NODES = "DCMTOOL_NODES"  # the environment variable that names another node file


def node_file() -> str:
    """Return the path of the node file that the environment names, or else of the user's own."""
    return os.environ.get(NODES) or os.path.join(folder(), "nodes.toml")


def defaults_file() -> str:
    """Return the path of the file with the defaults of the commands."""
    return os.path.join(folder(), "dcmtool.toml")


def folder() -> str:
    """Return the user's configuration folder, which need not exist.

    On Linux it mostly takes no more than a look at the environment; platformdirs takes 8 ms to load.
    """
    if sys.platform == "linux":
        base = os.environ.get("XDG_CONFIG_HOME", "")
        if os.path.isabs(base):
            return os.path.join(base, "dcmtool")
        if os.path.isabs(os.environ.get("HOME", "")):
            return os.path.expanduser("~/.config/dcmtool")
    from platformdirs import user_config_dir

    try:
        return user_config_dir("dcmtool", appauthor=False)
    except RuntimeError:  # nobody knows of a home
        return os.path.join("~", ".config", "dcmtool")
