"""`dcmtool nodes check`: everything that is wrong or odd, each with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.commands.nodes import checking
from dcmtool.cli.main import main
from tests.cli.configuration import Configuration

Found = list[tuple[str, str | None, str | None, str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, configuration: Configuration) -> Path:
    """The current folder, where the node file is."""
    configuration.monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(text: str, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, Found]:
    """Return the exit code, and of each problem its kind, its table, its field, and its text."""
    Path("n.toml").write_text(text, encoding="utf-8")
    code = main(["nodes", "check", "--nodes", "n.toml", "--output", "json", *args])
    document = json.loads(capsys.readouterr().out)
    assert document["file"] == "n.toml"
    assert {each["file"] for each in document["problems"]} <= {"n.toml"}
    problems = [
        (each["kind"], each["table"], each["field"], each["problem"]) for each in document["problems"]
    ]
    return code, problems


def node(name: str, host: str = "h", port: object = 104, more: str = "") -> str:
    """Return an entry of a node file."""
    return f'[nodes.{name}]\nhost = "{host}"\nport = {port}\n{more}\n'


def test_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    text = node("a", more='call = "A"\ntags = ["x"]') + node("b", "::1", 11112, 'tls = "anonymous"')
    assert checked(text, capsys) == (0, [])
    assert main(["nodes", "check", "--nodes", "n.toml"]) == 0
    assert capsys.readouterr() == ("", "n.toml: 2 nodes, 0 errors, 0 remarks\n")


def test_all_problems_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "other = 1\n"
        + node(
            "a", "a b", 99999, 'call = "SEVENTEEN-LETTERS"\naetitle = ""\nbogus = 1\ntls = "x"\ntags = "y"'
        )
        + node("b", more='profile = "8996"')
        + '[nodes.c]\ncall = 5\n[nodes."-d"]\nhost = "127.1"\nport = 1\n'
    )
    code, found = checked(text, capsys)
    assert code == 20
    assert {each[0] for each in found} == {"error"}
    assert [each[1:] for each in found] == [
        ("other", None, "means nothing here"),
        ("nodes.a", "port", "port '99999' is out of range: from 1 to 65535"),
        ("nodes.a", "tags", 'tags should be a list of texts, but is "y"'),
        ("nodes.a", "bogus", "bogus means nothing here"),
        ("nodes.a", "tls", 'tls should be one of off, anonymous, but is "x"'),
        (
            "nodes.a",
            "call",
            "called AE title 'SEVENTEEN-LETTERS' has 17 characters: an AE title has at most 16 "
            "(PS3.5 6.2, VR AE)",
        ),
        (
            "nodes.a",
            "aetitle",
            "calling AE title '' is empty: an AE title has 1 to 16 characters (PS3.5 6.2, VR AE)",
        ),
        ("nodes.a", "host", "host 'a b' has a blank in it, as no name and no address has"),
        ("nodes.b", None, "profile only allowed with enable-tls or anonymous-tls"),
        ("nodes.c", "host", "has no host"),
        ("nodes.c", "port", "has no port"),
        ("nodes.c", "call", "call should be text, but is 5"),
        (
            "nodes.-d",
            None,
            "is no name of a node: it must be printable and not begin with -, + or @",
        ),
        (
            "nodes.-d",
            "host",
            "host '127.1' is a number: a host is a name or a full address, such as 127.0.0.1",
        ),
    ]


A = node("a", more='call = "PACS"')


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (
            node("b", "H.", more='call = "PACS "'),
            ("error", "host", "it is the same node as a: host, port and title are the same"),
        ),
        (
            node("b", more='call = "PACS"\naetitle = "ME"'),
            ("remark", "aetitle", "nothing but the title that calls tells it from a"),
        ),
        (
            node("b", more='call = "OTHER"'),
            ("remark", "port", "host and port are those of a, which has another title"),
        ),
        (node("b"), ("remark", "port", "host and port are those of a, which has another title")),
        (
            node("b", "i", more='call = "PACS"'),
            ("remark", "call", "the title is that of a too, which is somewhere else"),
        ),
        (
            node("b", port=105, more='call = "PACS"'),
            ("remark", "call", "the title is that of a too, which is somewhere else"),
        ),
        (
            node("b", more='call = "Pacs"'),
            ("remark", "call", "the title differs from that of a in case only: Pacs and PACS"),
        ),
        (node("b", "i", more='call = "OTHER"'), None),
    ],
)
def test_two_nodes(
    other: str, expected: tuple[str, str, str] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = checked(A + other, capsys)
    assert code == (20 if expected and expected[0] == "error" else 0)
    assert found == ([] if expected is None else [(expected[0], "nodes.b", *expected[1:])])


@pytest.mark.parametrize(
    "pair", [("::1", "[0:0::1]"), ("Pacs.Example.", "pacs.example"), ("1.2.3.4", " 1.2.3.4")]
)
def test_hosts_that_are_written_otherwise(pair: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code, [(_, _, _, problem)] = checked(node("a", pair[0]) + node("b", pair[1]), capsys)
    assert (code, problem) == (20, "it is the same node as a: host, port and title are the same")


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("a/b", "has / in it, as no name and no address has"),
        ("a\\tb", "has a blank in it, as no name and no address has"),
        ("a..b", "has two dots beside each other, or one that begins it"),
        (".", "has two dots beside each other, or one that begins it"),
        ("x" * 64 + ".example", "has a part of more than 63 characters (RFC 1035 2.3.4)"),
        ("x." * 127, "has 253 characters"),
        ("y." * 127 + "z", "has 255 characters: a name has at most 253 (RFC 1035 2.3.4)"),
        ("ü" * 63, "is not a valid host name"),
        ("1::2::3", "is no IPv6 address"),
        ("fe80::1", "is a link-local address without its zone"),
    ],
)
def test_hosts_that_cannot_be(host: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = checked(node("a", host), capsys)
    if problem == "has 253 characters":  # and no more
        assert (code, found) == (0, [])
        return
    [(kind, table, field, said)] = found
    assert (code, kind, table, field) == (20, "error", "nodes.a", "host")
    assert problem in said


@pytest.mark.parametrize(
    ("text", "table", "problem"),
    [
        ("[nodes.a]\nhost = h", None, "is not valid TOML: Invalid value (at line 2, column 8)"),
        ("nodes = 1", "nodes", "should be a table, but is 1"),
        ("[node.a]", "node", "means nothing here (did you mean nodes?)"),
    ],
)
def test_what_is_no_node_file(
    text: str, table: str | None, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    expected: list[Any] = [("error", table, None, problem)]
    assert checked(text, capsys) == (20, expected)


def test_a_file_that_is_not_there(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nodes", "check", "--nodes", "none.toml"]) == 20
    assert "cannot be read: No such file or directory" in capsys.readouterr().out
    assert main(["nodes", "check"]) == 0
    out, err = capsys.readouterr()
    assert "there is no such file" in out
    assert err == f"{configuration.nodes}: 0 nodes, 0 errors, 1 remark\n"


def test_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.toml").write_text(A + node("b", more='call = "PACS"') + node("c", "i", more='call = "PACS"'))
    assert main(["nodes", "check", "--nodes", "n.toml"]) == 20
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "KIND    LINE  TABLE    FIELD  PROBLEM",
        "error   6     nodes.b  host   it is the same node as a: host, port and title are the same",
        "remark  12    nodes.c  call   the title is that of a too, which is somewhere else",
        "all: file n.toml",
    ]
    assert err == "n.toml: 3 nodes, 1 error, 1 remark\n"


def test_names_are_looked_up_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = node("a", "localhost") + node("b", "no-such-host.invalid") + node("c", "127.0.0.1")
    assert checked(text, capsys) == (0, [])
    code, found = checked(text, capsys, "--resolve")
    [(kind, table, field, problem)] = found  # an error, or without any name service a remark
    assert (table, field) == ("nodes.b", "host")
    assert problem.startswith("the host name 'no-such-host.invalid' has no address: ")
    assert code == (20 if kind == "error" else 0)
    monkeypatch.setattr(checking, "LOOKUPS", 0)
    late = "the host name '{}' has no address: no name service answered within 0 s"
    assert checked(text, capsys, "--resolve") == (
        0,
        [
            ("remark", f"nodes.{name}", "host", late.format(host))
            for name, host in (("a", "localhost"), ("b", "no-such-host.invalid"))
        ],
    )
