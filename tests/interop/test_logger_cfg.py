"""The same `logger.cfg` with DCMTK's echoscu and with `dcmtool echo`: the same streams and files."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.peers.programs import run_dcmtool, run_echoscu

pytestmark = pytest.mark.interop

CONSOLE = "log4cplus.rootLogger = INFO, A\nlog4cplus.appender.A = log4cplus::ConsoleAppender\n"
LAYOUT = "log4cplus.appender.A.layout = log4cplus::"
PATTERN = LAYOUT + "PatternLayout\nlog4cplus.appender.A.layout.ConversionPattern = "
PLAIN = CONSOLE + PATTERN + "%P: %m%n\n"
FILTER = "log4cplus.appender.A.filters.1 = log4cplus::spi::"
DENY = "log4cplus.appender.A.filters.2 = log4cplus::spi::DenyAllFilter\n"

CONFIGURATIONS = {
    "no layout": CONSOLE,
    "stderr": PLAIN + "log4cplus.appender.A.logToStdErr = true\n",
    "simple": CONSOLE + LAYOUT + "SimpleLayout\n",
    "ttcc": CONSOLE + LAYOUT + "TTCCLayout\n",
    "ttcc date": CONSOLE + LAYOUT + "TTCCLayout\nlog4cplus.appender.A.layout.DateFormat = %H.%M.%Q\n",
    "widths": CONSOLE + PATTERN + "[%6p][%-6p][%.2p][%-4.2p][%.7m][%05P]%n\n",
    "dates": CONSOLE + PATTERN + "[%d][%D][%d{%Y %j %q}][%D{%a %Z %%}] %m%n\n",
    "unknown conversion": CONSOLE + PATTERN + "%y%m 100%n%\n",
    "threshold": PLAIN + "log4cplus.appender.A.Threshold = WARN\n",
    "logger": PLAIN + "log4cplus.logger.dcmtk.apps.echoscu = ERROR\n",
    "parent": PLAIN + "log4cplus.logger.dcmtk.apps = OFF\n",
    "twice": PLAIN + "log4cplus.logger.dcmtk.apps.echoscu = INHERITED, A\n",
    "additivity": PLAIN + "log4cplus.logger.dcmtk = INFO, A\nlog4cplus.additivity.dcmtk = false\n",
    "match": PLAIN + FILTER + "LogLevelMatchFilter\nlog4cplus.appender.A.filters.1.LogLevelToMatch = INFO\n",
    "range": PLAIN
    + FILTER
    + "LogLevelRangeFilter\nlog4cplus.appender.A.filters.1.AcceptOnMatch = true\n"
    + DENY,
    "string": PLAIN + FILTER + "StringMatchFilter\nlog4cplus.appender.A.filters.1.StringToMatch = Echo\n",
    "file": "log4cplus.rootLogger = INFO, A\nlog4cplus.appender.A = log4cplus::FileAppender\n"
    "log4cplus.appender.A.File = ${LOG_FOLDER}/echo.log\n",
    "rolling": "log4cplus.rootLogger = INFO, A\nlog4cplus.appender.A = log4cplus::RollingFileAppender\n"
    "log4cplus.appender.A.File = ${LOG_FOLDER}/r.log\nlog4cplus.appender.A.MaxFileSize = 1KB\n",
    "null": "log4cplus.rootLogger = INFO, A\nlog4cplus.appender.A = log4cplus::NullAppender\n",
}

# What differs by its nature: the logger's name, the thread, and the time.
MASKS = [
    (r"dcmtk\.apps\.echoscu|dcmtool\.echo", "LOGGER"),
    (r"\[\d{9,}\]", "[THREAD]"),
    (r"(?m)^\d+ ", "0 "),
    (r"\d{2,4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE"),
    (r" \d{3}\]", " MS]"),
    (r"\d\d\.\d\d\.\d{3}\.\d{3}", "TIME"),
]


def masked(text: str) -> str:
    """Return the text without what differs by its nature."""
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    return text


def own_lines(text: str) -> str:
    """Return standard error without what either tool says about the configuration itself."""
    about = re.compile(r"log4cplus:|W: .*logger\.cfg:\d+: ")
    return masked("".join(line for line in text.splitlines(True) if not about.match(line)))


def results(run: "subprocess.CompletedProcess[str]", folder: Path) -> tuple[int, str, str, dict[str, str]]:
    """Return exit code, both streams and the files of a run."""
    files = {path.name: masked(path.read_text()) for path in sorted(folder.glob("*.log*"))}
    for name in files:
        (folder / name).unlink()
    return run.returncode, masked(run.stdout), own_lines(run.stderr), files


def test_a_filter_that_keeps_a_dump_keeps_all_of_it(storescp: int, tmp_path: Path) -> None:
    dumps = CONSOLE.replace("INFO", "DEBUG") + PATTERN + "%P: %m%n\n" + FILTER + "StringMatchFilter\n"
    wanted = "log4cplus.appender.A.filters.1.StringToMatch = A-ASSOCIATE-AC\n"
    accept = "log4cplus.appender.A.filters.1.AcceptOnMatch = true\n"
    (tmp_path / "logger.cfg").write_text(dumps + wanted + accept + DENY)
    arguments = ["-lc", str(tmp_path / "logger.cfg"), "127.0.0.1", str(storescp)]
    theirs, ours = (
        [line for line in run(*arguments).stdout.splitlines() if "Our Implementation" not in line]
        for run in (run_echoscu, run_dcmtool)
    )
    assert ours == theirs
    assert ours[0] == "D: Association Parameters Negotiated:"
    assert len(ours) == 21


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_same_streams_and_files(storescp: int, tmp_path: Path, name: str) -> None:
    (tmp_path / "logger.cfg").write_text(CONFIGURATIONS[name])
    arguments = ["-lc", str(tmp_path / "logger.cfg"), "127.0.0.1", str(storescp)]
    env = {"LOG_FOLDER": str(tmp_path)}
    expected = results(run_echoscu(*arguments, env=env), tmp_path)
    assert results(run_dcmtool(*arguments, env=env), tmp_path) == expected
    assert expected[0] == 0
