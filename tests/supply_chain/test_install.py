"""Installing what is pinned, with pip itself and packages of our own, without an index."""

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from tools.supply_chain import install

PIP = [sys.executable, "-m", "pip"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two wheels, the only ones that pip finds; what it installs goes into another."""
    for name, version in (("above", "2.0"), ("below", "1.0"), ("below", "1.1")):
        needs = "Requires-Dist: below\n" if name == "above" else ""
        wheel = tmp_path / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            folder = f"{name}-{version}.dist-info"
            archive.writestr(f"{name}.py", f"version = {version!r}\n")
            metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
            archive.writestr(f"{folder}/METADATA", metadata)
            archive.writestr(
                f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{folder}/RECORD", "")
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_TARGET": str(tmp_path / "installed"),
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def constraints(place: Path, **versions: str) -> Path:
    """Write a constraints file of these versions, with the hashes of their wheels as they are now."""
    lines = []
    for name, version in versions.items():
        wheel = place / f"{name}-{version}-py3-none-any.whl"
        digest = hashlib.sha256(wheel.read_bytes() if wheel.exists() else b"").hexdigest()
        user = "above" if name == "below" else "dcmtool (pyproject.toml)"
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n    # via {user}\n")
    file = place / "constraints.txt"
    file.write_text("".join(lines))
    return file


def installed(place: Path) -> dict[str, str]:
    """Return the versions of what is installed."""
    found = place.glob("installed/*.py")
    return {path.stem: path.read_text().split("'")[1] for path in found}


def test_the_pinned_versions_are_installed(place: Path) -> None:
    install.install(PIP, constraints(place, above="2.0", below="1.0"), ["above>=1"], "test")
    assert installed(place) == {"above": "2.0", "below": "1.0"}


def test_without_constraints_the_newest_are(place: Path) -> None:
    install.install(PIP, None, ["above>=1"], "test")
    assert installed(place) == {"above": "2.0", "below": "1.1"}


def test_a_replaced_file_is_not_installed_and_no_way_round_is_shown(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = constraints(place, above="2.0", below="1.0")
    with zipfile.ZipFile(place / "below-1.0-py3-none-any.whl", "a") as archive:
        archive.writestr("more.py", "planted = True\n")
    with pytest.raises(SystemExit, match=r"^A file is not the one whose hash is in constraints\.txt") as stop:
        install.install(PIP, file, ["above>=1"], "test")
    assert "CONSTRAINTS=" not in str(stop.value)
    assert "below" in capfd.readouterr().err  # pip names it
    assert installed(place) == {}


def test_a_system_without_a_wheel_is_told_the_way_round(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = constraints(place, above="2.0", below="9.9")
    with pytest.raises(SystemExit, match=r"`make CONSTRAINTS= test` takes any versions that fit"):
        install.install(PIP, file, ["above>=1"], "test")
    assert "No matching distribution found for below==9.9" in capfd.readouterr().err


def test_what_cannot_be_had_at_all() -> None:
    failing = [sys.executable, "-c", "raise SystemExit(1)"]
    with pytest.raises(SystemExit, match=r"^pip cannot install what pyproject\.toml asks for\.$"):
        install.install(failing, None, ["other"], "test")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file or directory"),
        ("above\n", "line 1 is no pin"),
        ("", "no pin for above: run `make constraints`"),
    ],
)
def test_constraints_that_cannot_be_used(place: Path, text: str | None, reason: str) -> None:
    file = place / "constraints.txt"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SystemExit, match=rf"^constraints\.txt cannot be used: .*{reason}"):
        install.install(PIP, file, ["above>=1"], "test")
