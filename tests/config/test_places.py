"""Where the user's files are: as platformdirs says, mostly without asking it."""

import sys
from pathlib import Path

import platformdirs
import pytest

from dcmtool.config import places


@pytest.mark.parametrize(
    ("xdg", "home"),
    [
        ("/x/y", "/home/eva"),
        ("/x/y/", "/home/eva"),
        ("", "/home/eva"),
        (None, "/home/eva"),
        (None, "/home/eva/"),
        (None, "/"),
        (None, None),
        ("/x", None),
        (None, "relative"),
    ],
)
def test_the_folder_is_that_of_platformdirs(
    xdg: str | None, home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("XDG_CONFIG_HOME", xdg), ("HOME", home)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert Path(places.folder()) == Path(platformdirs.user_config_dir("dcmtool", appauthor=False))


def test_a_relative_one_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")  # as the XDG Base Directory Specification has it
    monkeypatch.setenv("HOME", "/home/eva")
    assert places.folder() == "/home/eva/.config/dcmtool"


def test_another_system_asks_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda name, **_: f"/Library/{name}")
    assert places.folder() == "/Library/dcmtool"


def test_nobody_has_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_name: str, appauthor: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(platformdirs, "user_config_dir", homeless)
    assert places.folder() == "~/.config/dcmtool"


def test_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    monkeypatch.delenv("DCMTOOL_NODES", raising=False)
    assert places.defaults_file() == "/x/dcmtool/dcmtool.toml"
    assert places.node_file() == "/x/dcmtool/nodes.toml"
    monkeypatch.setenv("DCMTOOL_NODES", "mine")
    assert places.node_file() == "mine"
    monkeypatch.setenv("DCMTOOL_NODES", "")
    assert places.node_file() == "/x/dcmtool/nodes.toml"
