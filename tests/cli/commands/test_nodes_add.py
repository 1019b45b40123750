"""`dcmtool nodes add`: a table more, and nothing else changed."""

import tomllib
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Configuration, refusal

OLD = b'# mine\r\n[nodes.pacs] # the archive\r\nhost = "h"\r\nport = 104\r\ncall = "PACS"'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, configuration: Configuration) -> Path:
    """The current folder."""
    configuration.monkeypatch.chdir(tmp_path)
    return tmp_path


def add(*args: str) -> int:
    return main(["nodes", "add", *args, "--nodes", "n.toml"])


@pytest.mark.parametrize(
    ("word", "entry"),
    [
        ("CT1@ct.example:11112", {"host": "ct.example", "port": 11112, "call": "CT1"}),
        ("CT1@ct.example", {"host": "ct.example", "port": 104, "call": "CT1"}),
        ("A@B@ct", {"host": "ct", "port": 104, "call": "A@B"}),
        ("10.0.0.1", {"host": "10.0.0.1", "port": 104}),
        ("[::1]:4242", {"host": "::1", "port": 4242}),
        ("CT 1@::1", {"host": "::1", "port": 104, "call": "CT 1"}),
    ],
)
def test_what_a_word_says(word: str, entry: dict[str, object], folder: Path) -> None:
    assert add("b.c", word, "--tag", "ct", "--tag", "ward 3") == 0
    text = (folder / "n.toml").read_text()
    assert tomllib.loads(text) == {"nodes": {"b.c": {**entry, "tags": ["ct", "ward 3"]}}}


def test_what_is_there_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for old, between in (
        (OLD, b"\n\n"),
        (OLD + b"\r\n", b"\r\n"),
        (OLD.replace(b"\r", b"") + b"\n\n", b"\n"),
        (b"\xef\xbb\xbf# mine\n", b"\n"),
        (b"", b""),
        (b"\n", b""),
    ):
        (folder / "n.toml").write_bytes(old)
        (folder / "n.toml").chmod(0o600)
        assert add("ct", "CT1@i") == 0
        end = b"\r\n" if old.endswith(b"\r\n") else b"\n"
        added = b'[nodes.ct]\nhost = "i"\nport = 104\ncall = "CT1"\n'.replace(b"\n", end)
        assert (folder / "n.toml").read_bytes() == old + between + added
        assert (folder / "n.toml").stat().st_mode & 0o777 == 0o600
        assert capsys.readouterr() == ("Added ct to n.toml\n", "")


def test_the_user_s_own_file_is_made(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not Path(configuration.nodes).exists()
    assert main(["nodes", "add", "ct", "CT1@i"]) == 0
    assert capsys.readouterr().out == f"Added ct to {configuration.nodes}\n"
    assert main(["nodes", "show", "ct"]) == 0


def test_a_node_that_is_there_already_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.toml").write_bytes(OLD)
    assert add("ct", "PACS@H:104") == 0
    same = "ct: it is the same node as pacs: host, port and title are the same"
    assert capsys.readouterr().err == f"Warning: {same}\n"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("pacs", "i"), "n.toml has a node 'pacs' already"),
        (("ct", "i:99999"), "port '99999' is out of range: from 1 to 65535"),
        (("ct", "i:x"), "port 'x' is not a number"),
        (("ct", "i:"), "port '' is not a number"),
        (
            ("ct", " @i"),
            "called AE title ' ' is empty: an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)",
        ),
        (
            ("ct", "SEVENTEEN-LETTERS@i"),
            "called AE title 'SEVENTEEN-LETTERS' has 17 characters: an AE title has at most 16 "
            "(PS3.5 6.2, VR AE)",
        ),
        (("ct", "127.1"), "host '127.1' is a number: a host is a name or a full address, such as 127.0.0.1"),
        (("ct", "a b"), "host 'a b' has a blank in it, as no name and no address has"),
        (("ct", ""), "host '' is empty: name a host or an address"),
        (("+ct", "i"), "'+ct' is no name of a node: it must be printable and not begin with -, + or @"),
        (("ct", "i", "--tag", " "), 'tags should be a list of texts, but is [" "]'),
        (("ct", "dicom://CT1@i:11112/"), "dicom://CT1@i:11112/ is a URL, which is no address here"),
    ],
)
def test_what_is_refused(
    args: tuple[str, ...], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "n.toml").write_bytes(OLD)
    assert refusal(["nodes", "add", *args, "--nodes", "n.toml"], capsys) == (1, f"Error: {sentence}")
    assert (folder / "n.toml").read_bytes() == OLD


def test_a_url_is_shown_as_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert add("ct", "dicom://CT1@i/") == 1
    assert "Example: dcmtool nodes add ct CT1@i:104\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[nodes.a\n",
            "n.toml: is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 9)",
        ),
        ("nodes = 1\n", "n.toml line 1: nodes should be a table, but is 1"),
        (
            'nodes = {a = {host = "h", port = 1}}\n',
            "n.toml: has its nodes in a form that no table can follow: write them as [nodes.NAME]",
        ),
        (
            '[nodes]\na = {host = "h", port = 1}\nct.port = 1\n',
            "n.toml has a node 'ct' already",
        ),
    ],
)
def test_a_file_that_cannot_be_added_to(
    text: str, sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "n.toml").write_text(text)
    code, said = refusal(["nodes", "add", "ct", "i", "--nodes", "n.toml"], capsys)
    assert (code, said) == (1 if "already" in sentence else 20, f"Error: {sentence}")
    assert (folder / "n.toml").read_text() == text


def test_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    expected = "Error: none/n.toml cannot be written: No such file or directory"
    assert refusal(["nodes", "add", "ct", "i", "--nodes", "none/n.toml"], capsys) == (40, expected)
