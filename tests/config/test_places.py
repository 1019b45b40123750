"""Where the user's files are: as platformdirs says, mostly without asking it."""

import os
import pwd
import sys
from pathlib import Path

import platformdirs
import pytest

from dcmtool.config import defaults, nodes, places
from dcmtool.errors import UnknownNode


@pytest.mark.parametrize(
    ("xdg", "home", "folder"),
    [
        ("/x/y", "/home/eva", "/x/y/dcmtool"),
        ("/x/y/", "/home/eva", "/x/y/dcmtool"),
        ("", "/home/eva", "/home/eva/.config/dcmtool"),
        (None, "/home/eva", "/home/eva/.config/dcmtool"),
        (None, "/home/eva/", "/home/eva/.config/dcmtool"),
        (None, "/", "/.config/dcmtool"),
        (None, "", "/.config/dcmtool"),
        ("/x", None, "/x/dcmtool"),
        # What is relative has no meaning (XDG Base Directory Specification), and is not read from here.
        ("relative", "/home/eva", "/home/eva/.config/dcmtool"),
        ("relative", "here", None),
        (None, "here", None),
        (None, ".", None),
    ],
)
def test_the_folder(
    xdg: str | None, home: str | None, folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("XDG_CONFIG_HOME", xdg), ("HOME", home)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert places.folder() == folder
    assert places.defaults_file() == (folder and f"{folder}/dcmtool.toml")
    if folder is not None and home != "":
        assert Path(folder) == Path(platformdirs.user_config_dir("dcmtool", appauthor=False))


def test_the_system_s_list_of_users_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    home = pwd.getpwuid(os.getuid()).pw_dir
    assert places.folder() == f"{home}/.config/dcmtool"


def test_a_user_without_an_entry_in_it_has_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs with any user's number: `~` is then a folder of the current one."""

    def nobody(_number: int) -> object:
        raise KeyError

    here = tmp_path / "~" / ".config" / "dcmtool"
    here.mkdir(parents=True)
    (here / "dcmtool.toml").write_text("[defaults.echo]\nquiet = true\n")
    (here / "nodes.toml").write_text('[nodes.pacs]\nhost = "h"\nport = 1\n')
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "HOME", "DCMTOOL_NODES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert places.folder() is None
    assert defaults.of("echo") is None
    file = nodes.read(None)
    assert file.names == ()
    with pytest.raises(UnknownNode) as caught:
        file.node("pacs")
    assert str(caught.value) == (
        "there is no node 'pacs', as there is no file nodes.toml, for want of a home folder"
    )


def test_another_system_asks_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda name, **_: f"/Library/{name}")
    assert places.folder() == "/Library/dcmtool"


@pytest.mark.parametrize("answer", ["relative", RuntimeError("could not determine the home directory")])
def test_another_system_knows_of_no_home(answer: str | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_name: str, appauthor: object) -> str:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(platformdirs, "user_config_dir", asked)
    assert places.folder() is None


def test_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    monkeypatch.delenv("DCMTOOL_NODES", raising=False)
    assert places.defaults_file() == "/x/dcmtool/dcmtool.toml"
    assert places.node_file() == "/x/dcmtool/nodes.toml"
    monkeypatch.setenv("DCMTOOL_NODES", "mine")
    assert places.node_file() == "mine"
    monkeypatch.setenv("DCMTOOL_NODES", "")
    assert places.node_file() == "/x/dcmtool/nodes.toml"
