"""`dcmtool explain`: why two others do not talk to each other, from what was captured between them."""

from dcmtool.capture.input_file import STDIN
from dcmtool.cli.actions import ACTIONS
from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine
from dcmtool.options.explain import EXPLAIN, selection
from dcmtool.options.requests import level
from dcmtool.options.values import UsageError, Values
from dcmtool.trace.levels import Level

EPILOG = """\
Each connection is a block, as it ends: when it was, who called whom, what was asked for and what of it was
accepted, which services were used, how long each side took, and who ended it and how. Below stand the
findings, by the ids that 'dcmtool diagnose' has: how certain each is, on what it rests, which of the two
sides has to act, and what to do. Associations are found on any port, and connections that never became one
are told too. What TLS hides cannot be read; who offered what, and who gave up, can.

No value of a data set is decoded, shown or kept: data sets are counted, and that is all. Of commands -d shows
each element, with stars for the UIDs of instances. A capture itself has the patients' data.

A capture is made by 'tcpdump -i any -s 0 -w FILE tcp port 104 or icmp or icmp6', or seen as it comes,
until Ctrl-C: 'tcpdump -i any -s 0 -U -w - tcp port 104 | dcmtool explain -'.

What neither the command line nor the environment gives comes from the table [defaults.explain] of
dcmtool.toml in the user's configuration folder.

The exit code is 0 if nothing is wrong with the connections that are shown, and 3 if something is.
"""


def _run(values: Values, _line: CommandLine, _called: str) -> int:
    """Explain files, and return the exit code."""
    files: tuple[str, ...] = values["file"]
    if not files:
        raise UsageError("Missing parameter file: name a capture, or - for standard input")
    if files.count(STDIN) > 1:
        raise UsageError("- stands for standard input, which can be read once only")
    from dcmtool.cli.output import explain_run
    from dcmtool.cli.output.explain_forms import ExplainOutput

    output = ExplainOutput(values["output"], values["summary"], values["color"], _level(values))
    return explain_run.run(files, values["format"], selection(values), values["slow"], output)


def _level(values: Values) -> Level:
    return Level[level(values).upper()]


command = DicomCommand(
    EXPLAIN,
    _run,
    actions=ACTIONS,
    completions={},
    no_args_is_help=True,
    help="""Explain what two others said to each other, and why it failed: from captures (pcap, pcapng), trace
    files, hex dumps and logs of DCMTK, pynetdicom and Orthanc.
    """,
    short_help="find out from a capture why two nodes do not talk to each other",
    epilog=EPILOG,
)
