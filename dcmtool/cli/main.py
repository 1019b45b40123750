"""The `dcmtool` program: what runs a command line, and its exit code.

Click, and with it the group `cli`, is loaded for whatever is not a plain `dcmtool echo`.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dcmtool.cli import completion
from dcmtool.cli.exit_codes import exit_code
from dcmtool.errors import DcmtoolError, InputFileError, OutputFileError, reason_of
from dcmtool.options.values import UsageError
from dcmtool.text import brief

if TYPE_CHECKING:
    from dcmtool.cli.group import cli

__all__ = ["cli", "interrupted", "load", "main"]

_DEADLINE = "--deadline"
OUTPUT = "DCMTOOL_ECHO_OUTPUT"  # `--output` by the environment
_ASKS_FOR_FORM = ("--output", "-o", "--json")  # how words that may ask for a document begin


def __getattr__(name: str) -> Any:
    if name != "cli":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dcmtool.cli.group import cli

    return cli


def load(args: Sequence[str]) -> None:
    """Load what a command line takes in any case; Ctrl-C had better not come meanwhile."""
    if _completes(os.environ.get(completion.VARIABLE, "")):
        return
    if args[:1] == ["echo"]:
        from dcmtool.cli import plain  # noqa: F401
        from dcmtool.cli.output import echo_run  # noqa: F401
    else:
        from dcmtool.cli import group  # noqa: F401


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default) and return the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        with _bounded(args):
            return _run(args)
    except UsageError as error:
        return _reported(args, error)
    except DcmtoolError as error:
        _complain(error)
        return _reported(args, error)
    except BrokenPipeError as error:  # the reader of the output has seen enough
        _silence_stdout()
        return exit_code(error)
    except OSError as error:
        _silence_stdout()
        _complain(f"Cannot write the output: {reason_of(error)}")
        return exit_code(error)
    except KeyboardInterrupt as error:
        return _reported(args, error)


def _run(args: list[str]) -> int:
    """Run a command line; its command files are replaced by what they hold, also for the caller.

    A `UsageError` has been shown.
    """
    if _completes(os.environ.get(completion.VARIABLE, "")):
        from dcmtool.cli.completion.shells import answer
        from dcmtool.cli.group import cli

        return answer(cli, completion.VARIABLE)
    if any(word.startswith("@") for word in args):
        from dcmtool.config.command_file import expand

        try:
            args[:] = expand(args)
        except InputFileError as error:
            _complain(f"Cannot open command file '{brief(error.path)}': {error.reason}")
            return _reported(args, error)
    code = _plain_echo(args[1:]) if args[:1] == ["echo"] else None
    if code is None:
        from dcmtool.cli import group

        code = group.run(args)
    return code


def _bounded(args: Sequence[str]) -> contextlib.AbstractContextManager[None]:
    """Return what bounds the reading of files by the deadline of a command line that is not yet read."""
    seconds = None
    for word, value in zip(args, [*args[1:], ""], strict=False):
        given = value if word == _DEADLINE else word.removeprefix(f"{_DEADLINE}=")
        if word.startswith(_DEADLINE):
            with contextlib.suppress(ValueError):  # which is complained of later
                seconds = float(given)
    if seconds is None:
        return contextlib.nullcontext()
    from dcmtool import pipes

    return pipes.bounded(seconds)


def _plain_echo(args: Sequence[str]) -> int | None:
    from dcmtool.cli import plain

    try:
        return plain.echo(args)
    except UsageError as error:
        from dcmtool.cli import group

        group.show_usage_error(error)
        raise


def _reported(args: Sequence[str], error: BaseException) -> int:
    """Return the exit code of an error, with a document or a monitor's line if one was asked for."""
    form = os.environ.get(OUTPUT)
    if args[:1] != ["echo"] or (form is None and not any(word.startswith(_ASKS_FOR_FORM) for word in args)):
        return exit_code(error)
    from dcmtool.cli.usage_report import report

    try:
        return report(args[1:], form, error)
    except (OSError, OutputFileError) as unwritten:
        _silence_stdout()
        return exit_code(unwritten)


def interrupted() -> int:
    """Return the exit code of the process's command line that Ctrl-C ended before it could be run."""
    return _reported(sys.argv[1:], KeyboardInterrupt())


def _completes(instruction: str) -> bool:
    """Return whether a shell asks, for its script or for what could come next; the variable may be stale."""
    return instruction.endswith("_source") or (instruction != "" and "COMP_WORDS" in os.environ)


def _complain(error: str | DcmtoolError) -> None:
    if isinstance(error, DcmtoolError):
        from dcmtool.cli.wording import COMMAND_LINE

        error = error.in_words(COMMAND_LINE)
    from dcmtool.cli.output import screen

    screen.write_error(error)


def _silence_stdout() -> None:
    """Keep the interpreter from writing to the closed pipe, and complaining, once more as it exits."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
