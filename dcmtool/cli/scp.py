"""`dcmtool scp`: a Verification SCP (PS3.4 Annex A) to practise and test against."""

import click

from dcmtool.cli.parameters import DicomArgument, DicomCommand
from dcmtool.cli.scp_options import gather_faults, gather_settings, gather_tls, scp_options
from dcmtool.cli.tls_groups import SECTIONS
from dcmtool.cli.values import Number
from dcmtool.scp.settings import ScpSettings
from dcmtool.trace.levels import Level

EPILOG = """\
On stderr there is a line for each association: who it was, from where, what was asked, how it ended and how
long it took. Ctrl-C and SIGTERM abort what is open, show what it all came to, and end with the exit code 0.

Each option can also be set by the environment variable DCMTOOL_SCP_ and its long name in capitals with
underscores, such as DCMTOOL_SCP_AETITLE=PACS; the command line beats it.
"""


@click.command(
    "scp",
    cls=DicomCommand,
    last_sections=SECTIONS,
    help="""Answer echoes on PORT, as a DICOM node does, or fail to in one of many ways.

    PORT 0 takes a free one.
    """,
    short_help="Be a DICOM node that answers echoes, to test against.",
    epilog=EPILOG,
)
@click.argument(
    "port",
    cls=DicomArgument,
    type=Number(0, 65535),
    default=ScpSettings.port,
    description=f"TCP port to listen on; {ScpSettings.port} if it is left out",
)
@scp_options
@gather_tls
@gather_faults
@gather_settings
@click.pass_context
def command(
    ctx: click.Context,
    settings: ScpSettings,
    quiet: bool,
    verbose: bool,
    debug: bool,
    output: str,
    port_file: str | None,
    save_cert: str | None,
) -> None:
    """Serve until told to stop."""
    from dcmtool.cli import scp_console

    level = Level.ERROR if quiet else Level.TRACE if debug else Level.DEBUG if verbose else Level.INFO
    scp_console.serve(settings, level, output, port_file, save_cert)
    ctx.exit()
