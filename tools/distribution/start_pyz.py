"""The `__main__` of dcmtool.pyz: unpack once into the user's cache folder, then run from there.

Python cannot import compiled libraries (cryptography's, cffi's) from within an archive. This file must be
readable for every Python 3, so that a wrong one is told so.
"""

import atexit
import json
import os
import shutil
import stat
import sys
import tempfile
import zipfile

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def start() -> None:
    """Run the command line, if this is the Python that the libraries are for."""
    archive = sys.path[0]
    with zipfile.ZipFile(archive) as packed:
        made = json.loads(packed.read("made.json"))
        here = [sys.implementation.cache_tag, sys.platform, os.uname().machine]
        if made["for"] != here:
            sys.exit(
                f"Error: {os.path.basename(archive)} was made for {' '.join(made['for'])} and this is "
                f"{' '.join(here)}: run it with the one that it was made for, or make another by `make pyz`."
            )
        sys.path[0] = unpacked(packed, made["name"])
    from dcmtool.__main__ import start as run

    run()


def unpacked(packed: zipfile.ZipFile, name: str) -> str:
    """Return the folder in which the archive is unpacked; one for this run alone where no cache can be."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):  # has no meaning by the XDG Base Directory Specification
        cache = os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):  # nobody knows of a home
        return temporary(packed)
    parent = os.path.join(cache, "dcmtool")
    folder = os.path.join(parent, name)
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        # What somebody else may write to or replace must not be run, least of all by root.
        parent = os.path.realpath(parent)
        folder = os.path.join(parent, name)
        if not is_ours_alone(parent):
            return temporary(packed)
        if os.path.lexists(folder):
            return folder if is_ours_alone(folder) else temporary(packed)
        partial = tempfile.mkdtemp(dir=parent)
    except OSError:
        return temporary(packed)
    try:
        extract(packed, partial)
        os.rename(partial, folder)
    except OSError:  # another process was first, or the disk is full
        shutil.rmtree(partial, ignore_errors=True)
        return folder if os.path.isdir(folder) and is_ours_alone(folder) else temporary(packed)
    return folder


def is_ours_alone(folder: str) -> bool:
    """Return whether nobody but us and root can write to a folder, or put another in its place.

    So it has to be ours, and those above it ours or root's; one that others write to, as to /tmp, has to be
    sticky, so that they cannot rename what is ours.
    """
    status = os.lstat(folder)
    if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode) or status.st_mode & OTHERS_WRITE:
        return False
    above = os.path.dirname(folder)
    while True:
        status = os.lstat(above)
        is_open = status.st_mode & OTHERS_WRITE and not status.st_mode & stat.S_ISVTX
        if status.st_uid not in (os.getuid(), 0) or not stat.S_ISDIR(status.st_mode) or is_open:
            return False
        if above == os.path.dirname(above):
            return True
        above = os.path.dirname(above)


def temporary(packed: zipfile.ZipFile) -> str:
    """Unpack into a folder that is removed at the end of the run."""
    try:
        folder = tempfile.mkdtemp(prefix="dcmtool-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        extract(packed, folder)
    except OSError as error:
        sys.exit(f"Error: {os.path.basename(sys.path[0])} cannot be unpacked: {error.strerror}")
    return folder


def extract(packed: zipfile.ZipFile, folder: str) -> None:
    """Unpack all but what only the archive needs."""
    packed.extractall(
        folder, [name for name in packed.namelist() if name not in ("made.json", "__main__.py")]
    )


if __name__ == "__main__":
    start()
