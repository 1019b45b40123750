"""What the tests of `logger.cfg` share: the files that they write, and what a record brings."""

from pathlib import Path

import pytest

from dcmtool.logging_config.load import load
from tests.logging_config.logging_state import say

TEXT = "Requesting Association"
CONSOLE = "log4cplus.rootLogger = ALL, A\nlog4cplus.appender.A = log4cplus::ConsoleAppender\n"
PATTERN = (
    CONSOLE + "log4cplus.appender.A.layout = log4cplus::PatternLayout\n"
    "log4cplus.appender.A.layout.ConversionPattern = %P: %m%n\n"
)
FILE = "log4cplus.rootLogger = ALL, A\nlog4cplus.appender.A = log4cplus::FileAppender\n"
ROLLING = "log4cplus.rootLogger = ALL, A\nlog4cplus.appender.A = log4cplus::RollingFileAppender\n"
SYSLOG = "log4cplus.rootLogger = ALL, A\nlog4cplus.appender.A = log4cplus::SysLogAppender\n"
LEVELS = {"FATAL": 50, "ERROR": 40, "WARN": 30, "INFO": 20, "DEBUG": 10, "TRACE": 5}


def configure(text: str) -> list[str]:
    """Load a logger.cfg and return the complaints, each after the file's name."""
    Path("logger.cfg").write_text(text)
    return [complaint.removeprefix("logger.cfg:") for complaint in load("logger.cfg")]


def setting(name: str, value: str) -> str:
    """Return a line for the appender A."""
    return f"log4cplus.appender.A.{name} = {value}\n"


def written(capsys: pytest.CaptureFixture[str], level: int = 20, text: str = TEXT) -> str:
    """Return what a record brings to standard output."""
    say(text, level)
    return capsys.readouterr().out
