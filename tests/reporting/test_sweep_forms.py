"""A sweep as CSV, JUnit, local checks and a textfile, whatever the nodes are called and send."""

import csv
import re
import subprocess
from datetime import datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.reporting import sweep_checkmk, sweep_csv, sweep_junit, sweep_textfile
from dcmtool.reporting.sweep_row import in_seconds, worst_first
from tests.peers.programs import require
from tests.reporting.sweep_results import (
    ENDED,
    answered,
    interrupted,
    refused,
    rejected,
    rows,
    short_of_days,
    skipped,
    total,
)

MIXED = (
    answered("pacs"),
    skipped("scanner"),
    rejected("archive"),
    short_of_days("viewer"),
    answered("secure", tls=True),
    refused("away"),
)
HOSTILE = (
    '=1+1;-2"x,\n',
    "\x00\x1b[31m\ud800\uffff",
    'a"b\\n{}=|',
    "\u202eevil",
    "</testcase>]]>&",
    " ",
    "Ä",
)
SERIES = re.compile(r'(\w+)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.]+)')


def test_the_worst_stands_first() -> None:
    names = [row.name for row in sorted(rows(*MIXED), key=worst_first)]
    assert names == ["away", "archive", "viewer", "pacs", "secure", "scanner"]


def _table(*lines: str) -> list[dict[str, str]]:
    return [*csv.DictReader([sweep_csv.heading(), *lines], strict=True)]


def test_csv_has_a_row_a_node() -> None:
    pacs, scanner, archive, *_, secure, _ = _table(*map(sweep_csv.line, rows(*MIXED)))
    assert {
        key: pacs[key] for key in ("target", "tags", "outcome", "round_trip_ms", "connect_ms", "tls_ms")
    } == {
        "target": "PACS@pacs.example.org:104",
        "tags": "ct site a",
        "outcome": "success",
        "round_trip_ms": "1.5",
        "connect_ms": "2",
        "tls_ms": "",
    }
    assert (scanner["outcome"], scanner["sentence"], scanner["address"]) == ("skipped", "it hangs", "")
    assert archive["finding"] == "called-title"
    assert archive["sentence"] == "the node does not know the AE title PACS that it was called by"
    assert archive["advice"].endswith("give the node's own with -aec")
    assert secure["certificate_not_after"] == "2026-12-05T09:15:00Z"
    assert (secure["certificate_days_left"], secure["started"]) == ("5", "2026-11-30T08:15:00Z")


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "  '=1"),
        ("\t=1", "\t'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a-b=c@d:104", "a-b=c@d:104"),
    ],
)
def test_what_a_spreadsheet_would_run_is_defused(text: str, harmless: str) -> None:
    assert sweep_csv.defused(text) == harmless


@given(st.text(min_size=1))
def test_any_name_is_one_cell_and_no_formula(name: str) -> None:
    (row,) = _table(sweep_csv.line(*rows(answered(name))))
    assert None not in row
    assert row["name"].lstrip()[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_junit_has_a_case_a_node() -> None:
    root = ElementTree.fromstring(sweep_junit.document(rows(*MIXED), total(*MIXED), "monitor", ENDED))
    counts = {"tests": "6", "failures": "3", "errors": "0", "skipped": "1", "time": "10.25"}
    (suite,) = root
    assert root.attrib == {"name": "dcmtool sweep", **counts}
    assert suite.attrib == {**root.attrib, "timestamp": "2026-11-30T08:15:10", "hostname": "monitor"}
    cases = {case.attrib["name"]: case for case in suite}
    assert cases["pacs"].attrib["time"] == "0.007"
    assert [len(cases[name]) for name in ("pacs", "secure", "archive", "scanner")] == [0, 0, 1, 1]
    (failure,), (left_out,) = cases["archive"], cases["scanner"]
    assert failure.attrib == {
        "type": "called-title",
        "message": "the node does not know the AE title PACS that it was called by",
    }
    assert failure.text is not None
    assert "Called AE Title Not Recognized\nthe called AE title is case-sensitive" in failure.text
    assert (left_out.tag, left_out.attrib) == ("skipped", {"message": "it hangs"})


@given(st.text(min_size=1))
def test_any_text_is_sound_xml(text: str) -> None:
    results = (answered(text), skipped("scanner", text))
    root = ElementTree.fromstring(sweep_junit.document(rows(*results), total(*results), "monitor", ENDED))
    assert len(root[0]) == 2


def test_checkmk_has_a_line_a_node() -> None:
    taken: set[str] = set()
    lines = [sweep_checkmk.line(row, taken) for row in rows(*MIXED, interrupted("late"))]
    assert lines[0] == (
        '0 "DICOM pacs" round_trip=0.0015;;;0|connect=0.002;;;0|associate=0.004;;;0 '
        "PACS@pacs.example.org:104 answered in 1.5 ms"
    )
    assert lines[1] == '3 "DICOM scanner" - not probed: it hangs'
    assert lines[2].startswith('2 "DICOM archive" connect=0.001;;;0 the node does not know the AE title PACS')
    assert lines[3].startswith(
        '1 "DICOM viewer" connect=0.001;;;0|certificate_days=5 the node\'s certificate'
    )
    assert [line[0] for line in lines] == ["0", "3", "2", "1", "0", "2", "3"]


def test_services_of_checkmk_have_clean_names_of_their_own() -> None:
    taken: set[str] = set()
    lines = [sweep_checkmk.line(row, taken) for row in rows(*map(answered, (*HOSTILE, "a;b", "a|b", "a'b")))]
    names = [re.fullmatch(r'0 "(DICOM [\w .:@\[\]/+-]*)" \S+ .*', line) for line in lines]
    assert None not in names
    assert len({found[1] for found in names if found}) == len(lines)
    assert [found[1] for found in names if found][-3:] == ["DICOM a_b", "DICOM a_b 2", "DICOM a_b 3"]


def _series(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [SERIES.fullmatch(line) for line in lines]
    assert None not in found
    values = {f"{each[1]}{each[2] or ''}": float(each[3]) for each in found if each}
    assert len(values) == len(lines)
    return values


def test_a_textfile_has_the_series_of_each_node() -> None:
    series = _series(sweep_textfile.document(rows(*MIXED), total(*MIXED), ENDED))
    success = {key: value for key, value in series.items() if key.startswith("dicom_node_success")}
    assert sorted(success.values()) == [0, 0, 0, 1, 1]
    labels = 'name="secure",target="PACS@pacs.example.org:104"'
    expiry = datetime.fromisoformat("2026-12-05T09:15:00+00:00").timestamp()
    assert series[f"dicom_node_certificate_not_after_timestamp_seconds{{{labels}}}"] == expiry
    assert series[f'dicom_node_duration_seconds{{{labels},phase="tls"}}'] == 0.003
    assert series[f"dicom_node_round_trip_seconds{{{labels}}}"] == 0.0015
    assert series["dicom_sweep_timestamp_seconds"] == ENDED.timestamp()
    assert series["dicom_sweep_duration_seconds"] == 10.25
    assert series['dicom_sweep_nodes{state="skipped"}'] == 1
    assert not [key for key in series if "scanner" in key]


def test_of_a_node_that_is_there_twice_the_worst_counts() -> None:
    results = (answered("pacs"), rejected("pacs"), answered("pacs", title="OTHER"))
    series = _series(sweep_textfile.document(rows(*results), total(*results), ENDED))
    assert series['dicom_node_success{name="pacs",target="PACS@pacs.example.org:104"}'] == 0
    assert series['dicom_node_success{name="pacs",target="OTHER@pacs.example.org:104"}'] == 1


def test_promtool_takes_the_textfile() -> None:
    results = (*MIXED, *map(answered, HOSTILE))
    text = sweep_textfile.document(rows(*results), total(*results), ENDED) + "\n"
    _series(text)
    done = subprocess.run(
        [require("/usr/bin/promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_times_have_no_exponent() -> None:
    assert [in_seconds(time) for time in (0, 1, 1500, 10**9, 10**11)] == [
        *("0", "0.000000001", "0.0000015", "1", "100"),
    ]
