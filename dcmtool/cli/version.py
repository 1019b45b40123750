"""What `--version` shows: dcmtool, the machine, and the libraries, none of which is loaded for it."""

import platform
import sys
from importlib import metadata

from dcmtool import __version__

LIBRARIES = ("click", "cryptography", "platformdirs", "pydicom", "pynetdicom", "rich")


def header(command: str, purpose: str) -> str:
    """Return the lines that what a command lists begins with."""
    lines = [
        f"dcmtool v{__version__}",
        "",
        f"{command}: {purpose}",
        "",
        f"Host type: {platform.system()} {platform.machine()}",
        f"Character encoding: {sys.getfilesystemencoding()}",
        f"Python: {platform.python_implementation()} {platform.python_version()}",
    ]
    return "\n".join(lines)


def version_text(command: str, purpose: str) -> str:
    """Return the lines that `--version` shows for a command."""
    libraries = [f"- {name} {_version(name)}" for name in LIBRARIES]
    return "\n".join([header(command, purpose), "", "Libraries:", *libraries])


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "(not installed)"
