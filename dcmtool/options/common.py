"""The options that several commands have, each command with words or limits of its own."""

from dcmtool.options.kinds import LONGEST, PATH, Number, OneOf
from dcmtool.options.option import Option, Section, flag
from dcmtool.settings import MAX_PDU, MIN_PDU

LISTENING: Section = ("listening options", None)
ENDING: Section = ("ending and report options", None)


def seconds_option(*spellings: str, section: Section, default: float, text: str) -> Option:
    """Return an option that takes more than no time, in seconds and fractions of them."""
    return Option(
        *spellings,
        section=section,
        kind=Number(0.001, LONGEST, fractions=True),
        metavar="SECONDS",
        default=default,
        show_default=True,
        help=text,
    )


def max_pdu_option(section: Section, default: int) -> Option:
    """Return the option of the longest PDU (PS3.8 D.1)."""
    return Option(
        "-pdu",
        "--max-pdu",
        section=section,
        kind=Number(MIN_PDU, MAX_PDU),
        metavar="BYTES",
        default=default,
        show_default=True,
        help="longest PDU that the peer may send",
    )


def port_file_option(section: Section = LISTENING) -> Option:
    """Return the option of the file in which those that start a server find its port."""
    return Option(
        "--port-file",
        section=section,
        kind=PATH,
        metavar="FILE",
        help="write the port to this file once it listens, and remove it at the end",
    )


def ending_options(*, once: str, count: str, output: str) -> tuple[Option, ...]:
    """Return the options of when to end, and of what goes to stdout for each connection, with these words."""
    return (
        flag("--once", section=ENDING, block="count", help=once),
        Option("--count", section=ENDING, block="count", kind=Number(1), metavar="NUMBER", help=count),
        Option(
            "-o",
            "--output",
            section=ENDING,
            kind=OneOf(("text", "ndjson")),
            metavar="FORM",
            default="text",
            show_default=True,
            help=f"what goes to stdout: {output}, a JSON object a line for each connection",
        ),
    )
