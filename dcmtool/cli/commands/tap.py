"""`dcmtool tap`: a relay between a caller and a node, which shows each association that passes through it."""

from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.completion.nodes import complete_node
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.options.tap import TAP, tap_settings
from dcmtool.options.values import Values
from dcmtool.trace.levels import Level

EPILOG = """\
Let the caller call this machine at PORT in place of the node. What comes is passed on first, as it is, and
looked at after that: other protocols, TLS and other lengths of PDUs pass as well. A side that closes or
resets its connection has this done to the other one; a node that cannot be reached has the caller reset.

The node sees the address of the tap in place of the caller's: where it goes by addresses whom it lets in,
the tap's address has to be in its list, and a C-MOVE still goes where the node has its destination.

Data sets are counted, and never decoded or shown. With --write a capture is kept that Wireshark and
'dcmtool explain' open; of data sets it has the lengths, unless --write-data is given. Without that, stars
stand for UIDs of instances and for what proves who a user is, and of what is neither DICOM nor TLS there are
lengths as well.

With --delay the times that are shown are those of the node's side of the tap. Ctrl-C and SIGTERM reset what
is open, and end with the exit code 0.

What neither the command line nor the environment gives comes from the table [defaults.tap] of dcmtool.toml in
the user's configuration folder.
"""


def _run(values: Values, _line: CommandLine, _called: str) -> int:
    """Relay until told to stop, and return the exit code."""
    settings = tap_settings(values)
    from dcmtool.cli.output import tap_run

    level, events = levels(values)
    tap_run.run(
        *(settings, values["output"], values["color"], values["port_file"]),
        level=level,
        events=events,
        keeping=(values["write"], values["write_data"]) if values["write"] else None,
    )
    return 0


def levels(values: Values) -> tuple[Level, Level | None]:
    """Return the least severe level that is said, and that of the events of associations, if any."""
    if values["quiet"]:
        return Level.ERROR, None
    if values["verbose"]:
        return Level.DEBUG, Level.INFO
    level = Level.DEBUG if values["debug"] else Level[values["log_level"].upper()]
    return level, level if level <= Level.DEBUG else None


command = DicomCommand(
    TAP,
    _run,
    actions=ACTIONS,
    completions={"node": complete_node},
    no_args_is_help=True,
    help="""Listen on PORT, pass everything on to NODE and back, and show each association.

    PORT may have an address of this machine before it, as in 127.0.0.1:11112 or [::1]:11112.
    """,
    short_help="show what a caller and a DICOM node say to each other, as a relay between them",
    epilog=EPILOG,
)
