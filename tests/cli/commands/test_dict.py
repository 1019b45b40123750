"""`dcmtool dict`: what it writes, where, and its exit codes."""

import json
import os
from pathlib import Path

import pytest
from pydicom import __version__ as pydicom_version

from dcmtool.cli.main import main

ENTRIES = '(0010,0010)\tLO\tPatientName\t1\tACME\n(0009,"ACME 1",01)\txs\tAcmeNumber\t1-2\tACME\n'
PYDICOM = f"pydicom {pydicom_version}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the data dictionary `acme.dic`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.dic").write_text(ENTRIES)
    return tmp_path


def test_lookup_shows_a_table_for_elements_and_one_for_uids(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dict", "lookup", "00100020", "CurveLabel", "1.2.840.10008.1.2", "PatientID"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.splitlines() == [
        "TAG          VR  VM  KEYWORD     NAME         STATUS",
        "(0010,0020)  LO  1   PatientID   Patient ID   DICOM",
        "(50xx,2500)  LO  1   CurveLabel  Curve Label  retired",
        f"all: source {PYDICOM}",
        "",
        "UID                TYPE             KEYWORD",
        "1.2.840.10008.1.2  Transfer Syntax  ImplicitVRLittleEndian",
        f"status DICOM, source {PYDICOM}",
    ]


def test_lookup_says_which_file_an_entry_is_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMDICTPATH", "acme.dic")
    assert main(["dict", "lookup", "ACME 1", "0010,0010"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.splitlines() == [
        "TAG                 VR        VM   KEYWORD      NAME            LINE",
        '(0009,"ACME 1",01)  US or SS  1-2  AcmeNumber   AcmeNumber      2',
        "(0010,0010)         LO        1    PatientName  Patient's Name  1",
        "all: status ACME, source acme.dic",
    ]


def test_lookup_as_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMDICTPATH", "acme.dic")
    assert main(["dict", "lookup", "-o", "json", "AcmeNumber", "1.2.840.10008.1.1"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "kind": "element",
            "tag": '(0009,"ACME 1",01)',
            "creator": "ACME 1",
            "vr": "US or SS",
            "vm": "1-2",
            "keyword": "AcmeNumber",
            "name": "AcmeNumber",
            "version": "ACME",
            "retired": False,
            "source": "acme.dic",
            "line": 2,
        },
        {
            "kind": "uid",
            "uid": "1.2.840.10008.1.1",
            "name": "Verification SOP Class",
            "type": "SOP Class",
            "keyword": "Verification",
            "retired": False,
            "source": PYDICOM,
        },
    ]


@pytest.mark.parametrize(("output", "written"), [("table", ""), ("json", "[]\n")])
def test_lookup_of_what_nobody_knows(output: str, written: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dict", "lookup", "--output", output, "no\nsuch"]) == 1
    assert capsys.readouterr() == (written, "Error: nothing is found for 'no\\nsuch'\n")


def test_lookup_of_several_of_which_one_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dict", "lookup", "PatientID", "nosuch"]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 3
    assert captured.err == "Error: nothing is found for 'nosuch'\n"


def test_what_is_wrong_with_the_files_is_said_on_stderr(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.dic").write_text(ENTRIES + "bad\x1b[2J\n")
    monkeypatch.setenv("DCMDICTPATH", os.pathsep.join(["nope\x1b", "bad.dic"]))
    assert main(["dict", "lookup", "0010,0010"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "Warning: the data dictionary nope\\x1b cannot be read: No such file or directory",
        "Warning: bad.dic:3: too few fields: 1 where tag, VR and name belong, each after a single tab",
    ]


@pytest.mark.parametrize("command", [["lookup", "0010,0010"], ["sources"]])
def test_a_variable_that_names_no_dictionary(
    folder: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMDICTPATH", ".")
    assert main(["dict", *command]) == 20
    assert capsys.readouterr() == (
        "",
        "Error: DCMDICTPATH: no data dictionary could be loaded: . cannot be read: Is a directory\n",
    )


def test_check_of_a_good_file_says_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dict", "check", "acme.dic"]) == 0
    assert capsys.readouterr() == ("", "")


def test_check_names_each_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b\x1b.dic").write_text("(0010,0010)\tpn\tName\nbad\n")
    assert main(["dict", "check", "acme.dic", "b\x1b.dic"]) == 1
    assert capsys.readouterr() == (
        "b\\x1b.dic:1: unknown-vr: the VR 'pn' is none of PS3.5 6.2, so UN is assumed\n"
        "b\\x1b.dic:2: bad-line: too few fields: 1 where tag, VR and name belong, each after a single tab\n",
        "",
    )


def test_check_of_what_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "binary").write_bytes(b"\0")
    (folder / "bad").write_text("bad\n")
    assert main(["dict", "check", "nope", "bad", "binary"]) == 20
    captured = capsys.readouterr()
    assert captured.out.startswith("bad:1: bad-line: ")
    assert captured.err.splitlines() == [
        "Error: nope: cannot be read: No such file or directory",
        "Error: binary: holds a NUL byte, so it is not a text file",
    ]


def test_check_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").write_text("")
    assert main(["dict", "check", "-o", "json", "acme.dic", "empty", "nope"]) == 20
    assert json.loads(capsys.readouterr().out) == [
        {"file": "acme.dic", "error": None, "findings": []},
        {
            "file": "empty",
            "error": None,
            "findings": [
                {"line": 1, "rule": "no-entry", "message": "the file holds no entry of a data dictionary"}
            ],
        },
        {"file": "nope", "error": "cannot be read: No such file or directory", "findings": []},
    ]


def test_sources_without_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dict", "sources"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["SOURCE", "ENTRIES", "LINES", "SKIPPED", "PROBLEM"]
    assert row.startswith(f"{PYDICOM}  1")
    assert row.endswith("-")


def test_sources_with_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "b.dic").write_text("(0010,0010)\tPN\tName\nbad\n")
    monkeypatch.setenv("DCMDICTPATH", os.pathsep.join(["nope", "acme.dic", "b.dic"]))
    assert main(["dict", "sources", "--output", "json"]) == 0
    own, *rows = json.loads(capsys.readouterr().out)
    assert own["source"] == PYDICOM
    assert rows == [
        {"source": "acme.dic", "entries": 2, "skipped": 0, "problem": ""},
        {"source": "b.dic", "entries": 1, "skipped": 1, "problem": ""},
        {
            "source": "nope",
            "entries": 0,
            "skipped": 0,
            "problem": "cannot be read: No such file or directory",
        },
    ]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["dict", "bogus"], "Error: No such command 'bogus'"),
        (["dict", "lookup"], "Error: Missing parameter query"),
        (["dict", "check"], "Error: Missing parameter file"),
        (["dict", "sources", "x"], "Error: Too many parameters: 'x' is left over"),
    ],
)
def test_usage_errors(args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1] == sentence
