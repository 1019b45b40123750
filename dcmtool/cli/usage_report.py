"""A failure in place of a verification, written to stdout in the form that the command line asks for."""

from collections.abc import Sequence

from dcmtool import errors
from dcmtool.cli.exit_codes import exit_code
from dcmtool.cli.grammar.command_line import read_command_line
from dcmtool.cli.output.report import in_json, write
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.options.echo import ECHO
from dcmtool.options.report import FORMS
from dcmtool.options.values import UsageError
from dcmtool.reporting.json_report import without_verification
from dcmtool.reporting.nagios import unknown

_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (UsageError, "usage-error"),
    (errors.SettingsError, "usage-error"),
    (errors.InputFileError, "input-file"),
    (errors.OutputFileError, "output-file"),
    (errors.TlsSettingsError, "tls-settings"),
    (KeyboardInterrupt, "interrupted"),
)


def report(words: Sequence[str], fallback: str | None, error: BaseException) -> int:
    """Write an error in the form that the `words` of `dcmtool echo` ask for, and return the exit code.

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
        write(str(status))
        return int(status.state)
    write(in_json(without_verification(outcome, sentence, code), form))
    return code


def _form(words: Sequence[str], fallback: str | None) -> str:
    """Return what `--output` asks for; other errors in the command line are ignored."""
    line = read_command_line(words, ECHO.options, lambda _complaint: None)
    given = [values[-1] for option, values in line.occurrences if option.name == "output"]
    form = given[-1] if given else fallback
    return form if form is not None and form in FORMS else "text"


def _sentence(error: BaseException) -> str:
    return error.in_words(COMMAND_LINE) if isinstance(error, errors.DcmtoolError) else "interrupted"
