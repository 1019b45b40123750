"""`dcmtool echo` where nothing is to be shown but what it says itself: Click takes longer than the echo."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dcmtool.cli import stderr
from dcmtool.cli.grammar.command_line import CommandLine, read_command_line
from dcmtool.cli.grammar.parser import parse
from dcmtool.options import requests
from dcmtool.options.echo import ECHO
from dcmtool.options.values import Values
from dcmtool.text import printable
from dcmtool.trace.levels import Level, Line

if TYPE_CHECKING:
    from dcmtool.cli.asked_password import Asked


def echo(args: Sequence[str]) -> int | None:
    """Run `dcmtool echo` with these arguments and return the exit code; None where it takes Click.

    Raises:
        UsageError: the command line cannot be.
        InputFileError: a file cannot be used.
    """
    line = read_command_line(args, ECHO.options)
    if not args or line.stands_alone:
        return None
    return run(parse(ECHO, line), line, "dcmtool echo")


def run(values: Values, line: CommandLine, called: str) -> int:
    """Run one verification and return the exit code. Raises as `echo` does."""
    for remark in values.remarks:
        stderr.write_if(Line(Level.INFO, remark), requests.level(values))
    if values["arguments"]:
        stderr.write(_called_with(called, line.words))
    requests.check_allowed(values)
    warn = stderr.warning(requests.level(values))
    request = requests.echo_request(values, ask=_ask, ask_passcode=_ask_passcode, warn=warn)
    output = requests.output(values)
    from dcmtool.cli.output import echo_run

    if request.tls is None:
        return echo_run.run(request, output)
    from dcmtool.options.tls_requests import naming_entry

    with naming_entry(values):
        return echo_run.run(request, output)


def _ask(key_file: str) -> "Asked":
    from dcmtool.cli.asked_password import Asked

    return Asked(key_file)


def _ask_passcode(user: str) -> str:
    from dcmtool.cli.asked_password import passcode

    return passcode(user)


def _called_with(called: str, given: Sequence[str]) -> str:
    """Return the two lines of `--arguments`; as in DCMTK's tools an empty one is counted but not shown."""
    shown = "".join(f"'{printable(word)}' " for word in given if word)
    return f"I: calling '{called}' with {len(given)} arguments: {shown}\nI: "
