"""`dcmtool scp`: a Verification SCP (PS3.4 Annex A) to practise and test against."""

from dcmtool.cli import stderr
from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.asked_password import Asked
from dcmtool.cli.completion.candidates import OF_OPTIONS
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.options.requests import level
from dcmtool.options.scp import SCP, scp_settings
from dcmtool.options.tls_shared import SECTIONS
from dcmtool.options.values import Values
from dcmtool.trace.levels import Level

EPILOG = """\
On stderr there is a line for each association: who it was, from where, what was asked, how it ended and how
long it took. Ctrl-C and SIGTERM abort what is open, show what it all came to, and end with the exit code 0.

Each option can also be set by the environment variable DCMTOOL_SCP_ and its long name in capitals with
underscores, such as DCMTOOL_SCP_AETITLE=PACS; the command line beats it. What neither gives comes from the
table [defaults.scp] of dcmtool.toml in the user's configuration folder.
"""


def _run(values: Values, _line: CommandLine, _called: str) -> int:
    """Serve until told to stop, and return the exit code."""
    settings = scp_settings(values, ask=Asked, warn=stderr.warning(level(values)))
    from dcmtool.cli.output import scp_run

    files = values["port_file"], values["save_cert"]
    scp_run.serve(settings, _level(values), values["output"], *files, explains=values["explain"])
    return 0


def _level(values: Values) -> Level:
    if values["quiet"]:
        return Level.ERROR
    return Level.TRACE if values["debug"] else Level.DEBUG if values["verbose"] else Level.INFO


command = DicomCommand(
    SCP,
    _run,
    actions=ACTIONS,
    completions=OF_OPTIONS,
    last_sections=SECTIONS,
    help="""Answer echoes on PORT, as a DICOM node does, or fail to in one of many ways.

    PORT 0 takes a free one.
    """,
    short_help="be a DICOM node that answers echoes, to test against",
    epilog=EPILOG,
)
