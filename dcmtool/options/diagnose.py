"""What `dcmtool diagnose` takes: the node, titles, times and TLS of `dcmtool echo`, and how far to look."""

from typing import Any

from dcmtool.diagnosis.experiments import KINDS, Tries
from dcmtool.diagnosis.stages import MOST_ASSOCIATIONS, SLOW
from dcmtool.options.common import seconds_option
from dcmtool.options.echo import ECHO
from dcmtool.options.gathering import gathered
from dcmtool.options.general import GENERAL_OPTIONS, color_option
from dcmtool.options.kinds import LONGEST, PATH, Number, OneOf
from dcmtool.options.network import IDENTITY_OPTIONS, NETWORK_OPTIONS, OTHER
from dcmtool.options.option import Option, Signature, flag
from dcmtool.options.report import form_options
from dcmtool.options.tls import CLIENT_TLS_OPTIONS
from dcmtool.options.values import Values

TRIALS: dict[str, str | None] = {"all": "all that may tell more", **dict(KINDS.items())}


def tries(values: Values) -> Tries | None:
    """Return what is to be tried, None where nothing is. Raises as `dcmtool.options.requests` does."""
    wanted, titled = values["try"], values["try_called"] or values["try_calling"]
    if not (wanted or titled):
        return None
    kinds = tuple(
        kind for kind in KINDS if "all" in wanted or kind in wanted or (kind == "titles" and titled)
    )
    return gathered(
        lambda **titles: Tries(kinds, **titles), values, called="try_called", calling="try_calling"
    )


PROBING = ("diagnosis options", None)
FORMS = ("text", "json")

# Seconds that each wait has: of a node that does not answer the cause is wanted, not the patience.
CONNECT, ACSE, DIMSE = 10, 30, 30
_OF_GENERAL = ("--help", "--version", "--show-settings", "--all", "--nodes")
_OF_NETWORK = (
    *("--ipv4", "--ipv6", "--ip-auto", "--aetitle", "--call", "--propose-ts", "--propose-pc"),
    *("--socket-timeout", "--max-pdu"),
)


def _limit(*spellings: str, default: int, text: str) -> Option:
    return Option(
        *spellings,
        section=OTHER,
        kind=Number(1, LONGEST),
        metavar="SECONDS",
        default=default,
        show_default=True,
        help=text,
    )


def _of(options: tuple[Option, ...], names: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(option for option in options if option.long_name in names)


_REPORT: dict[str, Any] = {"section": PROBING}
_INSTEAD = ("--capabilities",)  # of a diagnosis

_PROBING_OPTIONS = (
    seconds_option(
        "--slow",
        section=PROBING,
        default=SLOW,
        text="what takes so long is a finding; fractions are allowed",
    ),
    Option(
        "--try",
        **_REPORT,
        kind=OneOf(TRIALS, "trial"),
        conflicts=[_INSTEAD],
        settable=False,
        multiple=True,
        metavar="WHAT",
        help="try something else, and show what works: " + ", ".join(TRIALS) + "; may be given several times",
    ),
    *(
        Option(
            f"--try-{which}",
            **_REPORT,
            conflicts=[_INSTEAD],
            settable=False,
            multiple=True,
            metavar="TITLE",
            help=f"try this AE title to {what}; may be given several times",
        )
        for which, what in (("called", "call"), ("calling", "call from"))
    ),
    Option(
        "--max-associations",
        **_REPORT,
        kind=Number(1, 100),
        metavar="NUMBER",
        default=MOST_ASSOCIATIONS,
        show_default=True,
        help="open no more than so many, one after the other",
    ),
    *form_options(OneOf(FORMS), PROBING),
    flag(
        "--capabilities",
        **_REPORT,
        settable=False,
        help="show which SOP classes and transfer syntaxes the node accepts, in place of a diagnosis",
    ),
    Option(
        "--compare",
        **_REPORT,
        kind=PATH,
        metavar="FILE",
        settable=False,
        needs=[("--capabilities",)],
        help="show what has changed since FILE, a saved --capabilities --output json",
    ),
    flag(
        "--list-findings",
        **_REPORT,
        settable=False,
        instead=True,
        help="show what there may be to find, and exit",
    ),
)

DIAGNOSE = Signature(
    "diagnose",
    "DCMTOOL_DIAGNOSE",
    ECHO.parameters,
    (
        *_of(GENERAL_OPTIONS, _OF_GENERAL),
        color_option("shown"),
        *_PROBING_OPTIONS,
        *_of(NETWORK_OPTIONS, _OF_NETWORK),
        _limit("-to", "--timeout", default=CONNECT, text="limit for each lookup and each connection"),
        _limit("-ta", "--acse-timeout", default=ACSE, text="limit for the answer to a request or release"),
        _limit("-td", "--dimse-timeout", default=DIMSE, text="limit for the answer to an echo"),
        *IDENTITY_OPTIONS,
        *CLIENT_TLS_OPTIONS,
    ),
    takes_nodes=True,
    takes_defaults=True,
    like=ECHO,
)
