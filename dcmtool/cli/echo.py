"""`dcmtool echo`: verify that a DICOM node answers (C-ECHO, PS3.7 9.1.5), as DCMTK's echoscu does."""

import click

from dcmtool.cli import offers
from dcmtool.cli.options import (
    gather_negotiation,
    gather_output,
    gather_peer,
    gather_timeouts,
    general_options,
    ip_options,
    negotiation_options,
    network_options,
    title_options,
)
from dcmtool.cli.parameters import DicomArgument, DicomCommand, words
from dcmtool.cli.tls_options import SECTIONS, gather_tls, tls_options
from dcmtool.cli.values import Number
from dcmtool.settings import EchoRequest, Negotiation, Output, Peer, Timeouts, TlsSettings
from dcmtool.text import printable

EPILOG = """\
An option may stand anywhere; of one given twice the last counts, and its values may begin with - or +. @FILE
stands for the arguments in FILE.

Each option can also be set by the environment variable DCMTOOL_ECHO_ and its long name in capitals with
underscores, such as DCMTOOL_ECHO_AETITLE=PACS or DCMTOOL_ECHO_VERBOSE=1; the command line beats it. Several
files in one variable are separated by colons, as in DCMTOOL_ECHO_ENABLE_TLS=KEY:CERT, other values by blanks.
"""


@click.command(
    "echo",
    cls=DicomCommand,
    last_sections=SECTIONS,
    no_args_is_help=True,
    help="Verify that the DICOM node PEER answers on PORT, as DCMTK's echoscu does.",
    short_help="Verify that a DICOM node answers (C-ECHO).",
    epilog=EPILOG,
)
@click.argument(
    "peer", cls=DicomArgument, shell_complete=offers.peers, description="host name or address of the node"
)
@click.argument("port", cls=DicomArgument, type=Number(1, 65535), description="its TCP port")
@general_options
@ip_options
@title_options
@negotiation_options
@network_options
@tls_options
@gather_peer
@gather_negotiation
@gather_timeouts
@gather_tls
@gather_output
@click.pass_context
def command(
    ctx: click.Context,
    peer: Peer,
    negotiation: Negotiation,
    timeouts: Timeouts,
    tls: TlsSettings | None,
    output: Output,
    repeat: int,
    abort: bool,
    arguments: bool,
) -> None:
    """Run one verification and exit with its code."""
    if arguments:
        click.echo(_called_with(ctx.command_path, words(ctx)), err=True)
    from dcmtool.cli import console

    ctx.exit(console.run(EchoRequest(peer, negotiation, timeouts, repeat, abort, tls), output))


def _called_with(command_path: str, given: list[str]) -> str:
    """Return the two lines of `--arguments`; as in DCMTK's tools an empty one is counted but not shown."""
    shown = "".join(f"'{printable(word)}' " for word in given if word)
    return f"I: calling '{command_path}' with {len(given)} arguments: {shown}\nI: "
