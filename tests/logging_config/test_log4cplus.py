"""DCMTK's `logger.cfg`: appenders, loggers and variables, and what is named as unknown."""

import logging
import os
import re
import socket
import sys
from collections.abc import Iterator
from logging.handlers import SysLogHandler
from pathlib import Path

import pytest

from dcmtool.errors import OutputFileError
from dcmtool.logging_config import appenders
from tests.logging_config.logger_cfg import (
    CONSOLE,
    FILE,
    LEVELS,
    PATTERN,
    ROLLING,
    SYSLOG,
    TEXT,
    configure,
    setting,
    written,
)
from tests.logging_config.logging_state import restored, say


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    with restored():
        yield


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- console ----


@pytest.mark.parametrize(
    ("value", "stream"),
    [("true", "err"), ("TRUE", "err"), ("1", "err"), ("false", "out"), ("0", "out"), (None, "out")],
)
def test_console(capsys: pytest.CaptureFixture[str], value: str | None, stream: str) -> None:
    extra = setting("logToStdErr", value) + setting("ImmediateFlush", "true") if value else ""
    assert configure(PATTERN + extra) == []
    say()
    output = capsys.readouterr()
    assert {"out": output.out, "err": output.err} == {"out": "", "err": "", stream: f"I: {TEXT}\n"}


@pytest.mark.parametrize(("name", "number"), LEVELS.items())
def test_levels_by_name(capsys: pytest.CaptureFixture[str], name: str, number: int) -> None:
    assert configure(CONSOLE + setting("Threshold", name.lower())) == []
    assert written(capsys, number) == f"{name} - {TEXT}\n"
    assert written(capsys, number - 1) == ""


def test_off_and_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert configure(PATTERN.replace("ALL", "OFF")) == []
    assert written(capsys, 50) == ""
    assert configure(PATTERN) == []
    assert written(capsys, 1, "any") == "T: any\n"


# ---- files ----


def test_file_is_overwritten_unless_appended_to(folder: Path) -> None:
    log = folder / "a.log"
    for append, expected in [("false", 1), ("true", 2), ("true", 3)]:
        assert configure(FILE + setting("File", "a.log") + setting("Append", append)) == []
        say()
        assert log.read_text() == f"INFO - {TEXT}\n" * expected
    assert configure(FILE + setting("File", "a.log")) == []
    assert log.read_text() == ""


def test_file_without_a_name() -> None:
    assert configure(FILE) == ["2: log4cplus.appender.A: the appender names no File, so it writes nothing"]


def test_file_that_cannot_be_opened_closes_the_others() -> None:
    text = FILE + setting("File", "a.log") + "log4cplus.appender.B = log4cplus::FileAppender\n"
    with pytest.raises(OutputFileError, match=r"none/b\.log cannot be written: No such file or directory"):
        configure(text + "log4cplus.appender.B.File = none/b.log\n")
    assert not any(isinstance(handler, logging.FileHandler) for handler in logging.getLogger().handlers)


def test_unused_appender_creates_its_file_as_in_dcmtk(folder: Path) -> None:
    text = "log4cplus.appender.B = log4cplus::FileAppender\nlog4cplus.appender.B.File = b.log\n"
    assert configure(PATTERN + text) == []
    assert (folder / "b.log").read_bytes() == b""


def test_text_that_is_not_unicode_is_escaped(folder: Path) -> None:
    configure(FILE + setting("File", "a.log"))
    say("\udcff \u00fc")
    assert (folder / "a.log").read_bytes() == b"INFO - \\udcff \xc3\xbc\n"


def rolled(folder: Path, extra: str) -> dict[str, int]:
    """Return the sizes of the logs after 5 records of 150 KiB."""
    assert configure(ROLLING + setting("File", "r.log") + extra) == []
    for _ in range(5):
        say("x" * 150 * 1024)
    return {path.name: path.stat().st_size // 150_000 for path in sorted(folder.glob("r.log*"))}


@pytest.mark.parametrize("size", ["1KB", "200kb", "204800", "150 KB"])
def test_rolling(folder: Path, size: str) -> None:
    sizes = rolled(folder, setting("MaxFileSize", size) + setting("MaxBackupIndex", "5"))
    assert sizes == {"r.log": 1, "r.log.1": 2, "r.log.2": 2}


@pytest.mark.parametrize("index", ["0", "1", "-3"])
def test_rolling_keeps_at_least_one_backup(folder: Path, index: str) -> None:
    sizes = rolled(folder, setting("MaxFileSize", "0") + setting("MaxBackupIndex", index))
    assert sizes == {"r.log": 1, "r.log.1": 2}


def test_rolling_at_megabytes_and_by_default(folder: Path) -> None:
    assert rolled(folder, setting("MaxFileSize", "1MB")) == {"r.log": 5}
    assert rolled(folder, setting("Append", "false")) == {"r.log": 5}
    assert rolled(folder, "") == {"r.log": 10}


def test_rolling_that_fails_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "r.log.1").mkdir()
    (folder / "r.log.1" / "in the way").touch()
    configure(ROLLING + setting("File", "r.log") + setting("MaxFileSize", "1KB"))
    say("x" * 201 * 1024)
    assert capsys.readouterr().err == "W: the log A cannot be written: Is a directory\n"


def test_daily_rolling_is_a_plain_file_and_said_to_be(folder: Path) -> None:
    daily = FILE.replace("FileAppender", "DailyRollingFileAppender") + setting("Schedule", "HOURLY")
    complaint = "files are not rolled by date here, so the records are appended to one file"
    assert configure(daily + setting("File", "d.log")) == [f"2: log4cplus.appender.A: {complaint}"]
    say()
    assert (folder / "d.log").read_text() == f"INFO - {TEXT}\n"


# ---- syslog ----


def test_syslog_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        more = {
            "host": "127.0.0.1",
            "port": str(server.getsockname()[1]),
            "ident": "a%mb",
            "facility": "LOCAL3",
        }
        assert configure(SYSLOG + "".join(setting(*item) for item in more.items())) == []
        for number in (50, 40, 30, 20, 10, 5):
            say(level=number)
        packets = [server.recv(1000).decode() for _ in range(6)]
    assert [packet[:5] for packet in packets] == ["<154>", "<155>", "<156>", "<158>", "<159>", "<159>"]
    stamp = r"<154>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
    rest = f"{os.uname().nodename} a%mb {os.getpid()} dcmtool.echo - FATAL - {TEXT}\n"
    assert re.fullmatch(stamp + re.escape(rest), packets[0])


def test_local_syslog(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appenders, "LOCAL_SYSLOG", "log.socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("log.socket")
        server.settimeout(10)
        assert configure(SYSLOG) == []
        say()
        assert server.recv(1000) == f"<14>dcmtool: INFO - {TEXT}\n".encode()


def test_no_local_syslog_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(appenders, "LOCAL_SYSLOG", "none.socket")
    assert configure(SYSLOG) == []
    say()
    say()
    assert capsys.readouterr().err == "W: the log A cannot be written: No such file or directory\n"


def test_syslog_host_that_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: SysLogHandler) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(SysLogHandler, "createSocket", refuse)
    complaint = (
        "2: log4cplus.appender.A: the syslog at 'none.invalid' cannot be reached: Name or service not known"
    )
    assert configure(SYSLOG + setting("host", "none.invalid")) == [complaint]


def test_syslog_settings_that_are_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appenders, "LOCAL_SYSLOG", "none.socket")
    assert configure(SYSLOG + setting("facility", "loud") + setting("port", "70000")) == [
        "3: log4cplus.appender.A.facility: 'loud' is no syslog facility, so that is ignored",
        "4: log4cplus.appender.A.port: '70000' is no port: 1 to 65535, so that is ignored",
    ]


def test_null_appender(capsys: pytest.CaptureFixture[str]) -> None:
    assert configure(PATTERN.replace("ConsoleAppender", "NullAppender")) == []
    say(level=50)
    assert capsys.readouterr() == ("", "")


def test_unknown_appender(capsys: pytest.CaptureFixture[str]) -> None:
    complaint = (
        "2: log4cplus.appender.A: there is no appender 'log4cplus::FooAppender' here, so it writes nothing"
    )
    assert configure(PATTERN.replace("ConsoleAppender", "FooAppender")) == [complaint]
    say(level=50)
    assert capsys.readouterr() == ("", "")


# ---- loggers ----


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["logger.dcmtk.apps.echoscu = WARN"], 0),
        (["logger.dcmtk.apps = ERROR"], 0),
        (["logger.dcmtk = ERROR"], 0),
        (["logger.dcmtool = ERROR"], 0),
        (["logger.dcmtool.echo = OFF"], 0),
        (["logger.dcmtk = OFF", "logger.dcmtk.apps.echoscu = INFO"], 1),
        (["logger.dcmtk = OFF", "logger.dcmtk.apps.echoscu = INHERIT"], 0),
        (["logger.dcmtool = OFF", "logger.dcmtool.echo = DEBUG"], 1),
        (["logger.dcmtk.apps.echoscu = INHERITED, A"], 2),
        (["logger.dcmtk.apps.echoscu = INHERITED, A", "additivity.dcmtk.apps.echoscu = false"], 1),
        (["logger.dcmtool.echo = INFO, A, A", "additivity.dcmtool.echo = false"], 1),
        (["logger.dcmtk = INFO, A", "additivity.dcmtk.apps = false"], 0),
        (["logger.dcmtk.apps = ALL, A", "additivity.dcmtk.apps = true"], 2),
    ],
)
def test_loggers(capsys: pytest.CaptureFixture[str], lines: list[str], expected: int) -> None:
    assert configure(PATTERN + "".join(f"log4cplus.{line}\n" for line in lines)) == []
    assert written(capsys).count(TEXT) == expected


def test_configuring_again_replaces_what_was_set(capsys: pytest.CaptureFixture[str]) -> None:
    configure(PATTERN + "log4cplus.logger.dcmtool = OFF, A\n")
    configure(PATTERN)
    assert written(capsys) == f"I: {TEXT}\n"


def test_loggers_of_others_are_named_in_one_sentence() -> None:
    lines = (
        "log4cplus.logger.dcmtk.dcmnet = INFO, A\nlog4cplus.logger.x = OFF\nlog4cplus.additivity.x = false\n"
    )
    assert configure(PATTERN + lines) == [
        "5: log4cplus.logger.dcmtk.dcmnet: dcmtool has no such logger: dcmtk.dcmnet, x"
    ]


def test_loggers_with_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = "log4cplus.logger.dcmtk.apps = LOUD, B\nlog4cplus.additivity.dcmtk.apps = maybe\n"
    assert configure(PATTERN + lines) == [
        "5: log4cplus.logger.dcmtk.apps: 'LOUD, B' is no level, so that is ignored",
        "5: log4cplus.logger.dcmtk.apps: there is no appender 'B'",
        "6: log4cplus.additivity.dcmtk.apps: 'maybe' is not a whole number, so that is ignored",
    ]
    assert written(capsys) == f"I: {TEXT}\n"


def test_no_appender_anywhere_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    complaint = "1: log4cplus.rootLogger: no logger has an appender, so nothing is written"
    assert configure("log4cplus.rootLogger = INFO") == [complaint]
    say(level=50)
    assert capsys.readouterr() == ("", "")


# ---- lines and variables ----


def test_settings_that_are_unknown() -> None:
    text = (
        setting("logToStderr", "true") + "log4cplus.configDebug = true\n# comment\n  mine = 1\nno sense\r\n"
    )
    assert configure(PATTERN + text) == [
        "5: log4cplus.appender.A.logToStderr is not a known setting: "
        "it is spelled log4cplus.appender.A.logToStdErr",
        "6: log4cplus.configDebug is not a known setting",
        "9: the line has no '=', so it sets nothing",
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Threshold", "loud", "no level"),
        ("logToStdErr", "maybe", "not a whole number"),
        ("logToStdErr", "9" * 200, "not a whole number"),
    ],
)
def test_values_that_are_wrong(
    capsys: pytest.CaptureFixture[str], name: str, value: str, reason: str
) -> None:
    complaint = f"5: log4cplus.appender.A.{name}: {value!r} is {reason}, so that is ignored"
    assert configure(PATTERN + setting(name, value)) == [complaint]
    assert written(capsys) == f"I: {TEXT}\n"


@pytest.mark.parametrize("size", ["big", "1.5MB", "KB", ""])
def test_sizes_that_are_wrong(size: str) -> None:
    text = ROLLING + setting("File", "r.log") + setting("MaxFileSize", size)
    complaint = f"4: log4cplus.appender.A.MaxFileSize: {size!r} is not a whole number, so that is ignored"
    assert configure(text) == [complaint]


def test_last_of_a_repeated_setting_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert configure(PATTERN + setting("layout.ConversionPattern", "last=%m")) == []
    assert written(capsys) == f"last={TEXT}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${LOG_WORD}", "word"),
        ("a-${outer}-b", "a-<word>-b"),
        ("${appname}", "dcmtool"),
        pytest.param("${pid}", str(os.getpid()), id="pid"),
        ("${hostname}", os.uname().nodename),
        ("${date}${time}", r"\d{14}"),
    ],
)
def test_variables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, value: str, expected: str
) -> None:
    monkeypatch.setenv("LOG_WORD", "word")
    text = "outer = <${inner}>\ninner = ${LOG_WORD}\n" + PATTERN
    assert configure(text + setting("layout.ConversionPattern", value)) == []
    assert re.fullmatch(expected, written(capsys))


@pytest.mark.parametrize(
    ("value", "shown", "complaint"),
    [
        ("${NO_SUCH}!", "${NO_SUCH}!", "the variable ${NO_SUCH} has no value and is left as it is"),
        ("${appname} ${open", "dcmtool ${open", "the '${' has no closing brace and is left as it is"),
        ("${loop}", "${loop}", "the variables in the value never end, so they are left as they are"),
        ("${double}", "${double}", "the variables in the value never end, so they are left as they are"),
    ],
)
def test_variables_that_cannot_be(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    shown: str,
    complaint: str,
) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    name = next(iter(re.findall(r"^\$\{(loop|double)\}$", value)), "plain")
    more = {"loop": "loop = ${loop}\n", "double": f"double = {'x' * 9999}${{double}}\n", "plain": ""}[name]
    complaints = configure(PATTERN + setting("layout.ConversionPattern", value) + more)
    assert complaints[0] == f"5: {complaint}"
    assert written(capsys) == shown


def test_streams_are_those_of_the_moment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with open(folder / "stdout", "w+") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        configure(PATTERN)
        say()
        assert (folder / "stdout").read_text() == f"I: {TEXT}\n"
