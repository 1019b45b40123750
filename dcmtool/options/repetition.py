"""The options of how often to echo, and how to end."""

from dcmtool.options.kinds import Number
from dcmtool.options.network import OTHER
from dcmtool.options.option import Option, flag
from dcmtool.settings import MAX_INTERVAL

REPETITION_OPTIONS = (
    Option(
        "--repeat",
        section=OTHER,
        kind=Number(0),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="how many echoes to send; 0 goes on until Ctrl-C, with --stats",
    ),
    Option(
        "--interval",
        section=OTHER,
        kind=Number(0, MAX_INTERVAL, fractions=True),
        metavar="SECONDS",
        default=0,
        show_default=True,
        help="time from the start of one echo to that of the next; fractions are allowed",
    ),
    flag("--reconnect", section=OTHER, help="open a new association for each echo"),
    flag("--stats", section=OTHER, help="show counts, round trips and times at the end, on stdout"),
    flag("--abort", section=OTHER, help="end with an abort in place of a release"),
)
