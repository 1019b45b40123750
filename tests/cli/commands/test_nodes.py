"""`dcmtool nodes`: what it writes, where, and its exit codes."""

import json
import tomllib
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Configuration, refusal

NODES = """\
[nodes.pacs]
host = "10.0.0.1"
port = 104
call = "PACS"
tags = ["archive", "ct"]

[nodes."b.c"]
port = 11112
host = "::1"
tls = "anonymous"
add-cert-file = ["ca.pem"]
tags = ["ct"]

[nodes.plain]
host = "h"
port = 1
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, configuration: Configuration) -> Path:
    """The current folder, with a node file that the environment names."""
    (tmp_path / "n.toml").write_text(NODES)
    configuration.monkeypatch.chdir(tmp_path)
    configuration.monkeypatch.setenv("DCMTOOL_NODES", "n.toml")
    return tmp_path


def written(capsys: pytest.CaptureFixture[str], *args: str, err: str = "") -> str:
    """Return what a command writes that succeeds."""
    assert main(["nodes", *args]) == 0
    captured = capsys.readouterr()
    assert captured.err == err
    return captured.out


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, "list").splitlines() == [
        "NAME   HOST      PORT   CALLED  CALLING  TLS        TAGS",
        "pacs   10.0.0.1  104    PACS    -        -          archive ct",
        "b.c    ::1       11112  -       -        anonymous  ct",
        "plain  h         1      -       -        -          -",
    ]


@pytest.mark.parametrize(
    ("tags", "names"),
    [(["ct"], ["pacs", "b.c"]), (["archive"], ["pacs"]), (["ct", "archive"], ["pacs"])],
)
def test_tags_select(tags: list[str], names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    args = [word for tag in tags for word in ("--tag", tag)]
    assert [line.split()[0] for line in written(capsys, "list", *args).splitlines()[1:]] == names
    assert [node["name"] for node in json.loads(written(capsys, "list", *args, "-o", "json"))] == names


@pytest.mark.parametrize(("output", "out"), [("table", ""), ("json", "[]\n")])
def test_tags_that_nobody_has(output: str, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nodes", "list", "--tag", "ct", "--tag", "x\x1b", "-o", output]) == 1
    assert capsys.readouterr() == (out, "Error: no node in n.toml has the tag 'ct' and 'x\\x1b'\n")


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(written(capsys, "list", "--output", "json"))[1] == {
        "file": "n.toml",
        "name": "b.c",
        "host": "::1",
        "port": 11112,
        "tags": ["ct"],
        "settings": {"tls": "anonymous", "add-cert-file": ["ca.pem"]},
        "do-not-probe": None,
    }


def test_no_file_at_all(configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    configuration.monkeypatch.delenv("DCMTOOL_NODES")
    warning = f"Warning: there is no node file {configuration.nodes}\n"
    assert written(capsys, "list", err=warning) == ""
    assert written(capsys, "list", "-o", "json", err=warning) == "[]\n"
    sentence = f"there is no node 'pacs', as there is no file {configuration.nodes}"
    assert refusal(["nodes", "show", "pacs"], capsys) == (1, f"Error: {sentence}")


def test_another_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "m.toml").write_text('[nodes.other]\nhost = "o"\nport = 2\n')
    assert written(capsys, "list", "--nodes", "m.toml").splitlines()[1].split()[0] == "other"


@pytest.mark.parametrize("name", ["pacs", "b.c", "plain"])
def test_show_can_be_pasted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = written(capsys, "show", name)
    assert text.startswith("# n.toml\n[nodes.")
    assert tomllib.loads(text)["nodes"][name] == tomllib.loads(NODES)["nodes"][name]


def test_show_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    node = json.loads(written(capsys, "show", "pacs", "-o", "json"))
    assert (node["name"], node["settings"]) == ("pacs", {"call": "PACS"})


def test_an_unknown_node(capsys: pytest.CaptureFixture[str]) -> None:
    expected = "Error: there is no node 'plane' in n.toml (did you mean plain?)"
    assert refusal(["nodes", "show", "plane"], capsys) == (1, expected)


@pytest.mark.parametrize("args", [["list"], ["list", "--tag", "ct"], ["show", "plain"]])
def test_settings_are_checked(args: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.toml").write_text(NODES + "bogus = 1\n")
    place = f"n.toml line {len(NODES.splitlines()) + 1}"
    expected = f"Error: {place}: [nodes.plain] bogus means nothing here"
    assert refusal(["nodes", *args], capsys) == (20, expected)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["bogus"], "Error: No such command 'bogus'"),
        (["show"], "Error: Missing parameter name"),
        (["import"], "Error: Missing parameter file"),
        (["list", "x"], "Error: Too many parameters: 'x' is left over"),
    ],
)
def test_usage_errors(args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(["nodes", *args], capsys) == (1, sentence)
