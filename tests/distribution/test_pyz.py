"""dcmtool.pyz: one file that runs, from a cache that it makes."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dcmtool import __version__
from distribution import pyz
from tests.peers import pki
from tests.peers.programs import refusing_port


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive."""
    made = tmp_path_factory.mktemp("pyz") / "dcmtool.pyz"
    pyz.make(made)
    return made


def run(
    archive: Path, cache: Path, *args: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it with a bare Python, without the libraries of the environment that runs the tests."""
    python = os.path.realpath(sys.executable)
    return subprocess.run(
        [python, "-S", "-E", archive, *args],
        env={
            "XDG_CACHE_HOME": str(cache),
            "HOME": str(cache),
            "TMPDIR": str(archive.parent),
            **(env or {}),
        },
        cwd=archive.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def cache(archive: Path) -> Path:
    """A cache folder that the first run has filled."""
    folder = archive.parent / "cache"
    done = run(archive, folder, "--version")
    assert (done.stdout.splitlines()[0], done.stderr, done.returncode) == (f"dcmtool v{__version__}", "", 0)
    assert "(not installed)" not in done.stdout
    return folder


def test_it_is_unpacked_once(archive: Path, cache: Path) -> None:
    (folder,) = (cache / "dcmtool").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    mark = folder / "mark"
    mark.touch()
    assert run(archive, cache, "--help").returncode == 0
    assert list((cache / "dcmtool").iterdir()) == [folder]
    assert mark.exists()


def test_it_echoes(archive: Path, cache: Path) -> None:
    with refusing_port() as port:
        done = run(archive, cache, "echo", "127.0.0.1", str(port))
    sentence = f"no connection to 127.0.0.1 port {port}: Connection refused"
    assert (done.stderr, done.returncode) == (f"F: Association Request Failed: {sentence}\n", 60)


def test_compiled_libraries_work(archive: Path, cache: Path, tmp_path: Path) -> None:
    cast = pki.standard()
    files = (cast.root.certificate_file(tmp_path), cast.server.certificate_file(tmp_path))
    done = run(archive, cache, "echo", "+cf", files[0], "+vc", files[1])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", ["no folder can be made", "it is somebody else's", "what it lies in is"])
def test_without_a_cache_it_leaves_nothing(
    archive: Path, cache: Path, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cache"
    if what == "no folder can be made":
        place.touch()
    elif os.getuid() == 0:
        shutil.copytree(cache, place, copy_function=os.link)
        within = place / "dcmtool"
        os.chown(within if what == "what it lies in is" else next(within.iterdir()), 1, -1)
    else:
        pytest.skip("only root can give a folder away")
    before = set(archive.parent.iterdir())
    assert run(archive, place, "--version").returncode == 0
    assert set(archive.parent.iterdir()) == before


@pytest.mark.parametrize("named", ["", "relative"])
def test_the_cache_is_the_home_s_where_none_is_named(
    archive: Path, cache: Path, tmp_path: Path, named: str
) -> None:
    shutil.copytree(cache / "dcmtool", tmp_path / ".cache" / "dcmtool", copy_function=os.link)
    before = set(archive.parent.iterdir())
    environment = {"XDG_CACHE_HOME": named, "HOME": str(tmp_path)}
    assert run(archive, cache, "--version", env=environment).returncode == 0
    assert set(archive.parent.iterdir()) == before


def test_several_may_come_first(archive: Path, tmp_path: Path) -> None:
    """By a link, from another folder, at the same time."""
    link = tmp_path / "link"
    link.symlink_to(archive)
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(run, link, tmp_path / "cache", "schema", "echo") for _ in range(3)]
    assert {(done.result().stderr, done.result().returncode) for done in runs} == {("", 0)}
    assert len(list((tmp_path / "cache" / "dcmtool").iterdir())) == 1


def test_no_room_is_said(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 1000; exec "$@"', "sh", os.path.realpath(sys.executable), "-S", archive],
        env={"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == "Error: dcmtool.pyz cannot be unpacked: File too large\n"
    assert not list((tmp_path / "temporary").iterdir())
    assert not list((tmp_path / "cache" / "dcmtool").iterdir())


def test_another_python_is_told_so(archive: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.pyz"
    with zipfile.ZipFile(archive) as ours, zipfile.ZipFile(changed, "w") as theirs:
        theirs.writestr("__main__.py", ours.read("__main__.py"))
        theirs.writestr("made.json", '{"name": "x", "for": ["cpython-39", "sunos", "sparc"]}')
    done = run(changed, tmp_path, "--version")
    here = f"{sys.implementation.cache_tag} {sys.platform} {os.uname().machine}"
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == (
        f"Error: changed.pyz was made for cpython-39 sunos sparc and this is {here}: "
        "run it with the one that it was made for, or make another by `make pyz`.\n"
    )
