"""How constraints.txt is made: what uv is asked, and what is said where that fails."""

import json
from pathlib import Path

import pytest

from tools.supply_chain import constraints, pins

# In place of uv: writes down what it was asked, makes a file, and has no wheel where it is told so.
UV = """\
import json, os, sys
with open("asked.json", "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if "--output-file" in sys.argv:
    with open(sys.argv[sys.argv.index("--output-file") + 1], "w") as file:
        file.write("one==1.0 \\\\\\n    --hash=sha256:" + "a" * 64)
elif os.environ.get("NO_WHEEL") in sys.argv:
    sys.exit("one has no usable wheels")
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the repository, with a uv of our own."""
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "__init__.py").touch()
    (tmp_path / "uv" / "__main__.py").write_text(UV)
    monkeypatch.setattr(pins, "ROOT", tmp_path)
    monkeypatch.setattr(pins, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(constraints, "VERSIONS", ("3.11", "3.14"))
    monkeypatch.setattr(constraints, "SYSTEMS", ("windows",))
    monkeypatch.delenv("NO_WHEEL", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("upgrade", "options"),
    [
        ("", []),
        ("all", ["--upgrade"]),
        ("one", ["--upgrade-package", "one", "--exclude-newer-package", "one=0 days"]),
    ],
)
def test_what_is_asked(
    place: Path, capsys: pytest.CaptureFixture[str], upgrade: str, options: list[str]
) -> None:
    constraints.write(upgrade)
    first, *others = map(json.loads, (place / "asked.json").read_text().splitlines())
    assert {"--universal", "--generate-hashes", "--all-extras", "--exclude-newer"} <= {*first}
    assert first[first.index("--output-file") + 2 :] == options
    for asked, version in zip(others, ("3.11", "3.14"), strict=True):
        assert {"--only-binary", "--python-version", version, "windows"} <= {*asked}
    assert capsys.readouterr().out.splitlines() == [
        "constraints.txt: 1 libraries, 1 hashes",
        "wheels for Python 3.11, 3.14 on windows",
    ]


def test_a_system_without_wheels(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_WHEEL", "3.14")
    with pytest.raises(
        SystemExit, match=r"^no wheels for Python 3\.14 on windows:\none has no usable wheels$"
    ):
        constraints.write("")
