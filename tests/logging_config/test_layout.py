"""DCMTK's `logger.cfg`: layouts, conversion patterns and filters."""

import logging
import os
import platform
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcmtool.logging_config.layout import PatternFormatter
from tests.logging_config.logger_cfg import CONSOLE, LEVELS, PATTERN, TEXT, configure, setting, written
from tests.logging_config.logging_state import restored


@pytest.fixture(autouse=True)
def _logging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with restored():
        yield


# ---- layouts ----


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("layout", "log4cplus::SimpleLayout")], f"INFO - {TEXT}\n"),
        ([("layout", "log4cplus::TTCCLayout")], rf"\d+ \[\d+\] INFO dcmtool.echo <> - {TEXT}\n"),
        (
            [
                ("layout", "log4cplus::TTCCLayout"),
                ("layout.DateFormat", "%H:%q"),
                ("layout.Use_gmtime", "true"),
            ],
            rf"\d\d:\d\d\d \[\d+\] INFO dcmtool.echo <> - {TEXT}\n",
        ),
        ([("layout", "log4cplus::PatternLayout"), ("layout.Pattern", "%P: %m%n")], f"I: {TEXT}\n"),
    ],
)
def test_layouts(capsys: pytest.CaptureFixture[str], lines: list[tuple[str, str]], expected: str) -> None:
    assert configure(CONSOLE + "".join(setting(*line) for line in lines)) == []
    assert re.fullmatch(expected, written(capsys))


@pytest.mark.parametrize(
    ("layout", "complaint"),
    [
        ("log4cplus::PatternLayout", "there is no ConversionPattern, so the layout is SimpleLayout"),
        ("XmlLayout", "there is no layout 'XmlLayout' here, so it is SimpleLayout"),
    ],
)
def test_layouts_that_cannot_be(capsys: pytest.CaptureFixture[str], layout: str, complaint: str) -> None:
    text = CONSOLE + setting("layout", layout) + ("" if "Pattern" in layout else setting("layout.X", "y"))
    assert configure(text) == [f"3: log4cplus.appender.A.layout: {complaint}"]
    assert written(capsys) == f"INFO - {TEXT}\n"


def record(level: int = 20, name: str = "dcmtool.echo") -> logging.LogRecord:
    """Return a record with every field known: 1 second and 234567 microseconds after 1970 began."""
    made = logging.LogRecord(name, level, "/src/echo.py", 7, "%s", (TEXT,), None, "run")
    made.created, made.relativeCreated, made.process, made.thread = 1.234567, 89.9, 42, 1234
    return made


PATTERNS = {
    "%P: %m%n": f"I: {TEXT}\n",
    "%p|%-6p|%6p|%06p|%.2p|%-4.2p|%.0p": "INFO|INFO  |  INFO|  INFO|FO|FO|",
    "%.5m|%30.11m": "ation|Association",
    "%c|%c{1}|%c{2}|%c{9}|%c{0}|%c{x}|%-14c|%14c{1}": (
        "dcmtool.echo|echo|dcmtool.echo|dcmtool.echo|dcmtool.echo|dcmtool.echo|dcmtool.echo  |          echo"
    ),
    "%d": "1970-01-01 00:00:01",
    "%d{%H:%M:%S.%q}|%d{%Q}|%d{%%q}|%d{at}|%d{}": "00:00:01.234|234.567|%q|at|1970-01-01 00:00:01",
    "%D{%H:%M}|%10D{%H}": "02:00|        02",
    "%t|%i|%r|%b|%F|%L|%l|%M": "1234|42|89|echo.py|/src/echo.py|7|/src/echo.py:7|run",
    "%x%X%X{key}[%%]": "[%]",
    "%p{x} no conversion": "INFO{x} no conversion",
}


@pytest.fixture
def _two_hours_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Etc/GMT-2")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_two_hours_east")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns(pattern: str) -> None:
    formatter = PatternFormatter(pattern)
    assert formatter.format(record()) == PATTERNS[pattern]
    assert formatter.unknown == []


def test_patterns_about_this_machine() -> None:
    text = PatternFormatter("%h|%H|%T").format(record())
    assert re.fullmatch(rf"({re.escape(os.uname().nodename)}\|){{2}}\d+", text)


def test_the_name_of_a_machine_without_uname(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "uname")
    monkeypatch.setattr(platform, "node", lambda: "WORKSTATION")
    assert PatternFormatter("%h").format(record()) == "WORKSTATION"


@pytest.mark.parametrize(
    ("number", "name"), [(v, k) for k, v in LEVELS.items()] + [(45, "ERROR"), (1, "TRACE")]
)
def test_level_names(number: int, name: str) -> None:
    assert PatternFormatter("%p %P").format(record(number)) == f"{name} {name[0]}"


def test_conversions_that_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    pattern = "%y %q%m %99999p 100%"
    text = PATTERN + setting("layout.ConversionPattern", pattern)
    assert [complaint.split(": ", 2)[2] for complaint in configure(text)] == [
        "'%99999p 100%' is no conversion, so it is written as it is",
        "'%q' is no conversion, so it is written as it is",
        "'%y' is no conversion, so it is written as it is",
    ]
    assert written(capsys) == f"%y %q{TEXT} %99999p 100%"


# ---- filters ----

MATCH = [("1", "log4cplus::spi::LogLevelMatchFilter"), ("1.LogLevelToMatch", "WARN")]
RANGE = [
    ("1", "log4cplus::spi::LogLevelRangeFilter"),
    ("1.LogLevelMin", "debug"),
    ("1.LogLevelMax", "warn"),
]
STRING = [("1", "log4cplus::spi::StringMatchFilter"), ("1.StringToMatch", "ssoc")]
DENY = [("2", "log4cplus::spi::DenyAllFilter")]
ACCEPT, REJECT = [("1.AcceptOnMatch", "true")], [("1.AcceptOnMatch", "false")]


@pytest.mark.parametrize(
    ("lines", "passing"),
    [
        (MATCH, "FEIDT"),
        (MATCH + REJECT, "FEIDT"),
        (MATCH + ACCEPT, "FEWIDT"),
        (MATCH + ACCEPT + DENY, "W"),
        (RANGE, "WID"),
        (RANGE + DENY, ""),
        (RANGE + ACCEPT + DENY, "WID"),
        (RANGE[:1], "FEWIDT"),
        (STRING, ""),
        (STRING + ACCEPT + DENY, "FEWIDT"),
        (STRING[:1] + DENY, ""),
        ([("1", DENY[0][1])], ""),
    ],
)
def test_filters(capsys: pytest.CaptureFixture[str], lines: list[tuple[str, str]], passing: str) -> None:
    text = PATTERN + "".join(setting(f"filters.{name}", value) for name, value in lines)
    assert configure(text) == []
    assert "".join(written(capsys, number)[:1] for number in LEVELS.values()) == passing


def test_filters_that_are_unknown_or_after_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        PATTERN + setting("filters.1", "Foo") + setting("filters.1.Bar", "x") + setting("filters.3", "Deny")
    )
    assert configure(text) == [
        "5: log4cplus.appender.A.filters.1: there is no filter 'Foo' here",
        "7: log4cplus.appender.A.filters.3 is not a known setting",
    ]
    assert written(capsys) == f"I: {TEXT}\n"
