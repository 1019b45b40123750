"""dcmtool.pyz: one file that runs, from a cache that it makes."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from dcmtool import __version__
from tests.peers import pki
from tests.peers.programs import refusing_port
from tools.distribution import pyz
from tools.supply_chain import pins


class Made(NamedTuple):
    """The archive and its bill of materials."""

    archive: Path
    bill: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What `make pyz` makes."""
    archive = tmp_path_factory.mktemp("pyz") / "dcmtool.pyz"
    return Made(archive, pyz.make(archive))


@pytest.fixture(scope="module")
def archive(made: Made) -> Path:
    """The archive."""
    return made.archive


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


def test_its_bill_is_valid_and_lists_every_library_in_it(made: Made) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.bill) is None
    bill = json.loads(made.bill)
    with zipfile.ZipFile(made.archive) as archive:
        folders = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    packed = {tuple(folder.removesuffix(".dist-info").split("-")) for folder in folders}
    listed = [bill["metadata"]["component"], *bill["components"]]
    assert {(pins.normalized(name), version) for name, version in packed} == {
        (each["name"], each["version"]) for each in listed
    }
    assert all(each["licenses"] for each in listed)
    digest = hashlib.sha256(made.archive.read_bytes()).hexdigest()
    assert bill["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    made = []
    for number, moment in enumerate((1_000_000_000, 1_700_000_001)):
        folder = tmp_path / str(number)
        for name in ("b/second", "a") if number else ("a", "b/second"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
            os.utime(folder / name, (moment, moment))
        pyz._pack(folder, tmp_path / f"{number}.pyz")
        made.append((tmp_path / f"{number}.pyz").read_bytes())
    assert made[0] == made[1]


def test_a_library_s_record_lists_what_is_packed_of_it(made: Made) -> None:
    """And no path of the environment that it was packed from."""
    with zipfile.ZipFile(made.archive) as archive:
        names = {*archive.namelist()} - {"__main__.py", "made.json"}
        records = [archive.read(name).decode() for name in names if name.endswith(".dist-info/RECORD")]
    listed = {row[0] for record in records for row in csv.reader(record.splitlines())}
    assert {name for name in listed if f"dcmtool-{__version__}.data/" not in name} == names


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


OTHERS = {
    "others can write to it": 0o702,
    "its group can": 0o720,
    "others can write to what it lies in": 0o707,
}


@pytest.mark.parametrize(
    "what", ["no folder can be made", "it is somebody else's", "what it lies in is", *OTHERS]
)
def test_without_a_cache_it_leaves_nothing(
    archive: Path, cache: Path, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cache"
    if what == "no folder can be made":
        place.touch()
    elif what in OTHERS:
        shutil.copytree(cache, place, copy_function=os.link)
        within = place / "dcmtool"
        (within if "lies in" in what else next(within.iterdir())).chmod(OTHERS[what])
    elif os.getuid() == 0:
        shutil.copytree(cache, place, copy_function=os.link)
        within = place / "dcmtool"
        os.chown(within if what == "what it lies in is" else next(within.iterdir()), 1, -1)
    else:
        pytest.skip("only root can give a folder away")
    before = set(archive.parent.iterdir())
    assert run(archive, place, "--version").returncode == 0
    assert set(archive.parent.iterdir()) == before


@pytest.mark.parametrize("what", ["a link to another's", "a folder above that others can write to"])
def test_what_others_could_replace_is_not_run(
    archive: Path, cache: Path, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = tmp_path / "above"
    place = above / "cache"
    shutil.copytree(cache, place, copy_function=os.link)
    if what == "a link to another's":
        (folder,) = (place / "dcmtool").iterdir()
        folder.rename(tmp_path / "another")
        folder.symlink_to(tmp_path / "another")
    else:
        above.chmod(0o777)
    (mark,) = (each for each in (tmp_path).rglob("dcmtool/__main__.py"))
    mark.unlink()
    mark.write_text("raise SystemExit('planted')")
    done = run(archive, place, "--version")
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_sticky_folder_above_will_do(archive: Path, cache: Path, tmp_path: Path) -> None:
    above = tmp_path / "above"
    shutil.copytree(cache, above / "cache", copy_function=os.link)
    above.chmod(0o1777)
    (mark,) = (above / "cache" / "dcmtool").glob("*/dcmtool/__main__.py")
    text = mark.read_text()
    mark.unlink()
    mark.write_text(text.replace("def start", "print('from the cache')\n\n\ndef start", 1))
    assert run(archive, above / "cache", "--version").stdout.startswith("from the cache\n")


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
