"""`dcmtool nodes`: what it writes, where, and its exit codes."""

import io
import json
import sys
import tomllib
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Asked, Configuration, refusal

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
        "NAME   HOST      PORT   CALL  TAGS",
        "pacs   10.0.0.1  104    PACS  archive ct",
        "b.c    ::1       11112  -     ct",
        "plain  h         1      -     -",
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
    assert refusal(["nodes", *args], capsys) == (20, "Error: n.toml: [nodes.plain] bogus means nothing here")


ORTHANC = """\
{ // from Orthanc
  "DicomModalities": {
    "My PACS": ["PACS", "10.0.0.1", 104],
    "my-pacs": ["OTHER", "10.0.0.2", "105", "Generic"],
    "My-PACS": {"AET": "Q\\"", "Host": "h", "Port": 4242, "UseDicomTls": true, "LocalAet": "ME"} /* last */
  },
  "DicomTlsTrustedCertificates": "ca.pem"
}
"""
RENAMED = "Warning: My PACS is called My-PACS here\nWarning: My-PACS is called My-PACS-2 here\n"


def test_import_from_orthanc(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "o.json").write_text(ORTHANC)
    text = written(capsys, "import", "o.json", err=RENAMED)
    assert text == (
        '[nodes.My-PACS]\nhost = "10.0.0.1"\nport = 104\ncall = "PACS"\n\n'
        '[nodes.my-pacs]\nhost = "10.0.0.2"\nport = 105\ncall = "OTHER"\n\n'
        '[nodes.My-PACS-2]\nhost = "h"\nport = 4242\ncall = "Q\\""\naetitle = "ME"\ntls = "anonymous"\n'
        f'add-cert-file = ["{folder}/ca.pem"]\n'
    )
    assert written(capsys, "import", "--format", "orthanc", "o.json", err=RENAMED) == text


CSV = """\
name;ip;port;ae title;tags;acse-timeout;deadline;verbose;add-cert-file;profile;tls
R1;10.0.0.1;104;PACS;ct mr;5;1.5;yes;a.pem:/b.pem;8996;anonymous
;10.0.0.2;105;OTHER;;;;;;;
;10.0.0.3;106;;;;;;;;
"""


def test_import_from_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text(CSV)
    renamed = "Warning: 10.0.0.3 is called 10-0-0-3 here\n"
    nodes = tomllib.loads(written(capsys, "import", "c.csv", err=renamed))["nodes"]
    assert nodes == {
        "R1": {
            "host": "10.0.0.1",
            "port": 104,
            "call": "PACS",
            "tags": ["ct", "mr"],
            "acse-timeout": 5,
            "deadline": 1.5,
            "verbose": True,
            "add-cert-file": [f"{folder}/a.pem", "/b.pem"],
            "profile": "8996",
            "tls": "anonymous",
        },
        "OTHER": {"host": "10.0.0.2", "port": 105, "call": "OTHER"},
        "10-0-0-3": {"host": "10.0.0.3", "port": 106},
    }


def test_import_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"host,port\nh,1\n")))
    assert written(capsys, "import", "-") == '[nodes.h]\nhost = "h"\nport = 1\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    code, sentence = refusal(["nodes", "import", "-"], capsys)
    assert (code, sentence.partition(": is not valid JSON: ")[0]) == (20, "Error: standard input")


def test_what_is_imported_can_be_called(
    folder: Path, configuration: Configuration, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "c.csv").write_text(CSV)
    assert main(["nodes", "import", "c.csv", "-o", configuration.nodes]) == 0
    request = asked("--nodes", configuration.nodes, "R1").request
    assert (request.peer.host, request.negotiation.called_aet, request.timeouts.acse) == (
        "10.0.0.1",
        "PACS",
        5,
    )
    assert request.tls is not None
    assert request.tls.ca_files == (f"{folder}/a.pem", "/b.pem")


def test_nothing_is_overwritten_without_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("host,port\nh,1\n")
    command = ["nodes", "import", "c.csv", "--output", "n.toml"]
    expected = "Error: n.toml cannot be written: it exists, and --force is not given"
    assert refusal(command, capsys) == (40, expected)
    assert (folder / "n.toml").read_text() == NODES
    assert main([*command, "--force"]) == 0
    assert (folder / "n.toml").read_text() == '[nodes.h]\nhost = "h"\nport = 1\n'
    assert main([*command[:-1], "new.toml"]) == 0
    assert (folder / "new.toml").read_text() == '[nodes.h]\nhost = "h"\nport = 1\n'
    assert capsys.readouterr() == ("", "")


def test_an_output_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("host,port\nh,1\n")
    command = ["nodes", "import", "c.csv", "--force", "--output"]
    expected = "Error: none/n.toml cannot be written: No such file or directory"
    assert refusal([*command, "none/n.toml"], capsys) == (40, expected)
    assert refusal([*command, "."], capsys) == (40, "Error: . cannot be written: Is a directory")
    assert main([*command, "-"]) == 0
    assert capsys.readouterr().out == '[nodes.h]\nhost = "h"\nport = 1\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"DicomModalities": {"a": ["A", "h", "x"]}}', "a: [nodes.a] port 'x' is not a number"),
        ('{"DicomModalities": {"a": {"AET": "A", "Port": 1}}}', "a: [nodes.a] has no host"),
        (
            '{"DicomModalities": {"a": {"AET": 5, "Host": "h", "Port": 1}}}',
            "a: [nodes.a] call should be text, but is 5",
        ),
        ("host,port\nh,99999", "line 2: [nodes.h] port '99999' is out of range: from 1 to 65535"),
        ("host,port\nh,１", "line 2: [nodes.h] port '１' is not a number"),
        ("host,port,use-passwd\nh,1,x", None),
        ("host,port,\nh,1,x", 'line 2: [nodes.h] "" means nothing here'),
        (
            "host,port,repeat\nh,1,x",
            'line 2: [nodes.h] repeat should be a whole number, at least 0, but is "x"',
        ),
        (
            "host,port,abort\nh,1,x",
            'line 2: [nodes.h] abort should be true or false, but is "x"',
        ),
        ("host,port,location\nh,1,x", "line 2: [nodes.h] location means nothing here"),
    ],
)
def test_what_cannot_be_imported(
    text: str, reason: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "f").write_text(text)
    code, sentence = refusal(["nodes", "import", "f", "-o", "out"], capsys)
    reason = reason or (
        "line 2: [nodes.h] use-passwd is a secret, which has no place in this file: "
        "use password-env or password-file"
    )
    assert (code, sentence) == (20, f"Error: f: {reason}")
    assert not (folder / "out").exists()


def test_nothing_to_import(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_text('{"DicomModalities": {}}')
    assert written(capsys, "import", "f", err="Warning: f holds no node\n") == ""


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["bogus"], "Error: No such command 'bogus'."),
        (["show"], "Error: Missing argument 'NAME'."),
        (["import"], "Error: Missing argument 'FILE'."),
        (["list", "x"], "Error: Got unexpected extra argument (x)"),
    ],
)
def test_usage_errors(args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(["nodes", *args], capsys) == (1, sentence)
