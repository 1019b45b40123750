"""What `dcmtool sweep` takes: nodes, how many at once, and the titles, times and TLS of `dcmtool echo`."""

from typing import Any

from dcmtool.fleet.limits import MOST_CONCURRENT, MOST_RETRIES, Limits
from dcmtool.options.common import seconds_option
from dcmtool.options.echo import ECHO
from dcmtool.options.gathering import gathered
from dcmtool.options.general import HELP, VERBOSITY, VERSION, color_option, nodes_option
from dcmtool.options.kinds import LONGEST, PATH, Number, OneOf
from dcmtool.options.network import IDENTITY_OPTIONS, NETWORK_OPTIONS, OTHER
from dcmtool.options.option import Option, Parameter, Signature, flag
from dcmtool.options.report import REPORT, form_options
from dcmtool.options.tls import CLIENT_TLS_OPTIONS
from dcmtool.options.values import Values
from dcmtool.settings import MAX_INTERVAL

NODE = ("which nodes", None)
PACE = ("pace options", None)
DEADLINE = 10  # seconds: of a node that hangs, the others are not to wait

FORMS: dict[str, str | None] = {
    "table": "a line a node, the worst first, and what it all comes to",
    "json": "one JSON document",
    "ndjson": "a JSON object a node, as each ends",
    "csv": "a line a node for a spreadsheet",
    "junit": "a test case a node, for CI",
    "checkmk": "a local check a node",
    "prometheus": "a textfile for node_exporter",
}


class _Form(OneOf):
    def wanted(self) -> str:
        return f"{super().wanted()}; a file is named by --output-file"


_LIMITS = Limits()  # the defaults
_SOONEST = 0.1  # seconds from one round to the next: whoever wants less watches one node, by `echo`


# What is written of a sweep, by the options that say it.
WRITTEN = {
    "form": "output",
    "file": "output_file",
    "html": "html",
    "fail_under": "fail_under",
    "color": "color",
    "quiet": "quiet",
    "full": "full",
    "watch": "watch",
}


def limits(values: Values) -> Limits:
    """Return how much may be asked. Raises as `dcmtool.options.requests` does."""
    return gathered(
        Limits, values, concurrency="concurrency", per_host="per_host", rate="rate", retries="retries"
    )


_NODE_OPTIONS = (
    nodes_option(NODE, "look names up in this file"),
    Option(
        "--tag",
        section=NODE,
        multiple=True,
        metavar="TAG",
        settable=False,
        help="all nodes of the file that have this tag; if given several times, all of them",
    ),
    flag("--all", section=NODE, settable=False, help="all nodes of the file"),
    flag(
        "--keep-going",
        section=NODE,
        help="leave out what is no node, and verify the others; the exit code is 1 all the same",
    ),
)


def _pace(name: str, kind: Number, metavar: str, text: str, default: float | None, **attrs: Any) -> Option:
    shown: Any = {"show_default": True} if default is not None else {"show_default": "no limit"}
    return Option(
        name, section=PACE, kind=kind, metavar=metavar, default=default, help=text, **{**shown, **attrs}
    )


_PACE_OPTIONS = (
    _pace(
        "--concurrency",
        Number(1, MOST_CONCURRENT),
        "NUMBER",
        "associations open at once",
        _LIMITS.concurrency,
    ),
    _pace(
        "--per-host",
        Number(1, MOST_CONCURRENT),
        "NUMBER",
        "of these, to one address",
        _LIMITS.per_host,
    ),
    _pace(
        "--rate",
        Number(0.001, LONGEST, fractions=True),
        "NUMBER",
        "associations begun a second; fractions are allowed",
        _LIMITS.rate,
    ),
    _pace(
        "--retries",
        Number(0, MOST_RETRIES),
        "NUMBER",
        "try again so often what may pass by itself: a transient rejection, a connection that took too long",
        _LIMITS.retries,
    ),
)

_REPORT_OPTIONS = (
    *form_options(_Form(FORMS, "form"), REPORT, "what is written"),
    flag(
        "--full",
        section=REPORT,
        help="on a terminal, give every node that answered a line of the table, however many there are",
    ),
    Option(
        "--watch",
        section=REPORT,
        kind=Number(_SOONEST, MAX_INTERVAL, fractions=True),
        metavar="SECONDS",
        settable=False,
        help="verify the nodes again and again until Ctrl-C, starting every so often; fractions are allowed; "
        "a table shows how the nodes stand, or a line each change, and ndjson gives the changes alone",
    ),
    Option(
        "--output-file",
        section=REPORT,
        kind=PATH,
        metavar="FILE",
        personal=True,
        help="write it to this file, whole or not at all, and nothing to stdout",
    ),
    Option(
        "--html",
        section=REPORT,
        kind=PATH,
        metavar="FILE",
        personal=True,
        help="write a page for a browser to this file as well",
    ),
    Option(
        "--fail-under",
        section=REPORT,
        kind=Number(0, 100, fractions=True),
        metavar="PERCENT",
        default=100,
        show_default=True,
        help="exit with 2, or 3, if fewer of the nodes answer",
    ),
)

SWEEP = Signature(
    "sweep",
    "DCMTOOL_SWEEP",
    (
        Parameter(
            "node",
            "name of a node in the node file, or [CALLED@]HOST[:PORT], with port 104 where there is none; "
            "- reads them from stdin, one a line",
            many=True,
        ),
    ),
    (
        HELP,
        VERSION,
        flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run"),
        color_option("shown"),
        *_NODE_OPTIONS,
        *_PACE_OPTIONS,
        *_REPORT_OPTIONS,
        *(option for option in NETWORK_OPTIONS if option.long_name != "--deadline"),
        seconds_option(
            "--deadline",
            section=OTHER,
            default=DEADLINE,
            text="limit for each attempt at a node, name lookup included; fractions are allowed",
        ),
        *IDENTITY_OPTIONS,
        *CLIENT_TLS_OPTIONS,
    ),
    like=ECHO,
    for_many=True,
)
