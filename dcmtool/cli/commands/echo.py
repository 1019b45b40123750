"""`dcmtool echo`: verify that a DICOM node answers (C-ECHO, PS3.7 9.1.5), as DCMTK's echoscu does."""

from dcmtool.cli import plain
from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.completion.candidates import OF_OPTIONS
from dcmtool.cli.completion.nodes import complete_node
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.options.echo import ECHO
from dcmtool.options.tls import SECTIONS

EPILOG = """\
An option may stand anywhere; of one given twice the last counts, and its values may begin with - or +. @FILE
stands for the arguments in FILE.

Each option can also be set by the environment variable DCMTOOL_ECHO_ and its long name in capitals with
underscores, such as DCMTOOL_ECHO_AETITLE=PACS or DCMTOOL_ECHO_VERBOSE=1; the command line beats it. Several
files in one variable are separated by colons, as in DCMTOOL_ECHO_ENABLE_TLS=KEY:CERT, other values by blanks.

What neither gives comes from the node, or else from the table [defaults.echo] of dcmtool.toml in the user's
configuration folder; --show-settings tells.
"""


command = DicomCommand(
    ECHO,
    plain.run,
    actions=ACTIONS,
    completions={**OF_OPTIONS, "peer": complete_node},
    last_sections=SECTIONS,
    no_args_is_help=True,
    help="""Verify that the DICOM node PEER answers on PORT, as DCMTK's echoscu does.

    PEER alone is the name of a node in a node file (see 'dcmtool nodes --help'), or else [CALLED@]HOST:PORT,
    with the AE title to call in front; CALLED@HOST PORT is the same.
    """,
    short_help="verify that a DICOM node answers (C-ECHO)",
    epilog=EPILOG,
)
