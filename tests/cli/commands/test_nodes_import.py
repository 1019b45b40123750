"""`dcmtool nodes import`: what it takes of other programs' lists, and what it says of the rest."""

import io
import json
import sys
import tomllib
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Asked, Configuration, refusal


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, configuration: Configuration) -> Path:
    """The current folder, where the lists are."""
    configuration.monkeypatch.chdir(tmp_path)
    return tmp_path


def written(capsys: pytest.CaptureFixture[str], *args: str, err: str = "") -> str:
    """Return what an import writes that succeeds."""
    assert main(["nodes", "import", *args]) == 0
    captured = capsys.readouterr()
    assert captured.err == err
    return captured.out


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
    text = written(capsys, "o.json", err=RENAMED)
    assert text == (
        '[nodes.My-PACS]\nhost = "10.0.0.1"\nport = 104\ncall = "PACS"\n\n'
        '[nodes.my-pacs]\nhost = "10.0.0.2"\nport = 105\ncall = "OTHER"\n\n'
        '[nodes.My-PACS-2]\nhost = "h"\nport = 4242\ncall = "Q\\""\naetitle = "ME"\ntls = "anonymous"\n'
        f'add-cert-file = ["{folder}/ca.pem"]\n'
    )
    assert written(capsys, "--format", "orthanc", "o.json", err=RENAMED) == text


CSV = """\
name;ip;port;ae title;tags;acse-timeout;deadline;verbose;add-cert-file;profile;tls
R1;10.0.0.1;104;PACS;ct mr;5;1.5;yes;a.pem:/b.pem;8996;anonymous
;10.0.0.2;105;OTHER;;;;;;;
;10.0.0.3;106;;;;;;;;
"""


def test_import_from_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text(CSV)
    renamed = "Warning: 10.0.0.3 is called 10-0-0-3 here\n"
    nodes = tomllib.loads(written(capsys, "c.csv", err=renamed))["nodes"]
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
    assert written(capsys, "-") == '[nodes.h]\nhost = "h"\nport = 1\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    code, sentence = refusal(["nodes", "import", "-"], capsys)
    assert (code, sentence.partition(": is not valid JSON: ")[0]) == (20, "Error: standard input")


def test_what_is_imported_can_be_called(
    folder: Path, configuration: Configuration, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "c.csv").write_text(CSV)
    assert main(["nodes", "import", "c.csv", "--output-file", configuration.nodes]) == 0
    request = asked("--nodes", configuration.nodes, "R1").request
    assert (request.peer.host, request.negotiation.called_aet, request.timeouts.acse) == (
        "10.0.0.1",
        "PACS",
        5,
    )
    assert request.tls is not None
    assert request.tls.ca_files == (f"{folder}/a.pem", "/b.pem")


H = '[nodes.h]\nhost = "h"\nport = 1\n'
SHOWN = "NAME  HOST  PORT  CALLED  CALLING  TLS  TAGS\nh     h     1     -       -        -    -\n"


def test_what_is_read_is_shown_before_it_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("host,port\nh,1\n")
    assert written(capsys, "c.csv", "--output-file", "n.toml", err=f"{SHOWN}Wrote 1 node to n.toml\n") == ""
    assert (folder / "n.toml").read_text() == H
    (folder / "c.csv").write_text("host,port\n" + "".join(f"h{n},1\n" for n in range(25)))
    assert main(["nodes", "import", "c.csv", "--output-file", "n.toml", "--force"]) == 0
    *_, last, more, wrote = capsys.readouterr().err.splitlines()
    assert last.startswith("h19 ")
    assert (more, wrote) == ("... and 5 more", "Wrote 25 nodes to n.toml")
    assert len(tomllib.loads((folder / "n.toml").read_text())["nodes"]) == 25


def test_nothing_is_overwritten_without_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("host,port\nh,1\n")
    (folder / "n.toml").write_text("# mine\n")
    command = ["nodes", "import", "c.csv", "--output-file", "n.toml"]
    expected = "Error: n.toml cannot be written: it exists, and --force is not given"
    assert refusal(command, capsys) == (40, expected)
    assert (folder / "n.toml").read_text() == "# mine\n"
    assert main([*command, "--force"]) == 0
    assert (folder / "n.toml").read_text() == H


def test_an_output_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("host,port\nh,1\n")
    command = ["nodes", "import", "c.csv", "--force", "--output-file"]
    expected = "Error: none/n.toml cannot be written: No such file or directory"
    assert refusal([*command, "none/n.toml"], capsys) == (40, expected)
    assert refusal([*command, "."], capsys) == (40, "Error: . cannot be written: Is a directory")
    assert main([*command, "-"]) == 0
    assert capsys.readouterr().out == H


def test_output_is_a_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.csv").write_text("host,port\nh,1\n")
    for option in ("-o", "--output"):
        code, sentence = refusal(["nodes", "import", "c.csv", option, "my nodes.toml"], capsys)
        assert code == 1
        assert sentence.endswith(
            "'my nodes.toml' is not toml or json; to write a file, type --output-file 'my nodes.toml'"
        )
    assert not (folder / "my nodes.toml").exists()
    [node] = json.loads(written(capsys, "c.csv", "-o", "json"))
    assert (node["name"], node["host"], node["port"]) == ("h", "h", 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"DicomModalities": {"a": ["A", "h", "x"]}}', "a: [nodes.a] port 'x' is not a number"),
        ('{"DicomModalities": {"a": {"AET": "A", "Port": 1}}}', "a: [nodes.a] has no host"),
        ('{"DicomModalities": {"a": 5}}', 'a: should be ["AET", "HOST", PORT] or an object, but is 5'),
        (
            '{"DicomModalities": {"a": {"AET": 5, "Host": "h", "Port": 1}}}',
            "a: [nodes.a] call should be text, but is 5",
        ),
        ("host,port\nh,99999", "line 2: [nodes.h] port '99999' is out of range: from 1 to 65535"),
        ("host,port\nh,１", "line 2: [nodes.h] port '１' is not a number"),
        ("host,port\nh,1,x", "line 2: has 3 cells, but 2 columns are named"),
        (
            "host,port\n127.1,1",
            "line 2: [nodes.127-1] host '127.1' is a number: a host is a name or a full address, "
            "such as 127.0.0.1",
        ),
        (
            "host,port\na b,1",
            "line 2: [nodes.a-b] host 'a b' has a blank in it, as no name and no address has",
        ),
        (
            "host,port,aet\nh,1,A\\B",
            "line 2: [nodes.A-B] called AE title 'A\\B' has characters that an AE title must not have: "
            "backslash, control or non-ASCII",
        ),
        (
            "host,port,repeat\nh,1,x",
            'line 2: [nodes.h] repeat should be a whole number, at least 0, but is "x"',
        ),
        ("host,port,abort\nh,1,x", 'line 2: [nodes.h] abort should be true or false, but is "x"'),
        (
            "host,port,profile\nh,1,8996",
            "line 2: [nodes.h] profile only allowed with enable-tls or anonymous-tls",
        ),
    ],
)
def test_what_cannot_be_imported(
    text: str, reason: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "f").write_text(text)
    assert refusal(["nodes", "import", "f", "--output-file", "out"], capsys) == (20, f"Error: f: {reason}")
    assert not (folder / "out").exists()


MIXED = "name,host,port,Ward,use-passwd,,\na,h,1,w,s,,\nb,h,x,w,,,\nc,h,1,,,,n\n"
SAID = """\
Warning: use-passwd is left out: it is a secret, which has no place in this file: use password-env
Warning: what no node has is left out: Ward, column 7; call a column tags to keep it as tags
Warning: c: it is the same node as a: host, port and title are the same
"""
LOST = "f: line 3: [nodes.b] port 'x' is not a number\n"


def test_a_bad_row_costs_that_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_text(MIXED)
    text = written(capsys, "f", err=f"{SAID}Warning: {LOST}")
    assert [*tomllib.loads(text)["nodes"]] == ["a", "c"]
    assert main(["nodes", "import", "f", "--strict", "--output-file", "out"]) == 20
    assert capsys.readouterr() == ("", f"{SAID}Error: {LOST}")
    assert not (folder / "out").exists()


def test_of_many_bad_rows_the_first_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_text("host,port\nh,1\n" + "h,x\n" * 10_000)
    assert main(["nodes", "import", "f"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert (len(told), told[-1]) == (21, "Warning: ... and 9980 more of this kind")


def test_names_that_a_node_can_have_are_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_text("name,host,port\nb.c,h,1\nCT 1,h,2\nCT 1,h,3\n-x,h,4\n", encoding="utf-8")
    renamed = "Warning: CT 1 is called CT 1-2 here\nWarning: -x is called x here\n"
    assert [*tomllib.loads(written(capsys, "f", err=renamed))["nodes"]] == ["b.c", "CT 1", "CT 1-2", "x"]


def test_the_variables_of_orthanc_are_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PACS_HOST", "10.0.0.9")
    (folder / "o.json").write_text('{"a": ["${AET:-A}", "${PACS_HOST}", 104,]}')
    text = written(capsys, "o.json", err="Note: PACS_HOST is put in from the environment\n")
    assert tomllib.loads(text)["nodes"] == {"a": {"host": "10.0.0.9", "port": 104, "call": "A"}}


PERSONAL = {
    "log-config": "log.json",
    "trace-file": "t",
    "write-seed-file": "s",
    "write-seed": "true",
    "password-file": "p",
}


@pytest.mark.parametrize("key", PERSONAL)
def test_what_only_the_user_may_name_is_left_out(
    key: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "f").write_text(f"name,host,port,{key}\na,h,1,{PERSONAL[key]}\nb,h,2,\nc,h,3,{PERSONAL[key]}\n")
    warning = (
        f"Warning: {key} is left out: it has no place in a node, which is data: it belongs on the command "
        "line, in the environment or in dcmtool.toml\n"
    )
    text = written(capsys, "f", err=warning)
    assert text == "".join(
        f'{gap}[nodes.{name}]\nhost = "h"\nport = {port}\n'
        for gap, name, port in (("", "a", 1), ("\n", "b", 2), ("\n", "c", 3))
    )


def test_nothing_to_import(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "f").write_text('{"DicomModalities": {}}')
    assert written(capsys, "f", err="Warning: f holds no node\n") == ""
