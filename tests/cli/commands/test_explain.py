"""`dcmtool explain`: its blocks, tables and JSON, what is left out, its exit codes, and how it is ended."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from jsonschema import Draft202012Validator

from dcmtool.capture import connections as reading
from dcmtool.capture.connection import Endpoint, ObservedConnection
from dcmtool.capture.observer import ConnectionObserver
from dcmtool.capture.sources import Observe
from dcmtool.cli.main import main
from dcmtool.errors import InputFileError
from tests.capture.examples import (
    ABORTED,
    BEGAN,
    EVERY,
    MODALITY,
    PACS,
    REFUSED,
    REJECTED,
    REQUEST,
    SECURED,
    STORED,
    showing,
)
from tests.reporting.documents import read as read_document
from tests.reporting.documents import schema_of

Explained = Callable[..., tuple[int, str, str]]


@pytest.fixture
def explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Explained:
    """Return a function that explains connections, and returns the exit code and both outputs."""
    monkeypatch.chdir(tmp_path)
    Path("site.pcap").write_bytes(b"")

    def explain(*args: str, of: tuple[ObservedConnection, ...] = EVERY, **how: Any) -> tuple[int, str, str]:
        showing(monkeypatch, *of, **how)
        code = main(["explain", *(args if "-" in args else ("site.pcap", *args))])
        return code, *capsys.readouterr()

    return explain


GOOD = """\
ok   #1  2026-11-30T08:15:00.250000Z  CT1 (10.0.0.5:51514) called PACS (10.0.0.9:104)
  from     MODALITY_4, takes PDUs of 16384 bytes
  to       ARCHIVE_9, takes PDUs of any length
  asked    3 contexts: Verification, CT Image Storage, MR Image Storage
  accepted 2 of 3: Verification with LittleEndianImplicit; CT Image Storage with LittleEndianExplicit
  refused  MR Image Storage (Abstract Syntax Not Supported)
  C-STORE  120 requests for CT Image Storage; 118 Success, 2 Refused: Out of Resources (A700H); answered \
after 12.0 ms (median), 40.0 ms (p95); 120 data sets, 63.2 MB
  C-ECHO   1 request for Verification; 1 Success; answered after 1.0 ms
  times    connection 0.400 ms, acceptance 3.1 ms, release 1.0 ms, 12.4 s in all
  end      released by the requestor
"""
BAD = """\
FAIL #2  2026-11-30T08:16:00.250000Z  CT1 (10.0.0.5:51515) called PACS (10.0.0.9:104)
  from     MODALITY_4, takes PDUs of 16384 bytes
  asked    3 contexts: Verification, CT Image Storage, MR Image Storage
  answer   rejected, 1/1/7: Called AE Title Not Recognized (Service User, Rejected Permanent)
  times    connection 0.400 ms, acceptance 2.0 ms, 4.0 ms in all
  end      rejected by the acceptor

  called-title (likely): PACS at 10.0.0.9 port 104 does not know the AE title PACS that it was called by
    seen     A-ASSOCIATE-RJ (after 3.0 ms, 03 00 00 00 00 04 00 01 01 07)
    or       calling-title
    to act   who runs CT1 (10.0.0.5:51515), the requestor
    to do    1. read the node's log at this time: it names the titles and the address that it saw
    more     docs/findings/called-title.md, PS3.8 9.3.4
"""


def test_one_that_is_in_order(explained: Explained) -> None:
    assert explained(of=(STORED,)) == (0, GOOD, "")


def test_one_that_failed(explained: Explained) -> None:
    assert explained(of=(REJECTED,)) == (3, BAD.replace("#2", "#1"), "")


def test_several_have_a_line_on_what_they_come_to(explained: Explained) -> None:
    code, out, _ = explained(of=(STORED, REJECTED))
    total = "2 connections, 2 associations: something is wrong with 1 (called-title 1)"
    assert (code, out) == (3, f"{GOOD}\n{BAD}\n{total}\n")


def test_nothing_is_wrong(explained: Explained) -> None:
    code, out, _ = explained(of=(STORED, STORED._replace(number=2)))
    assert (code, out.splitlines()[-1]) == (0, "2 connections, 2 associations: nothing is wrong")


def test_the_terminal(explained: Explained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = explained("--color", "always", of=(REJECTED,))
    lines = out.splitlines()
    assert lines[0].startswith("\x1b[31m\u2717\x1b[0m \x1b[1m#1  2026-11-30T08:16:00.250000Z  CT1 ")
    assert lines[1] == "      called PACS (10.0.0.9:104)\x1b[0m"
    assert lines[2].startswith("  \x1b[36mfrom    \x1b[0m MODALITY_4")
    assert "  \x1b[1;33mcalled-title\x1b[0m (likely): PACS at " in out
    assert all(len(line.replace("\x1b[36m", "").replace("\x1b[0m", "")) <= 68 for line in lines)


def test_verbose(explained: Explained) -> None:
    _, out, _ = explained("-v", of=(STORED,))
    assert "\n  from     MODALITY_4 (1.2.3.4), takes PDUs of 16384 bytes\n" in out
    assert out.count("\n  context  ") == 3
    assert (
        "\n  context  3: CT Image Storage with LittleEndianExplicit, LittleEndianImplicit: "
        "accepted with LittleEndianExplicit\n"
    ) in out


def test_what_is_odd_about_a_file(explained: Explained) -> None:
    warning = "site.pcap: packets are cut"
    assert explained(of=(STORED,), warnings=("packets are cut",)) == (0, GOOD, f"W: {warning}\n")
    assert explained("-q", of=(STORED,), warnings=("packets are cut",)) == (0, GOOD, "")
    _, out, _ = explained("--json", of=(STORED,), warnings=("packets are cut",))
    assert read_document(out, "explain")["warnings"] == [warning]


def test_a_file_without_a_connection(explained: Explained) -> None:
    assert explained(of=()) == (
        0,
        "0 connections, 0 associations\n",
        "W: site.pcap: no TCP connection, and no association, is in it\n",
    )


# JSON -------------------------------------------------------------------------------------------------


def test_the_document(explained: Explained) -> None:
    code, out, err = explained("--json")
    document = read_document(out, "explain")
    assert (code, document["exit_code"], err) == (3, 3, "")
    assert [each["number"] for each in document["connections"]] == [*range(1, 10)]
    assert document["summary"] == {
        "connections": 9,
        "associations": 5,
        "failed": 3,
        "left_out": 0,
        "findings": {"called-title": 1, "refused": 1, "request-lost": 1},
    }
    (finding,) = document["connections"][1]["findings"]
    assert (finding["id"], finding["actor"], finding["alternatives"]) == (
        "called-title",
        "requestor",
        ["calling-title"],
    )
    assert sum(pair["connections"] for pair in document["pairs"]) == 9


def test_a_document_of_nothing(explained: Explained) -> None:
    _, out, _ = explained("--json", of=())
    assert read_document(out, "explain")["connections"] == []


def test_a_line_a_connection(explained: Explained) -> None:
    code, out, _ = explained("--output", "ndjson")
    schema = schema_of("explain")
    validator = Draft202012Validator({"$ref": "#/$defs/connection", "$defs": schema["$defs"]})
    lines = out.splitlines()
    for line in lines:
        validator.validate(json.loads(line))
    assert (code, len(lines)) == (3, len(EVERY))


# What they come to ------------------------------------------------------------------------------------


def test_the_summary(explained: Explained) -> None:
    code, out, _ = explained("--summary", of=(STORED, REJECTED, REFUSED))
    heading, first, second, _, total = out.splitlines()
    assert code == 3
    assert heading.split()[:5] == ["CALLER", "CALLED", "CONN", "ASSOC", "FAILED"]
    assert first.split()[:7] == ["CT1", "10.0.0.5", "PACS", "10.0.0.9:104", "2", "2", "1"]
    assert second.split()[:5] == ["10.0.0.5", "10.0.0.9:105", "1", "0", "1"]
    assert total == "3 connections, 2 associations: something is wrong with 2 (called-title 1, refused 1)"


def test_the_summary_of_nothing(explained: Explained) -> None:
    assert explained("--summary", of=())[1] == "0 connections, 0 associations\n"


def test_the_summary_as_lines_of_json(explained: Explained) -> None:
    _, out, _ = explained("--summary", "-o", "ndjson", of=(STORED, REJECTED))
    pair = json.loads(out)
    schema = schema_of("explain")
    Draft202012Validator({"$ref": "#/$defs/pair", "$defs": schema["$defs"]}).validate(pair)
    assert (pair["connections"], pair["findings"]) == (2, {"called-title": 1})


def test_the_summary_as_a_document(explained: Explained) -> None:
    document = read_document(explained("--summary", "--json")[1], "explain")
    assert (document["connections"], len(document["pairs"])) == ([], 6)


# Which connections ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "numbers"),
    [
        (("--host", "10.0.0.5"), [1, 2, 3, 4, 5, 6, 7]),
        (("--host", "10.0.0.9:105"), [4, 5]),
        (("--host", "10.0.0.0/24", "--host", "10.0.0.5:51515"), [2]),
        (("--host", "2001:db8::1"), [8]),
        (("--host", "[2001:db8::1]:5"), [8]),
        (("--port", "2762"), [6]),
        (("--title", "CT1"), [1, 2, 3]),
        (("--title", "CT1", "--title", "OTHER"), []),
        (("--title", "PACS "), [1, 2, 3, 9]),
        (("--failed",), [2, 3, 4]),
        (("--number", "1,3-4"), [1, 3, 4]),
        (("--number", "9", "--failed"), []),
    ],
)
def test_filters(args: tuple[str, ...], numbers: list[int], explained: Explained) -> None:
    document = read_document(explained("--json", *args)[1], "explain")
    assert [each["number"] for each in document["connections"]] == numbers
    assert document["summary"]["left_out"] == len(EVERY) - len(numbers)
    assert document["exit_code"] == (3 if {2, 3, 4} & {*numbers} else 0)


def test_what_is_left_out_is_counted(explained: Explained) -> None:
    _, out, _ = explained("--number", "1")
    assert out.splitlines()[-1] == (
        "1 connection, 1 association: nothing is wrong; 8 more are not what was asked for"
    )
    _, out, _ = explained("--number", "2", of=(STORED,))
    assert out == "0 connections, 0 associations; 1 more is not what was asked for\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--host", "pacs.example.org"), "--host (pacs.example.org): it should be an IP address or a"),
        (("--host", "10.0.0.1:0"), "--host (10.0.0.1:0): it should be"),
        (("--number", "3-1"), "--number (3-1): it should be numbers from 1"),
        (("--number", "x"), "--number (x)"),
        (("--format", "png"), "--format (png): it should be one of pcap, pcapng"),
        (("--slow", "0"), "--slow"),
        (("-", "-"), "- stands for standard input, which can be read once only"),
        (("--failed",), "Missing parameter file: name a capture, or - for standard input"),
    ],
)
def test_usage(args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    named = ("-",) if args[0] not in ("-", "--failed") else ()
    assert main(["explain", *named, *args]) == 1
    assert said in capsys.readouterr().err


def test_defaults(explained: Explained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "dcmtool").mkdir()
    file = tmp_path / "dcmtool" / "dcmtool.toml"
    file.write_text('[defaults.explain]\noutput = "ndjson"\nsummary = true\n[defaults.tap]\ndelay = 1\n')
    assert json.loads(explained(of=(STORED,))[1])["associations"] == 1
    file.write_text("[defaults.explain]\nfailed = true\n")
    code, out, err = explained()
    assert (code, out) == (20, "")
    assert "line 2: [defaults.explain] failed means nothing here" in err


# Files ------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there(explained: Explained) -> None:
    code, out, err = explained("other.pcap", of=(STORED,))
    assert (code, out) == (20, GOOD)
    assert err == "Error: other.pcap: No such file or directory\n"
    code, out, _ = explained("other.pcap", "--json", of=(REJECTED,))
    document = read_document(out, "explain")
    assert (document["exit_code"], document["errors"]) == (20, ["other.pcap: No such file or directory"])


@pytest.mark.parametrize("options", [(), ("--summary",)])
def test_nothing_but_files_that_are_not_there(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "/nope.pcap", *options]) == 20
    assert capsys.readouterr() == ("", "Error: /nope.pcap: No such file or directory\n")


def test_a_file_that_fails_in_the_middle(
    explained: Explained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    explained(of=())

    def read(_file: BinaryIO, path: str, *_others: object) -> Iterator[ObservedConnection]:
        yield STORED
        raise InputFileError(path, "makes no sense")

    monkeypatch.setattr(reading, "read", read)
    assert main(["explain", "site.pcap"]) == 20
    assert capsys.readouterr() == (GOOD, "Error: site.pcap: makes no sense\n")


def test_numbers_go_on_from_file_to_file(explained: Explained) -> None:
    _, out, _ = explained("site.pcap", "-o", "ndjson", of=(STORED, REJECTED))
    assert [json.loads(line)["number"] for line in out.splitlines()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("files", "code"), [("site.pcap", 130), ("-", 3), ("site.pcap -", 130), ("- site.pcap", 130)]
)
def test_ctrl_c_tells_what_is_there(
    files: str,
    code: int,
    explained: Explained,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    explained(of=())

    def read(
        file: BinaryIO, _path: str, _format: str | None, _observe: object, warn: Callable[[str], None]
    ) -> Iterator[ObservedConnection]:
        yield STORED
        os.kill(os.getpid(), signal.SIGINT)
        assert file.read(1) == b""  # as if there were no more
        warn("it is cut")
        yield REJECTED._replace(ending="open")

    monkeypatch.setattr(reading, "read", read)
    reader, writer = os.pipe()
    with open(reader) as stdin, open(writer, "wb"):
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["explain", *files.split()]) == code
    out, err = capsys.readouterr()
    assert (out.count("\n  end      "), err) == (2, "")


def test_a_number_that_was_given_is_kept(
    explained: Explained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    explained(of=())

    def read(
        _file: BinaryIO, _path: str, _format: str | None, observe: Observe, _warn: object
    ) -> Iterator[ObservedConnection]:
        first, second = (observe(MODALITY, PACS, BEGAN, True).result() for _ in range(2))
        yield second
        yield STORED._replace(number=0)
        yield first

    monkeypatch.setattr(reading, "read", read)
    main(["explain", "site.pcap", "-o", "ndjson"])
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [2, 3, 1]


def test_so_many_warnings_are_kept(explained: Explained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmtool.cli.output.explain_run._MOST_WARNINGS", 1)
    _, out, err = explained("--json", of=(), warnings=("one", "two"))
    assert read_document(out, "explain")["warnings"] == ["site.pcap: one"]
    assert err.count("\n") == 3


# Events -----------------------------------------------------------------------------------------------


def tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files hold two associations that go on at the same time, the first of which failed."""

    def read(
        _file: BinaryIO,
        _path: str,
        _format: str | None,
        observe: Callable[..., ConnectionObserver],
        _warn: object,
    ) -> Iterator[ConnectionObserver]:
        first = observe(MODALITY, PACS, BEGAN, True)
        second = observe(Endpoint("10.0.0.6", 1), PACS, BEGAN, True)
        first.received("requestor", REQUEST.encode(), BEGAN)
        second.received("requestor", REQUEST._replace(calling_aet="MR1").encode(), BEGAN)
        first.received("acceptor", bytes.fromhex("0300 0000 0004 00010107"), BEGAN)
        yield first
        yield second

    def explained(connection: ObservedConnection, _slow: float) -> ObservedConnection:
        findings = REJECTED.findings if connection.number % 2 else ()
        titled = REQUEST if connection.number % 2 else REQUEST._replace(calling_aet="MR1")
        return connection._replace(findings=findings, request=titled, protocol="dicom")

    monkeypatch.setattr(reading, "read", read)
    monkeypatch.setattr(reading, "explained", explained)


@pytest.mark.parametrize(
    ("args", "heads"),
    [
        (("-d",), ["1", "2", "1"]),
        (("-d", "--number", "2"), ["2"]),
        (("-d", "--host", "10.0.0.5"), ["1"]),
        (("-d", "--failed"), ["1"]),
        (("-d", "--title", "MR1"), ["2"]),
        (("-d", "--title", "PACS"), ["1", "2", "1"]),
        (("-d", "--title", "MR1", "--failed"), []),
        (("-ll", "trace"), ["1", "2", "1"]),
        (("-v",), []),
        ((), []),
    ],
)
def test_events(
    args: tuple[str, ...],
    heads: list[str],
    explained: Explained,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    explained(of=())
    tracing(monkeypatch)
    main(["explain", "site.pcap", *args])
    err = capsys.readouterr().err
    shown = [line.split()[3].rstrip(",") for line in err.splitlines() if line.startswith("D: ---- ")]
    assert shown == heads
    assert ("D: Calling Application Name:    CT1" in err) == ("1" in heads)
    assert ("T: requestor sent A-ASSOCIATE-RQ" in err) == ("trace" in args)


def test_events_on_a_terminal(
    explained: Explained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    explained(of=())
    tracing(monkeypatch)
    monkeypatch.setenv("COLUMNS", "100")
    main(["explain", "site.pcap", "-d", "--number", "1", "--color", "always"])
    err = capsys.readouterr().err
    assert "---- connection 1, 10.0.0.5:51514 to 10.0.0.9:104 ----" in err
    assert "Association Requested" in err


@pytest.mark.parametrize("limit", ["MOST_HELD", "MOST_IN_ALL"])
def test_not_all_events_are_held(
    limit: str, explained: Explained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    explained(of=())
    tracing(monkeypatch)
    monkeypatch.setattr(f"dcmtool.cli.output.explain_trace.{limit}", 2)
    main(["explain", "site.pcap", "-d", "--failed"])
    assert " not shown ----" in capsys.readouterr().err


def test_every_kind_is_told(explained: Explained) -> None:
    _, out, _ = explained(of=(ABORTED, SECURED))
    for line in (
        "  C-STORE  2 requests without a final response",
        "  end      aborted by the acceptor (service provider: unexpected PDU), the requestor in the middle "
        "of P-DATA-TF",
        "  again    3 segments of the requestor and 1 segment of the acceptor sent more than once: packets "
        "were lost on the way, or late",
        "  missing  2.5 kB of the acceptor not in the capture: what they said is not known",
        "  note     10 bytes were passed over",
        "  fault    the requestor: P-DATA-TF is too long (PS3.8 D.1)",
        "  spoken   TLS, which nobody can read without its keys",
        "  alerts   unknown ca (the requestor)",
    ):
        assert f"\n{line}\n" in out


def test_a_file_that_was_read_before_ctrl_c_is_not_cut(
    explained: Explained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    explained(of=())

    def read(file: BinaryIO, path: str, *_others: object) -> Iterator[ObservedConnection]:
        yield STORED
        if path == "-":
            os.kill(os.getpid(), signal.SIGINT)
            assert file.read(1) == b""

    monkeypatch.setattr(reading, "read", read)
    reader, writer = os.pipe()
    with open(reader) as stdin, open(writer, "wb"):
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["explain", "site.pcap", "-"]) == 0
    assert capsys.readouterr().out.count("\n  end      ") == 2
