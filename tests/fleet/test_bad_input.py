"""What a sweep is not given right: one sentence that names it, the exit code, and nothing is sent."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dcmtool.cli.main import main
from tests.peers.vocabulary import Accept, Serve
from tests.setups.door import Player

SECONDS = ("--deadline", "5")


class Good(NamedTuple):
    """A node that is in order, which stands in each list, and what is opened there."""

    door: Player

    @property
    def word(self) -> str:
        """The node in one word."""
        return f"127.0.0.1:{self.door.port}"

    @property
    def entry(self) -> str:
        """The node in a file, before all others."""
        return f'[nodes.good]\nhost = "127.0.0.1"\nport = {self.door.port}\n'


@pytest.fixture(scope="module")
def listening() -> Iterator[Player]:
    """A node that nothing is to be sent to."""
    with Player((Accept(), Serve())) as door:
        yield door


@pytest.fixture
def good(listening: Player) -> Iterator[Good]:
    """The same; whatever a test opens there is none of the next one's."""
    yield Good(listening)
    listening.visits.clear()


def refused(
    args: list[str], capsys: pytest.CaptureFixture[str], good: Good, lines: int = 1
) -> tuple[int, str]:
    """Return the exit code and the sentences of a sweep that must not begin."""
    code = main(["sweep", *args])
    out, err = capsys.readouterr()
    assert (out, good.door.visits) == ("", [])
    *usage, last = err.split("\nError: ") if err.startswith("Usage: ") else [err]
    sentences = [line.removeprefix("Error: ") for line in last.splitlines()]
    assert len(sentences) == lines, err
    assert all(each.isprintable() for each in sentences)
    assert not usage or code == 1
    return code, last


def given(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this on standard input."""
    raw = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


WORDS = {
    "http://h:104": "URL",
    "pacs 104": "it has a blank in it: type pacs:104",
    "dicom://PACS@h:104/": "URL",
    "h:99999": "65535",
    "h:0": "65535",
    "h:": "port",
    "h:dicom": "port",
    "h:1.5": "port",
    "[::1]:x": "port",
    "SEVENTEEN_LETTERS@h:104": "at most 16",
    "A\\B@h:104": "backslash",
    "GRÖSSE@h:104": "non-ASCII",
    " @h:104": "empty",
    "*": "pattern",
    "PACS@*:104": "pattern",
    "pacs*": "pattern",
    "0": "number",
    "104": "number",
    "127.1": "number",
    "127.0.0.010": "number",
    "0x7f000001:104": "number",
    "": "empty",
    " ": "empty",
    "h;104": "; in it",
    "@": "empty",
    "PACS@": "empty",
    ":104": "empty",
    "[]:104": "empty",
    "[::1": "bracket",
    "::1]": "bracket",
    "fe80::1": "zone",
    "\x1b[31mh:104x": "\\x1b[31mh",
    "\x1b]0;owned\x07*": "\\x1b]0;owned",
    "h" * 5000 + ":x": "...",
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_is_no_node(word: str, good: Good, capsys: pytest.CaptureFixture[str]) -> None:
    code, sentence = refused([good.word, "--", word], capsys, good)
    assert code == 1
    assert WORDS[word] in sentence
    assert len(sentence) < 600


def test_a_word_that_is_near_the_name_of_a_node(
    tmp_path: Path, good: Good, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "near.toml"
    path.write_text(f'[nodes.archive]\nhost = "127.0.0.1"\nport = {good.word.rpartition(":")[2]}\n')
    assert main(["sweep", "--nodes", str(path), "archiv", "*"]) == 1  # which begins nothing
    sentence = f"'archiv' is no node of {path}, and taken for a host (did you mean archive?)"
    assert sentence in capsys.readouterr().err
    assert good.door.visits == []


def test_all_of_them_are_named_each_with_its_line(
    good: Good, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given(f"# nodes\n{good.word}\r\n\n  h:99999  # no\n\nhttp://h\n{good.word}\n*", monkeypatch)
    code, sentences = refused(["-", "127.1"], capsys, good, lines=4)
    assert code == 1
    first, second, third, fourth = sentences.splitlines()
    for sentence, line, word in (
        (first, 4, "'h:99999'"),
        (second, 6, "'http://h'"),
        (third, 8, "'*'"),
    ):
        assert f"line {line} of standard input" in sentence
        assert word in sentence
    assert "'127.1'" in fourth


def test_thousands_of_them_fill_no_screen(
    good: Good, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given("h:99999\n" * 5000, monkeypatch)
    assert main(["sweep", good.word, "-"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) <= 25
    assert "4980" in lines[-1]
    assert good.door.visits == []


def test_the_others_where_that_is_wished(
    good: Good, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given(f"h:99999\nA@{good.word}\n", monkeypatch)
    assert main(["sweep", "--keep-going", *SECONDS, "-", good.word, "*"]) == 1
    out, err = capsys.readouterr()
    assert len(good.door.visits) == 2
    assert [out.count(word) for word in (f"A@{good.word}", "*")] == [1, 0]
    assert ["'h:99999'" in err, "'*'" in err] == [True, True]


STDIN = {
    "NUL": (b"pacs:104\n\0", "NUL"),
    "too large": (b"#" * (4 << 20) + b"\n", "larger than 4194304 bytes"),
}


@pytest.mark.parametrize("name", STDIN)
def test_standard_input_that_is_no_list(
    name: str, good: Good, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, words = STDIN[name]
    given(raw, monkeypatch)
    code, sentence = refused([good.word, "-"], capsys, good)
    assert code == 20
    assert "standard input" in sentence
    assert words in sentence


A = '[nodes."a b"]\nhost = "h"\nport = 104\n'
HOST, PORT = '[nodes."a b"]\nhost = {}\nport = 104\n', '[nodes."a b"]\nhost = "h"\nport = {}\n'
FILES: dict[str, tuple[str | bytes, str, str]] = {
    "no TOML": ('[nodes."a b"]\nhost = h\n', "is not valid TOML", "line 5"),
    "no UTF-8": (b'[nodes.a]\nhost = "\xff"\n', "is not UTF-8", "byte"),
    "NUL": (b"\0", "NUL", ""),
    "too large": ("#" * (4 << 20), "is larger than 4194304 bytes", ""),
    "another table": ("[node.a]\n", "node", "nodes"),
    "a key twice": (A + "port = 1\n", "is not valid TOML", "line 7"),
    "a node twice": (A + A, "is not valid TOML", "line 7"),
    "no table": ("[nodes]\na = 1\n", "[nodes.a]", "table"),
    "no host": ('[nodes."a b"]\nport = 104\n', '[nodes."a b"]', "has no host"),
    "no port": ('[nodes."a b"]\nhost = "h"\n', '[nodes."a b"]', "has no port"),
    "a host that is a number": (HOST.format("1"), '[nodes."a b"]', "host"),
    "a host that is empty": (HOST.format('" "'), '[nodes."a b"]', "host"),
    "a host that is a pattern": (HOST.format('"*"'), '[nodes."a b"]', "host '*'"),
    "a host that is no address": (HOST.format('"127.1"'), '[nodes."a b"]', "host '127.1'"),
    "a port that is text": (PORT.format('"104"'), '[nodes."a b"]', "port"),
    "a port that cannot be": (PORT.format("99999"), '[nodes."a b"]', "port '99999'"),
    "a title of 17": (f'{A}call = "SEVENTEEN_LETTERS"\n', '[nodes."a b"]', "call"),
    "a title that is a number": (f"{A}aetitle = 5\n", '[nodes."a b"]', "aetitle"),
    "a budget of no time": (f"{A}deadline = 0\n", '[nodes."a b"]', "deadline"),
    "an unknown key": (f'{A}kall = "X"\n', '[nodes."a b"]', "kall"),
    "a secret": (f'{A}use-passwd = "X"\n', '[nodes."a b"]', "use-passwd"),
    "tags as one text": (f'{A}tags = "ct"\n', '[nodes."a b"]', "tags"),
    "a tag that is empty": (f'{A}tags = [""]\n', '[nodes."a b"]', "tags"),
    "no reason": (f"{A}do-not-probe = true\n", '[nodes."a b"]', "do-not-probe"),
    "TLS that is none": (f'{A}tls = "yes"\n', '[nodes."a b"]', "tls"),
    "an authority that is not there": (
        f'{A}tls = "anonymous"\nadd-cert-file = ["none.pem"]\n',
        "none.pem",
        "",
    ),
    "a dot in its name": ('[nodes.a.b]\nhost = "h"\nport = 104\n', "[nodes.a]", ""),
    "a name like an option": (A.replace("a b", "-v"), "[nodes.-v]", "name"),
    "a name that steers": (A.replace("a b", "\\u001b[2J"), "u001b[2J", "name"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_names_itself_the_table_and_the_field(
    name: str, good: Good, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, *words = FILES[name]
    raw = content if isinstance(content, bytes) else content.encode()
    file = tmp_path / "nodes.toml"
    file.write_bytes(good.entry.encode() + raw)
    code, sentence = refused(["--nodes", str(file), "--all"], capsys, good)
    assert code == 20
    assert str(tmp_path) in sentence
    assert [word for word in words if word not in sentence] == []
    assert len(sentence) < 600


def test_files_that_are_none(good: Good, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path / "none", tmp_path):
        code, sentence = refused(["--nodes", str(path), "--all"], capsys, good)
        assert code == 20
        assert str(path) in sentence


EMPTY = {"nothing": "", "blanks and comments": "\n \n# pacs:104\n"}


@pytest.mark.parametrize("name", EMPTY)
def test_no_node_at_all_is_no_success(
    name: str, good: Good, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given(EMPTY[name], monkeypatch)
    code, _ = refused(["-"], capsys, good)
    assert code == 1


def test_what_nothing_is_chosen_by(good: Good, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, empty = tmp_path / "nodes.toml", tmp_path / "empty.toml"
    file.write_text(f'{good.entry}tags = ["ct"]\n')
    empty.write_text("")
    for args, word in (
        (["--nodes", str(file), "--tag", "xray"], "xray"),
        (["--nodes", str(file), "--tag", "ct", "--tag", "xray"], "xray"),
        (["--nodes", str(empty), "--all"], str(empty)),
    ):
        code, sentence = refused(args, capsys, good)
        assert code in (1, 20)
        assert word in sentence
