"""Logs of several processes at once: told apart by their marks, or else told to be mixed."""

import pytest

from dcmtool.capture import sources
from dcmtool.capture.connection import ObservedConnection
from dcmtool.capture.logs import marks
from dcmtool.capture.logs.marks import mark_of
from tests.capture import told
from tests.capture.told import Notes

TIME = "2026-11-30 14:43:06.5"
AS_CHILD = "Association Received in child process (pid: %s)"
CALLED = "Association Received (localhost:%s -> PACS)"
ACKNOWLEDGED = "Association Acknowledged (Max Send PDV: 16372)"
ECHO, RELEASE, ABORT = "Received Echo SCP RQ: MsgID %d", "Association Release", "Association Aborted"
REFUSING = "Refusing Association (BadAEService)"


def stories(
    *lines: tuple[str, str], pattern: str = "{time} {mark} I: "
) -> tuple[Notes, list[str], list[ObservedConnection]]:
    """Return what is told of the lines of processes, and what is warned of."""
    warnings: list[str] = []
    notes = Notes()
    text = [pattern.format(time=TIME, mark=mark) + line for mark, line in lines]
    reader = sources._log_reader("dcmtk-log", notes.observe, warnings.append)
    return notes, warnings, list(reader.read(text))


def titles(found: list[ObservedConnection]) -> list[tuple[str, str, int]]:
    """Return who called, how it ended, and how many requests were counted."""
    return [
        (
            each.request.calling_aet if each.request else "",
            each.ending,
            sum(use.requests for use in each.services),
        )
        for each in found
    ]


TWO_BEFORE = [  # as storescp has it
    ("7", AS_CHILD % 7),
    ("7", ACKNOWLEDGED),
    ("8", AS_CHILD % 8),
    ("7", ECHO % 1),
    ("8", ACKNOWLEDGED),
    ("8", ECHO % 1),
    ("7", ECHO % 2),
    ("8", ABORT),
    ("7", RELEASE),
]
TWO_AFTER = [  # as dcmqrscp has it
    ("1", CALLED % "FIRST"),
    ("1", ACKNOWLEDGED),
    ("7", ECHO % 1),
    ("1", CALLED % "SECOND"),
    ("7", ECHO % 2),
    ("1", ACKNOWLEDGED),
    ("8", ECHO % 1),
    ("1", CALLED % "THIRD"),
    ("1", REFUSING),
    ("8", RELEASE),
    ("7", ECHO % 3),
    ("1", "Cleaned up after child (8)"),
    ("7", RELEASE),
]


@pytest.mark.parametrize(
    "pattern",
    [
        "{time} {mark} I: ",
        "{time} {mark} 140432995035008 I: ",
        "{time} [{mark}] I: ",
        "Nov 30 14:43:06 pacs storescp[{mark}]: I: ",
        "Nov 30 14:43:06 pacs storescp[{mark}]: ",
        "{mark} I: ",
    ],
)
def test_processes_that_read_the_request(pattern: str) -> None:
    _, warnings, found = stories(*TWO_BEFORE, pattern=pattern)
    assert titles(found) == [("", "aborted", 1), ("", "released", 2)]
    assert warnings == []


def test_processes_that_go_on_with_what_was_accepted() -> None:
    _, warnings, found = stories(*TWO_AFTER)
    assert titles(found) == [("THIRD", "rejected", 0), ("SECOND", "released", 1), ("FIRST", "released", 3)]
    assert warnings == []


def test_two_that_were_accepted_before_either_went_on() -> None:
    lines = [
        *(("1", CALLED % "FIRST"), ("1", ACKNOWLEDGED), ("1", CALLED % "SECOND"), ("1", ACKNOWLEDGED)),
        *(("7", ECHO % 1), ("8", ECHO % 1), ("8", ECHO % 2), ("8", RELEASE), ("7", RELEASE)),
    ]
    _, warnings, found = stories(*lines)
    assert titles(found) == [("SECOND", "released", 2), ("FIRST", "released", 1)]
    assert warnings == []


def test_one_whose_process_says_nothing() -> None:
    lines = [("1", CALLED % "FIRST"), ("1", ACKNOWLEDGED), ("1", CALLED % "SECOND"), ("1", ACKNOWLEDGED)]
    _, warnings, found = stories(*lines)
    assert titles(found) == [("SECOND", "open", 0), ("FIRST", "open", 0)]
    assert warnings == []


def test_lines_without_a_mark_belong_to_the_one_before() -> None:
    text = [
        f"{TIME} 7 I: {CALLED % 'FIRST'}",
        f"I: {ACKNOWLEDGED}",
        f"{TIME} 8 I: {CALLED % 'SECOND'}",
        f"{RELEASE}",
    ]
    reader = sources._log_reader("dcmtk-log", Notes().observe, pytest.fail)
    assert titles(list(reader.read(text))) == [("SECOND", "released", 0), ("FIRST", "open", 0)]


def test_lines_without_any_mark_are_told_to_be_mixed() -> None:
    third = [("", CALLED % "FOURTH"), ("", ACKNOWLEDGED), ("", ECHO % 1), ("", RELEASE)]
    _, warnings, found = stories(*TWO_AFTER, *third, pattern="I: ")
    assert titles(found) == [
        ("FIRST", "open", 0),
        ("SECOND", "open", 0),
        ("THIRD", "rejected", 0),
        ("FOURTH", "released", 1),
    ]
    (warning,) = warnings
    assert warning.startswith("lines of several associations are mixed and do not say whose they are")
    assert [len(each.warnings) for each in found] == [1, 1, 1, 0]


def test_pynetdicom_s_are_told_to_be_mixed() -> None:
    notes, warnings = told.Notes(), list[str]()
    lines = ["Accepting Association", "Accepting Association", "Received Echo Request (MsgID 1)"]
    lines += ["Association Released", "Association Released"] * 2
    reader = sources._log_reader("pynetdicom-log", notes.observe, warnings.append)
    assert titles(list(reader.read([f"I: {line}" for line in lines]))) == [("", "open", 0)] * 2
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("I: Association Release", ""),
        ("2026-11-30 14:43:06.553 550 140432995035008 D: PDU", "550 140432995035008"),
        ("2026-11-30 14:43:06,553 I: 01 00", ""),
        ("2026-11-30T14:43:06.553+01:00 [550] I: ", "550"),
        ("(550) 14:43:06 D:   01  00", "550"),
        ("Nov 30 14:43:06 I: Association", ""),
        ("Nov  3 14:43:06 host dcmqrscp[12]: Association", "12"),
        ("2026-11-30T14:43:06Z host dcmqrscp(x)[12]: I: Association", "12"),
        ("1790000000 I: Association", ""),
        ("1790000000123 I: Association", ""),
        ("v3.6.7 1.5 I: Association", ""),
        ("D:   01  00  00 7 I: ", ""),
    ],
)
def test_marks(line: str, mark: str) -> None:
    assert mark_of(line) == mark


def test_no_more_is_kept_than_makes_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_MOST", 4)
    monkeypatch.setattr(marks, "_MOST_LEFT", 2)
    lines = [(str(pid), AS_CHILD % pid) for pid in range(2, 9)]
    lines += [("1", line) for number in range(5) for line in (CALLED % f"N{number}", ACKNOWLEDGED)]
    _, warnings, found = stories(*lines)
    assert len(found) == 12
    assert len(warnings) == 1
