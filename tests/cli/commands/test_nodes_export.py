"""`dcmtool nodes export`: the very forms that others read, and what comes back of those that import reads."""

import csv
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Configuration, refusal
from tests.peers.orthanc import orthanc_with_rest

NODES = """\
[nodes.pacs]
host = "pacs.example"
port = 104
call = "PACS"
aetitle = "ME"
tags = ["archive", "ward 3"]

[nodes."b.c"]
host = "::1"
port = 11112
tags = ["ct"]
do-not-probe = "it stops"

[nodes."CT 1"]
host = "[::1]"
port = 11113
call = "=CT:1"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, configuration: Configuration) -> Path:
    """The current folder, with a node file that the environment names."""
    (tmp_path / "n.toml").write_text(NODES)
    configuration.monkeypatch.chdir(tmp_path)
    configuration.monkeypatch.setenv("DCMTOOL_NODES", "n.toml")
    return tmp_path


def exported(form: str, capsys: pytest.CaptureFixture[str], *args: str, err: str = "") -> str:
    """Return what an export writes that succeeds."""
    assert main(["nodes", "export", "--format", form, *args]) == 0
    captured = capsys.readouterr()
    assert captured.err == err
    return captured.out


LEFT_OUT = "Warning: b.c is left out, as it is not to be probed: it stops\n"


def test_prometheus(capsys: pytest.CaptureFixture[str]) -> None:
    groups = json.loads(exported("prometheus-sd", capsys, err=LEFT_OUT))
    assert groups[0] == {
        "targets": ["PACS@pacs.example:104"],
        "labels": {
            "name": "pacs",
            "__meta_dicom_host": "pacs.example",
            "__meta_dicom_port": "104",
            "__meta_dicom_called": "PACS",
            "__meta_dicom_tags": ",archive,ward 3,",
        },
    }
    assert [group["targets"] for group in groups[1:]] == [["=CT:1@[::1]:11113"]]


def test_zabbix(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(exported("zabbix-lld", capsys, err=LEFT_OUT))
    assert len(rows) == 2
    assert rows[0] == {
        "{#NAME}": "pacs",
        "{#HOST}": "pacs.example",
        "{#PORT}": "104",
        "{#CALLED}": "PACS",
        "{#CALLING}": "ME",
        "{#TARGET}": "PACS@pacs.example:104",
        "{#TAGS}": "archive,ward 3",
    }


def test_checkmk(capsys: pytest.CaptureFixture[str]) -> None:
    said = f"{LEFT_OUT}Warning: CT 1 is called CT-1 there\n"
    assert json.loads(exported("checkmk", capsys, err=said)) == {
        "entries": [
            {
                "folder": "/",
                "host_name": "pacs",
                "attributes": {
                    "alias": "pacs",
                    "ipaddress": "pacs.example",
                    "tag_agent": "no-agent",
                    "labels": {
                        "dicom/node": "pacs",
                        "dicom/port": "104",
                        "dicom/called": "PACS",
                        "dicom/tag/archive": "yes",
                        "dicom/tag/ward 3": "yes",
                    },
                },
            },
            {
                "folder": "/",
                "host_name": "CT-1",
                "attributes": {
                    "alias": "CT 1",
                    "ipv6address": "::1",
                    "tag_address_family": "ip-v6-only",
                    "tag_agent": "no-agent",
                    "labels": {"dicom/node": "CT 1", "dicom/port": "11113"},  # a label holds no colon
                },
            },
        ]
    }


def test_ansible(capsys: pytest.CaptureFixture[str]) -> None:
    inventory = json.loads(exported("ansible", capsys))
    variables = inventory["_meta"]["hostvars"]
    assert variables["pacs"] == {
        "ansible_host": "pacs.example",
        "dicom_port": 104,
        "dicom_called": "PACS",
        "dicom_calling": "ME",
        "dicom_target": "PACS@pacs.example:104",
        "dicom_tags": ["archive", "ward 3"],
        "dicom_do_not_probe": None,
    }
    assert variables["b.c"]["dicom_do_not_probe"] == "it stops"
    assert inventory["dicom"] == {"hosts": ["pacs", "b.c", "CT 1"]}
    assert inventory["tag_ward_3"] == {"hosts": ["pacs"]}
    assert inventory["all"] == {"children": ["dicom", "tag_archive", "tag_ward_3", "tag_ct"]}


def test_nothing_that_ansible_would_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.toml").write_text('[nodes.a]\nhost = "h"\nport = 1\ncall = "{{ 1 }}"\ntags = ["{% x"]\n')
    variables = json.loads(exported("ansible", capsys))["_meta"]["hostvars"]["a"]
    assert variables["dicom_called"] == {"__ansible_unsafe": "{{ 1 }}"}
    assert variables["dicom_target"] == {"__ansible_unsafe": "{{ 1 }}@h:1"}
    assert variables["dicom_tags"] == [{"__ansible_unsafe": "{% x"}]


def test_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert exported("csv", capsys) == (
        "name,host,port,call,aetitle,tags,do-not-probe\n"
        "pacs,pacs.example,104,PACS,ME,archive;ward 3,\n"
        "b.c,::1,11112,,,ct,it stops\n"
        "CT 1,[::1],11113,'=CT:1,,,\n"
    )


SETTINGS = """\
[nodes."=1+1"]
host = "h"
port = 1
call = " @X"
tags = ["-", "a;b", 'q"', "ct"]
deadline = 1.5
acse-timeout = 5
verbose = true
abort = false
tls = "anonymous"
profile = "8996"
add-cert-file = ["a b.pem", "/c.pem"]
cipher = ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_AES_128_GCM_SHA256"]

[nodes."Röntgen, 2"]
host = "i"
port = 2
do-not-probe = "+49 \\"is\\"\\nbusy"
enable-tls = ["k.pem", "~/c.pem"]
"""


def test_what_comes_back_of_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.toml").write_text(NODES + SETTINGS, encoding="utf-8")
    assert main(["nodes", "export", "--format", "csv", "--output-file", "c.csv"]) == 0
    for row in csv.reader(io.StringIO((folder / "c.csv").read_text(encoding="utf-8"))):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert main(["nodes", "import", "c.csv"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    expected = tomllib.loads(NODES + SETTINGS)["nodes"]
    expected["=1+1"]["add-cert-file"][0] = f"{folder}/a b.pem"
    expected["Röntgen, 2"]["enable-tls"] = [f"{folder}/k.pem", str(Path("~/c.pem").expanduser())]
    assert tomllib.loads(captured.out)["nodes"] == expected


ORTHANC = """\
[nodes.pacs]
host = "pacs.example"
port = 104
call = "PACS"
aetitle = "ME"
timeout = 5
acse-timeout = 5
dimse-timeout = 5

[nodes.with_tls]
host = "10.0.0.1"
port = 2762
call = "SECURE"
enable-tls = ["k.pem", "c.pem"]
add-cert-file = ["ca.pem"]
"""


def test_what_comes_back_of_orthanc(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.toml").write_text(ORTHANC)
    (folder / "o.json").write_text(exported("orthanc", capsys))
    assert main(["nodes", "import", "o.json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    expected = tomllib.loads(ORTHANC)["nodes"]
    expected["with_tls"]["enable-tls"] = [f"{folder}/k.pem", f"{folder}/c.pem"]
    expected["with_tls"]["add-cert-file"] = [f"{folder}/ca.pem"]
    assert tomllib.loads(captured.out)["nodes"] == expected


def test_what_orthanc_has_no_place_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = '[nodes.{0}]\nhost = "h"\nport = 1\ncall = "{0}"\nenable-tls = ["{0}", "c"]\nprofile = "8996"\n'
    (folder / "n.toml").write_text(NODES + more.format("x") + more.format("y"))
    said = (
        "Warning: b.c is called b-c there\n"
        "Warning: b.c has no title to be called by: ANY-SCP stands there\n"
        "Warning: CT 1 is called CT-1 there\n"
        "Warning: DicomTlsPrivateKey differs, and Orthanc has one for all: it is left out\n"
        "Warning: Orthanc has no place for what some nodes have: tags (2), do-not-probe (1), profile (2)\n"
    )
    fragment = json.loads(exported("orthanc", capsys, err=said))
    assert fragment["DicomTlsCertificate"] == f"{folder}/c"
    assert {"DicomModalities", "DicomTlsCertificate"} == fragment.keys()
    assert fragment["DicomModalities"]["b-c"] == {"AET": "ANY-SCP", "Host": "::1", "Port": 11112}


def test_orthanc_itself_reads_it_and_answers(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Orthanc says over its REST API is what import makes the same nodes of."""
    (folder / "n.toml").write_text(ORTHANC.partition("enable-tls")[0] + 'tls = "anonymous"\n')
    modalities: dict[str, Any] = json.loads(exported("orthanc", capsys))["DicomModalities"]
    with orthanc_with_rest(tmp_path_factory.mktemp("orthanc"), modalities) as ask:
        (folder / "answer.json").write_bytes(ask("/modalities?expand", None))
        (folder / "names.json").write_bytes(ask("/modalities", None))
    assert main(["nodes", "import", "answer.json"]) == 0
    assert capsys.readouterr() == ((folder / "n.toml").read_text(), "")
    code, sentence = refusal(["nodes", "import", "names.json"], capsys)
    assert (code, sentence.endswith("ask it for /modalities?expand")) == (20, True)


def test_tags_select(capsys: pytest.CaptureFixture[str]) -> None:
    assert [*json.loads(exported("ansible", capsys, "--tag", "ct"))["_meta"]["hostvars"]] == ["b.c"]
    expected = (1, "Error: no node in n.toml has the tag 'mr'")
    assert refusal(["nodes", "export", "--format", "ansible", "--tag", "mr"], capsys) == expected


def test_output_is_the_form_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nodes", "export", "-o", "csv"]) == 0
    assert capsys.readouterr().out.startswith("name,host,port")
    code, sentence = refusal(["nodes", "export", "-o", "targets.json"], capsys)
    assert (code, sentence.endswith("to write a file, type --output-file targets.json")) == (1, True)
    assert main(["nodes", "export", "-o", "csv", "--output-file", "c.csv"]) == 0
    command = ["nodes", "export", "-o", "zabbix-lld", "--output-file", "c.csv"]
    expected = "Error: c.csv cannot be written: it exists, and --force is not given"
    assert refusal(command, capsys) == (40, expected)
    assert main([*command, "--force"]) == 0
    assert json.loads((folder / "c.csv").read_text())


def test_a_wrong_node_file_is_none_to_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "n.toml").write_text(NODES + "bogus = 1\n")
    place = f"n.toml line {len(NODES.splitlines()) + 1}"
    expected = f'Error: {place}: [nodes."CT 1"] bogus means nothing here'
    assert refusal(["nodes", "export", "--format", "csv"], capsys) == (20, expected)
