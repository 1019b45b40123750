"""The options that are about the program: its help, its version, and what it says while it runs."""

from typing import Any, get_args

from dcmtool.config.places import NODES
from dcmtool.options.kinds import PATH, LogLevel, OneOf
from dcmtool.options.option import Option, Section, flag
from dcmtool.settings import Color

GENERAL: Section = ("general options", None)

HELP = flag("-h", "--help", section=GENERAL, first=True, settable=False, help="show this help and exit")
VERSION = flag(
    "-V",
    "--version",
    section=GENERAL,
    first=True,
    settable=False,
    help="show the version and those of the libraries, and exit",
)
VERBOSITY: dict[str, Any] = {"section": GENERAL, "block": "verbosity"}
_THE_VERBOSITY = ("--verbose", "--debug", "--quiet")


def color_option(what: str) -> Option:
    """Return the option that says whether what is said, or shown, has colours."""
    return Option(
        "--color",
        section=GENERAL,
        kind=OneOf(get_args(Color)),
        metavar="WHEN",
        default="auto",
        show_default=True,
        help=f"colour what is {what}: always, never, or auto, on a terminal",
    )


def nodes_option(section: Section, text: str) -> Option:
    """Return the option that names the node file, and what it is for."""
    return Option(
        "--nodes",
        section=section,
        kind=PATH,
        metavar="FILE",
        settable=False,
        variable=NODES,
        show_default="nodes.toml in the user's configuration folder",
        help=f"{text}; also by DCMTOOL_NODES",
    )


GENERAL_OPTIONS = (
    HELP,
    VERSION,
    flag(
        "--show-settings",
        section=GENERAL,
        settable=False,
        instead=True,
        about_parameters=True,
        help="show the settings that are not the built-in ones with where they come from, and exit",
    ),
    flag(
        "--all",
        section=GENERAL,
        settable=False,
        needs=[("--show-settings",)],
        help="show every setting (only with --show-settings)",
    ),
    nodes_option(GENERAL, "look PEER up in this file where it stands alone"),
    flag("--arguments", section=GENERAL, help="show the command line as it was read"),
    flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run"),
    flag("-v", "--verbose", **VERBOSITY, help="say what is being done"),
    flag("-d", "--debug", **VERBOSITY, help="show everything about the association"),
    Option(
        "-ll",
        "--log-level",
        section=GENERAL,
        kind=LogLevel(),
        metavar="LEVEL",
        default="warn",
        show_default=True,
        conflicts=[_THE_VERBOSITY],
        refusal="Invalid log level for --log-level option",
        help="say what is at least this severe: " + ", ".join(LogLevel.LEVELS),
    ),
    Option(
        "-lc",
        "--log-config",
        section=GENERAL,
        kind=PATH,
        metavar="FILE",
        personal=True,
        conflicts=[("--log-level",), _THE_VERBOSITY],
        help="take the settings of the log from this file",
    ),
    color_option("said"),
    Option(
        "--trace-file",
        section=GENERAL,
        kind=PATH,
        metavar="FILE",
        personal=True,
        help="write every event and PDU to this file (- is stdout), as lines of JSON",
    ),
)
