"""DCMDICTPATH: which files, in what order, and what becomes of those that cannot be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcmtool.dictionary.sources import MAX_BYTES, MAX_COMPLAINTS, chosen, complaints, read
from dcmtool.errors import InputFileError
from tests.config.rights import ordinary

ENTRY = "(0010,0010)\tPN\tName\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def choose(monkeypatch: pytest.MonkeyPatch, *paths: str) -> None:
    """Set DCMDICTPATH."""
    monkeypatch.setenv("DCMDICTPATH", os.pathsep.join(paths))


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_there_is_nothing_to_load(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DCMDICTPATH", raising=False)
    if value is not None:
        monkeypatch.setenv("DCMDICTPATH", value)
    assert chosen() is None


def test_files_are_loaded_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a").write_text(ENTRY + "(0010,0020)\tLO\tOfA\n")
    (folder / "b;c").write_text("(0010,0010)\tLO\tOther\n")
    choose(monkeypatch, "", "a", "", "b;c", "")
    sources = chosen()
    assert sources is not None
    loaded = sources.parsed()
    assert sources.warnings() == []
    assert [file.path for file in loaded.files] == ["a", "b;c"]
    assert (loaded.label(0x00100010), loaded.label(0x00100020)) == (("LO", "Other"), ("LO", "OfA"))


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_no_dictionary_is_named_and_the_rest_loaded(
    folder: Path, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "good").write_text(ENTRY)
    (folder / "malformed").write_text("a\nb\n")
    choose(monkeypatch, *["missing", "malformed", "good"][::order])
    sources = chosen()
    assert sources is not None
    assert sorted(sources.warnings()) == [
        "the data dictionary malformed holds no entry of a data dictionary",
        "the data dictionary missing cannot be read: No such file or directory",
    ]
    assert sources.parsed().label(0x00100010) == ("PN", "Name")


def refusal_of(path: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the sentence for a DCMDICTPATH of which nothing can be loaded."""
    choose(monkeypatch, path)
    with pytest.raises(InputFileError) as caught:
        chosen()
    sentence = str(caught.value)
    assert sentence.isprintable()
    return sentence.removeprefix("DCMDICTPATH: no data dictionary could be loaded: ")


NO_ENTRY = "holds no entry of a data dictionary"
TOO_LARGE = f"is larger than {MAX_BYTES} bytes, as no data dictionary is"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", NO_ENTRY),
        (b"# only a comment\n\n", NO_ENTRY),
        (b"(0010,0010) PN Name\n", NO_ENTRY),
        (b"\x89PNG\r\n\x1a\n\0\0", "holds a NUL byte, so it is not a text file"),
        (b"\xff\xfe\x80" * 1000, NO_ENTRY),
        (b"x" * MAX_BYTES, NO_ENTRY),
        (b"(0010,0010)\tPN\tName" + b"e" * 3000, NO_ENTRY),
        (b"#" * (MAX_BYTES + 1), TOO_LARGE),
    ],
    ids=["empty", "comment", "blanks", "binary", "not text", "endless line", "long line", "huge"],
)
def test_a_file_that_is_no_dictionary(
    folder: Path, content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_bytes(content)
    assert refusal_of("file", monkeypatch) == f"file {reason}"


def test_names_that_lead_to_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("nowhere")
    for name, why in {
        "miss\x1b[2J": "No such file or directory",
        " ": "No such file or directory",
        ".": "Is a directory",
        "loop": "Too many levels of symbolic links",
        "dangling": "No such file or directory",
        "n" * 300: "File name too long",
    }.items():
        shown = name.replace("\x1b", "\\x1b")
        assert refusal_of(name, monkeypatch) == f"{shown} cannot be read: {why}"


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o755)
    (folder / "secret").write_text(ENTRY)
    (folder / "secret").chmod(0)
    with ordinary():
        assert refusal_of("secret", monkeypatch) == "secret cannot be read: Permission denied"


def test_an_endless_device_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of("/dev/zero", monkeypatch) == f"/dev/zero {TOO_LARGE}"


def test_a_variable_that_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of(":", monkeypatch) == "DCMDICTPATH: ':' names no data dictionary"


def test_several_that_are_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal_of(f"missing{os.pathsep}.", monkeypatch) == (
        "missing cannot be read: No such file or directory; . cannot be read: Is a directory"
    )


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("(0010,0010)\tPN\tGröße\n".encode(), "Größe"),
        ("\ufeff(0010,0010)\tPN\tGröße\n".encode(), "Größe"),
        ("(0010,0010)\tPN\tGröße\n".encode("latin-1"), "Größe"),
        (b"(0010,0010)\tPN\tName\r\n(0010,0020)\tLO\tOther\r\n", "Name"),
        (b"(0010,0010)\tPN\tName", "Name"),
    ],
    ids=["UTF-8", "byte order mark", "Latin-1", "CR LF", "no line end"],
)
def test_encodings_and_line_ends(
    folder: Path, raw: bytes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_bytes(raw)
    choose(monkeypatch, "file")
    sources = chosen()
    assert sources is not None
    loaded = sources.parsed()
    assert (loaded.label(0x00100010), loaded.bad()) == (("PN", name), [])


def test_a_pipe_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.write(writer, ENTRY.encode())
    os.close(writer)
    choose(monkeypatch, f"/dev/fd/{reader}")
    sources = chosen()
    os.close(reader)
    assert sources is not None
    assert len(sources.parsed()) == 1


def test_a_file_name_need_not_be_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = os.fsdecode(b"\xff")
    (folder / name).write_text(ENTRY)
    assert read(name) == ENTRY


def test_bad_lines_are_complained_about_up_to_a_screenful(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a").write_text(ENTRY + "bad\n" * 2)
    (folder / "b").write_text(ENTRY + "bad\n" * MAX_COMPLAINTS)
    choose(monkeypatch, "a", "b")
    sources = chosen()
    assert sources is not None
    said = complaints(sources.parsed())
    too_few = "too few fields: 1 where tag, VR and name belong, each after a single tab"
    assert said[:3] == [f"a:2: {too_few}", f"a:3: {too_few}", f"b:2: {too_few}"]
    assert said[MAX_COMPLAINTS:] == ["2 more lines of data dictionaries were skipped"]


def test_checking_that_one_can_be_loaded_parses_none(folder: Path) -> None:
    (folder / "file").write_text(ENTRY)
    program = "from dcmtool.dictionary import sources; sources.chosen(); import sys; print(*sys.modules)"
    environment = {**os.environ, "DCMDICTPATH": "file", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "dcmtool.dictionary.lines" in loaded
    assert not {"dcmtool.dictionary.table", "pydicom"} & loaded
