"""`--log-config`: the formats of the standard library, what is refused, and logs that fail."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcmtool.errors import InputFileError, OutputFileError
from dcmtool.logging_config.load import MAX_BYTES, MAX_COMPLAINTS, load
from tests.logging_config.logging_state import restored, say

INI = """\
[loggers]
keys=root
[handlers]
keys=file
[formatters]
keys=plain
[logger_root]
level=INFO
handlers=file
[handler_file]
class=FileHandler
formatter=plain
args=({log!r}, "w")
[formatter_plain]
format=ini %(levelname)s %(message)s
"""
TOML = """\
version = 1
[formatters.plain]
format = "toml %(levelname)s %(message)s"
[handlers.file]
class = "logging.FileHandler"
filename = {log!r}
formatter = "plain"
[loggers.dcmtool]
level = "TRACE"
handlers = ["file"]
"""
PROPERTIES = """\
log4cplus.rootLogger = INFO, A
log4cplus.appender.A = log4cplus::FileAppender
log4cplus.appender.A.File = {log}
"""


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    with restored():
        yield


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log that the configurations name."""
    return tmp_path / "out.log"


def as_json(log: Path | str, **more: object) -> str:
    """Return a dictConfig of one file handler as JSON."""
    handler = {"class": "logging.FileHandler", "filename": str(log)}
    whole = {"version": 1, "handlers": {"file": handler}, "root": {"level": "INFO", "handlers": ["file"]}}
    return json.dumps(whole | more)


def write(folder: Path, name: str, text: str | bytes) -> str:
    """Write a configuration and return its path."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def refusal(path: str) -> str:
    """Return why the file is refused."""
    with pytest.raises(InputFileError) as caught:
        load(path)
    assert caught.value.path == path
    assert str(caught.value).isprintable()
    return caught.value.reason


# ---- accepted ----


@pytest.mark.parametrize("name", ["c.json", "c.JSON", "c.conf"])
def test_json(tmp_path: Path, log: Path, name: str) -> None:
    assert load(write(tmp_path, name, as_json(log))) == []
    say()
    assert log.read_text() == "Requesting Association\n"


@pytest.mark.parametrize("name", ["c.toml", "c"])
def test_toml_and_the_level_trace(tmp_path: Path, log: Path, name: str) -> None:
    assert load(write(tmp_path, name, TOML.format(log=str(log)))) == []
    say(level=5)
    assert log.read_text() == "toml TRACE Requesting Association\n"


@pytest.mark.parametrize("name", ["c.ini", "c.cfg"])
def test_ini(tmp_path: Path, log: Path, name: str) -> None:
    assert load(write(tmp_path, name, INI.format(log=str(log)))) == []
    say()
    assert log.read_text() == "ini INFO Requesting Association\n"


@pytest.mark.parametrize(
    "prefix", [b"", b"\xef\xbb\xbf", b"# f\xfcr alle\r\n"], ids=["plain", "bom", "latin-1"]
)
def test_properties(tmp_path: Path, log: Path, prefix: bytes) -> None:
    assert load(write(tmp_path, "logger.cfg", prefix + PROPERTIES.format(log=log).encode())) == []
    say()
    assert log.read_text() == "INFO - Requesting Association\n"


def test_disable_existing_loggers_leaves_ours_enabled(tmp_path: Path, log: Path) -> None:
    other = logging.getLogger("somebody.else")
    load(write(tmp_path, "c.json", as_json(log, disable_existing_loggers=True)))
    say()
    assert log.read_text() == "Requesting Association\n"
    assert other.disabled


def test_logs_are_created_with_the_umask_of_the_user(tmp_path: Path, log: Path) -> None:
    before = os.umask(0o027)
    try:
        load(write(tmp_path, "logger.cfg", PROPERTIES.format(log=log)))
    finally:
        os.umask(before)
    assert log.stat().st_mode & 0o777 == 0o640


def test_complaints_are_bounded_and_printable(tmp_path: Path, log: Path) -> None:
    text = PROPERTIES.format(log=log) + "esc\x1b[31m\n" * (MAX_COMPLAINTS + 5)
    path = write(tmp_path, "logger\x1b.cfg", text)
    complaints = load(path)
    assert len(complaints) == MAX_COMPLAINTS + 1
    assert complaints[0].endswith("logger\\x1b.cfg:4: the line has no '=', so it sets nothing")
    assert complaints[-1].endswith("logger\\x1b.cfg: 5 more settings were ignored")


# ---- refused ----


def test_missing(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "none.cfg")) == "cannot be read: No such file or directory"


def test_directory(tmp_path: Path) -> None:
    assert refusal(str(tmp_path)) == "cannot be read: Is a directory"


def test_unreadable(tmp_path: Path) -> None:
    write(tmp_path, "file", "")
    assert refusal(str(tmp_path / "file" / "x")) == "cannot be read: Not a directory"


REFUSED = {
    "empty.cfg": ("", "does not contain any settings"),
    "blank.json": (" \n\t", "does not contain any settings"),
    "comments.cfg": ("# a\n  # b\n", "does not contain any settings"),
    "comments.ini": ("# a\n; b\n", "does not contain any settings"),
    "braces.json": ("{}", "does not contain any settings"),
    "comments.toml": ("# a\n", "does not contain any settings"),
    "words.cfg": ("some words", "does not contain any settings"),
    "other.cfg": ("a = b", "does not contain any valid settings: none begins with log4cplus."),
    "noroot.cfg": ("log4cplus.logger.dcmtk = INFO", "does not set up log4cplus.rootLogger"),
    "level.cfg": (
        "\nlog4cplus.rootLogger = LOUD, A",
        "does not set up log4cplus.rootLogger: 'LOUD' in line 2 is no level",
    ),
    "inherit.cfg": (
        "log4cplus.rootLogger = INHERITED",
        "does not set up log4cplus.rootLogger: 'INHERITED' in line 1 is no level",
    ),
    "nul.cfg": ("log4cplus.rootLogger = INFO\0", "holds a NUL byte, so it is not a text file"),
    "array.json": ("[1]", "does not hold an object with settings"),
    "bad.json": ('{"version": 1,}', "is not valid JSON: "),
    "digits.json": ('{"version": ' + "1" * 5000 + "}", "is not valid JSON: "),
    "deep.json": ("[" * 200_000, "is not valid JSON: "),
    "bad.toml": ("version = \n", "is not valid TOML: Invalid value (at line 1, column 11)"),
    "deep.toml": ("a = " + "[" * 100_000, "is not valid TOML: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: Path, name: str) -> None:
    text, reason = REFUSED[name]
    assert refusal(write(tmp_path, name, text)).startswith(reason)


def test_too_large(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "large.cfg", b"#" * MAX_BYTES + b"\n")).startswith(
        "is larger than 1048576 bytes"
    )


REFUSED_BY_PYTHON = {
    "version.json": ('{ "root": {} }', "dictionary doesn't specify a version"),
    "level.toml": (
        'version = 1\nroot.level = "LOUD"',
        "Unable to configure root logger: Unknown level: 'LOUD'",
    ),
    "type.json": ('{"version": 1, "handlers": 5}', "'int' object"),
    "sections.ini": ("[a]\nb = c", "no 'formatters'"),
    "syntax.ini": ("[loggers]\nkeys", "Source contains parsing errors: 'the file' [line 2]: 'keys'"),
    "nosection.ini": ("keys = x", "File contains no section headers."),
}


@pytest.mark.parametrize("name", REFUSED_BY_PYTHON)
def test_refused_by_the_standard_library(tmp_path: Path, name: str) -> None:
    text, reason = REFUSED_BY_PYTHON[name]
    whole = refusal(write(tmp_path, name, text))
    assert whole.startswith("is refused by Python's logging: ")
    assert reason in whole


@pytest.mark.parametrize("name", ["c.json", "c.toml", "c.ini", "logger.cfg"])
def test_log_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    log = str(tmp_path / "missing" / "out.log")
    texts = {"c.json": as_json(log), "c.toml": TOML.format(log=log), "c.ini": INI.format(log=log)}
    path = write(tmp_path, name, texts.get(name, PROPERTIES.format(log=log)))
    with pytest.raises(OutputFileError) as caught:
        load(path)
    assert (caught.value.path, caught.value.reason) == (log, "No such file or directory")


# ---- failures later on ----


@pytest.mark.parametrize("name", ["c.json", "logger.cfg"])
def test_full_disk_is_one_line(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = as_json("/dev/full") if name == "c.json" else PROPERTIES.format(log="/dev/full")
    load(write(tmp_path, name, text))
    say()
    say()
    handler = "file" if name == "c.json" else "A"
    assert capsys.readouterr().err == f"W: the log {handler} cannot be written: No space left on device\n"
    _forget_unwritten()


def _forget_unwritten() -> None:
    """Drop a stream whose buffer can never be flushed."""
    handler = logging.getLogger().handlers.pop()
    assert isinstance(handler, logging.FileHandler)
    with pytest.raises(OSError, match="No space left"):
        handler.close()


def test_failure_that_is_no_system_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log: Path
) -> None:
    load(write(tmp_path, "c.json", as_json(log)))
    logging.getLogger("dcmtool.echo").info("%d", "no number")
    say()
    assert capsys.readouterr().err.startswith("W: the log file cannot be written: %d format: ")
    assert log.read_text() == "Requesting Association\n"


def test_failure_without_stderr(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(write(tmp_path, "c.json", as_json(log)))
    with open(os.devnull, "w") as closed:
        pass
    monkeypatch.setattr(sys, "stderr", closed)
    logging.getLogger("dcmtool.echo").info("%d", "no number")
    say()
    assert log.read_text() == "Requesting Association\n"


_ODD = {"()": "logging.Filter", "name": ["dcmtool"]}
_CONSOLE = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}


@pytest.mark.parametrize(
    ("handler", "logger", "filters", "said"),
    [
        (
            {**_CONSOLE, "filters": ["odd"]},
            {},
            {"odd": _ODD},
            "the log a cannot be written: must be str, not ",
        ),
        (
            _CONSOLE,
            {"filters": ["odd"]},
            {"odd": _ODD},
            "the log dcmtool.echo cannot be written: must be str",
        ),
        (
            {"class": "logging.FileHandler", "filename": "/nowhere/a.log", "delay": True},
            *({}, {}),
            "the log a cannot be written: No such file or directory",
        ),
        ({"class": "logging.Handler"}, {}, {}, "the log a cannot be written: emit must be implemented"),
        (
            {"class": "logging.handlers.MemoryHandler", "capacity": "x"},
            *({}, {}),
            "the log a cannot be written: '>=' not supported",
        ),
    ],
    ids=["filter of a handler", "filter of a logger", "late file", "no emit", "capacity"],
)
def test_what_logging_lets_through_is_one_line(
    handler: dict[str, object],
    logger: dict[str, object],
    filters: dict[str, object],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loggers = {"dcmtool.echo": {"level": "INFO", "handlers": ["a"], **logger}}
    text = json.dumps({"version": 1, "handlers": {"a": handler}, "filters": filters, "loggers": loggers})
    load(write(tmp_path, "c.json", text))
    say()
    say()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"W: {said}")
    assert shown.err.count("\n") == 1
