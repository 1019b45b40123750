"""A failure in place of a verification, told on stdout in the form that the command line asks for."""

from collections.abc import Sequence

import click
from click.exceptions import NoArgsIsHelpError

from dcmtool import errors
from dcmtool.cli.command_line import read_command_line
from dcmtool.cli.echo import command
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.output_options import FORMS
from dcmtool.cli.parameters import DicomOption
from dcmtool.cli.report_output import in_json, tell
from dcmtool.reporting.json_report import without_verification
from dcmtool.reporting.nagios import unknown

_OUTCOMES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (click.ClickException, "usage-error"),
    (errors.SettingsError, "usage-error"),
    (errors.InputFileError, "input-file"),
    (errors.OutputFileError, "output-file"),
    (errors.TlsSettingsError, "tls-settings"),
    ((KeyboardInterrupt, click.Abort), "interrupted"),
)


def told(words: Sequence[str], fallback: str | None, error: BaseException) -> int:
    """Tell of an error in the form that the command line `words` asks for, and return the exit code.

    The `fallback` is the form of the environment.

    Raises:
        OutputFileError: there is no stdout.
        OSError: it cannot be written.
    """
    form, code = _form(words, fallback), exit_code(error)
    outcome = next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), None)
    if form == "text" or outcome is None:
        return code
    sentence = _sentence(error)
    if form == "nagios":
        status = unknown(sentence)
        tell(str(status))
        return int(status.state)
    tell(in_json(without_verification(outcome, sentence, code), form))
    return code


def _form(words: Sequence[str], fallback: str | None) -> str:
    """Return what `--output` asks for; what else is wrong with the command line is passed over."""
    if words[:1] != ["echo"]:
        return "text"
    context = click.Context(command)
    options = [param for param in command.get_params(context) if isinstance(param, DicomOption)]
    line = read_command_line(words[1:], options, lambda _complaint: None)
    given = [values[-1] for option, values in line.occurrences if option.name == "output"]
    form = given[-1] if given else fallback
    return form if form is not None and form in FORMS else "text"


def _sentence(error: BaseException) -> str:
    if isinstance(error, NoArgsIsHelpError):
        return "Missing parameter peer"
    if isinstance(error, click.ClickException):
        return error.format_message()
    return str(error) if isinstance(error, errors.DcmtoolError) else "interrupted"
