"""The wheel and the source archive: what is in them, and that they install and run."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from dcmtool import __version__
from tests.distribution.conftest import Installed
from tests.peers.programs import ROOT
from tests.peers.scp import verification_scp
from tools.distribution import packages

SHARE = f"dcmtool-{__version__}.data/data/share"


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of what is in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_module_and_what_lies_beside_it_is_there(names: set[str]) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dcmtool").rglob("*") if path.is_file()}
    expected = {name for name in files if "__pycache__" not in name}
    assert "dcmtool/py.typed" in expected
    assert {name for name in names if name.startswith("dcmtool/")} == expected


def test_nothing_else_is_importable(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"dcmtool"}


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ("completions/dcmtool.bash", "bash-completion/completions"),
        ("completions/_dcmtool", "zsh/site-functions"),
        ("completions/dcmtool.fish", "fish/vendor_completions.d"),
        ("**/*.1", "man/man1"),
        ("**/*.schema.json", "dcmtool/schemas"),
    ],
)
def test_shared_data(names: set[str], files: str, folder: str) -> None:
    """Man pages and schemas are to be shared from the day that there are some."""
    for path in ROOT.glob(files):
        if not path.is_relative_to(ROOT / ".venv"):
            assert f"{SHARE}/{folder}/{path.name.removesuffix('.bash')}" in names


def test_the_source_archive_gives_the_same_wheel(tmp_path: Path, names: set[str]) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(tmp_path / f"dcmtool-{__version__}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / f"dcmtool-{__version__}"
    assert {"tests", "README.md", "LICENSE", "Makefile"} <= {path.name for path in source.iterdir()}
    subprocess.run([*build, "-t", "wheel"], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(tmp_path / f"dcmtool-{__version__}-py3-none-any.whl") as archive_made:
        assert set(archive_made.namelist()) == names


def test_what_is_handed_out_has_its_bill_in_it_and_is_the_same_but_for_that(
    tmp_path: Path, names: set[str]
) -> None:
    """PEP 770; nothing of it depends on where or when it was built."""
    wheel = packages.build_wheel(tmp_path)
    inside = f"dcmtool-{__version__}.dist-info/sboms/dcmtool.cdx.json"
    with zipfile.ZipFile(wheel) as archive:
        assert {*archive.namelist()} - names == {inside}
        text = archive.read(inside).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert packages.bill_of(wheel) == text
    beside = json.loads(packages.bill_of(wheel, wheel))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert beside["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert beside["components"] == json.loads(text)["components"]


def test_the_program_runs(installed: Installed) -> None:
    done = installed.run("--version")
    assert (done.stdout.splitlines()[0], done.stderr, done.returncode) == (f"dcmtool v{__version__}", "", 0)
    asked = installed.run("-m", "dcmtool", "--version", program="python")
    assert (asked.stdout, asked.stderr, asked.returncode) == (done.stdout, "", 0)


def test_it_echoes(installed: Installed) -> None:
    with verification_scp() as scp:
        done = installed.run("-m", "dcmtool", "echo", "127.0.0.1", str(scp.port), program="python")
    assert (done.stdout, done.stderr, done.returncode, len(scp.echoes)) == ("", "", 0, 1)


TYPED = """\
import dcmtool

report = dcmtool.echo("127.0.0.1", 104, called_aet="PACS", timeouts=dcmtool.Timeouts(connect=5))
reveal_type(report.success)
if report.negotiated is not None:
    reveal_type(report.negotiated.max_pdu)
dcmtool.echo(104, "127.0.0.1")
"""


def test_its_types_are_seen(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "typed.py").write_text(TYPED)
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--python-executable",
        installed.python,
    ]
    command = [*mypy, "--cache-dir", str(ROOT / ".mypy_cache" / "installed"), "typed.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = [line.partition(": ")[2] for line in done.stdout.splitlines()]
    assert lines[:2] == ['note: Revealed type is "bool"', 'note: Revealed type is "int"']
    assert lines[2].endswith('matches argument types "int", "str"  [call-overload]')
    assert done.stdout.endswith("\nFound 1 error in 1 file (checked 1 source file)\n")


def test_it_is_the_installed_one_that_runs(installed: Installed) -> None:
    done = installed.run("-c", "import dcmtool; print(dcmtool.__file__)", program="python")
    assert Path(done.stdout).is_relative_to(installed.folder)


def test_completions_are_where_shells_look(installed: Installed) -> None:
    file = installed.folder / "share/bash-completion/completions/dcmtool"
    assert file.read_text() == installed.run("completion", "show", "bash").stdout
