"""The option groups of `dcmtool echo`, each a decorator, and the settings that they are gathered into.

Their order here is their order in the help; those of TLS are in `tls_options`.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, get_args

import click

from dcmtool.cli import offers
from dcmtool.cli.parameters import GENERAL, Choice, DicomOption, gathers
from dcmtool.cli.values import LONGEST, LogLevel, Number
from dcmtool.config.places import NODES
from dcmtool.settings import (
    MAX_CONTEXTS,
    MAX_INTERVAL,
    MAX_PDU,
    MIN_PDU,
    Color,
    Negotiation,
    Peer,
    Timeouts,
    first_transfer_syntaxes,
)
from dcmtool.trace.levels import Level, Line
from dcmtool.uids import TRANSFER_SYNTAXES

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

NETWORK = "network options"
IP_VERSION = (NETWORK, "IP protocol version")
TITLES = (NETWORK, "application entity titles")
DEBUGGING = (NETWORK, "association negotiation debugging")
OTHER = (NETWORK, "other network options")

_NEGOTIATION, _TIMEOUTS = Negotiation(), Timeouts()  # the defaults


def grouped(*decorators: Decorator) -> Decorator:
    """Return one decorator that declares several options, the first of them first."""

    def decorate(callback: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            callback = decorator(callback)
        return callback

    return decorate


def option(*spellings: str, **attrs: Any) -> Decorator:
    """Declare an option of the kind that DCMTK's tools have."""
    return click.option(*spellings, cls=DicomOption, **attrs)


def flag(*spellings: str, **attrs: Any) -> Decorator:
    """Declare an option without values."""
    return option(*spellings, is_flag=True, **attrs)


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from dcmtool.cli.version import version_text

        click.echo(version_text(*called(ctx)), color=ctx.color)
        ctx.exit()


def _show_settings(ctx: click.Context, _value: object) -> NoReturn:
    from dcmtool.cli import effective_settings

    effective_settings.show(ctx)
    ctx.exit()


def called(ctx: click.Context) -> tuple[str, str]:
    """Return how the command was called, and what it is for."""
    return ctx.command_path, ctx.command.get_short_help_str(limit=70)


version_option = flag(
    "--version",
    section=GENERAL,
    is_eager=True,
    expose_value=False,
    allow_from_autoenv=False,
    callback=_show_version,
    help="show the version and those of the libraries, and exit",
)

VERBOSITY: Any = {"section": GENERAL, "block": "verbosity"}
_THE_VERBOSITY = ("--verbose", "--debug", "--quiet")

general_options = grouped(
    version_option,
    flag(
        "--show-settings",
        section=GENERAL,
        allow_from_autoenv=False,
        about_parameters=True,
        instead=_show_settings,
        help="show every setting with where it comes from, and exit",
    ),
    option(
        "--nodes",
        section=GENERAL,
        type=click.Path(),
        metavar="FILE",
        allow_from_autoenv=False,
        envvar=NODES,
        show_default="nodes.toml in the user's configuration folder",
        help="look PEER up in this file where it stands alone; also by DCMTOOL_NODES",
    ),
    flag("--arguments", section=GENERAL, help="show the command line as it was read"),
    flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run"),
    flag("-v", "--verbose", **VERBOSITY, help="say what is being done"),
    flag("-d", "--debug", **VERBOSITY, help="show everything about the association"),
    option(
        "-ll",
        "--log-level",
        section=GENERAL,
        type=LogLevel(),
        metavar="LEVEL",
        default="warn",
        show_default=True,
        conflicts=[_THE_VERBOSITY],
        refusal="Invalid log level for --log-level option",
        help="say what is at least this severe: " + ", ".join(LogLevel.LEVELS),
    ),
    option(
        "-lc",
        "--log-config",
        section=GENERAL,
        type=click.Path(),
        metavar="FILE",
        conflicts=[("--log-level",), _THE_VERBOSITY],
        help="take the settings of the log from this file",
    ),
    option(
        "--color",
        section=GENERAL,
        type=click.Choice(get_args(Color)),
        metavar="WHEN",
        default="auto",
        show_default=True,
        help="colour what is said: always, never, or auto, on a terminal",
    ),
    option(
        "--trace-file",
        section=GENERAL,
        type=click.Path(),
        metavar="FILE",
        help="write every event and PDU to this file, as lines of JSON",
    ),
)

ip_options = grouped(
    flag("-i4", "--ipv4", section=IP_VERSION, block="ip", help="use IPv4 only"),
    flag("-i6", "--ipv6", section=IP_VERSION, block="ip", help="use IPv6 only"),
    flag(
        "-i0",
        "--ip-auto",
        section=IP_VERSION,
        block="ip",
        default=True,
        show_default=True,
        help="use what the address or the name service says",
    ),
)

title_options = grouped(
    option(
        "-aet",
        "--aetitle",
        section=TITLES,
        metavar="TITLE",
        default=_NEGOTIATION.calling_aet,
        show_default=True,
        help="AE title to call from",
    ),
    option(
        "-aec",
        "--call",
        section=TITLES,
        metavar="TITLE",
        default=_NEGOTIATION.called_aet,
        show_default=True,
        help="AE title to call",
    ),
)

negotiation_options = grouped(
    option(
        "-pts",
        "--propose-ts",
        section=DEBUGGING,
        type=Number(1, len(TRANSFER_SYNTAXES)),
        metavar="NUMBER",
        default=1,
        show_default=True,
        shell_complete=offers.transfer_syntax_counts,
        help="how many transfer syntaxes each presentation context offers",
    ),
    option(
        "-ppc",
        "--propose-pc",
        section=DEBUGGING,
        type=Number(1, MAX_CONTEXTS),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="how many presentation contexts the request holds",
    ),
)


def _timeout(*spellings: str, default: float | None, low: int = 1, **attrs: Any) -> Decorator:
    return option(
        *spellings,
        section=OTHER,
        type=Number(low, LONGEST),
        metavar="SECONDS",
        default=default,
        show_default="no limit" if default is None else True,
        **attrs,
    )


network_options = grouped(
    _timeout("-to", "--timeout", default=None, help="limit for the connection, name lookup included"),
    _timeout(
        "-ts",
        "--socket-timeout",
        default=_TIMEOUTS.socket,
        low=-1,
        help="limit for each read or write of the socket; 0 and -1 set none",
    ),
    _timeout(
        "-ta", "--acse-timeout", default=_TIMEOUTS.acse, help="limit for the answer to a request or release"
    ),
    _timeout("-td", "--dimse-timeout", default=None, help="limit for the answer to an echo"),
    option(
        "--deadline",
        section=OTHER,
        type=Number(0.001, LONGEST, fractions=True),
        metavar="SECONDS",
        show_default="no limit",
        help="limit for the whole run; fractions are allowed",
    ),
    option(
        "-pdu",
        "--max-pdu",
        section=OTHER,
        type=Number(MIN_PDU, MAX_PDU),
        metavar="BYTES",
        default=_NEGOTIATION.max_pdu,
        show_default=True,
        help="longest PDU that the peer may send",
    ),
    option(
        "--repeat",
        section=OTHER,
        type=Number(0),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="how many echoes to send; 0 goes on until Ctrl-C, with --stats",
    ),
    option(
        "--interval",
        section=OTHER,
        type=Number(0, MAX_INTERVAL, fractions=True),
        metavar="SECONDS",
        default=0,
        show_default=True,
        help="time from the start of one echo to that of the next; fractions are allowed",
    ),
    flag("--reconnect", section=OTHER, help="open a new association for each echo"),
    flag("--stats", section=OTHER, help="show counts, round trips and times at the end, on stdout"),
    flag("--abort", section=OTHER, help="end with an abort in place of a release"),
)

LEVEL = Choice(quiet="fatal", verbose="info", debug="debug", log_level=None)


def say(line: Line) -> None:
    """Write a line to stderr before or instead of the run, if the options ask for lines of its level."""
    level = str(LEVEL.take({"log_level": "warn", **click.get_current_context().params}))  # not all have it
    if line.level >= Level[level.upper()]:
        with suppress(OSError):  # nobody reads any more; the exit code is still to be true
            click.echo(line, err=True)


gather_peer = gathers(
    Peer, "peer", host="peer", port="port", family=Choice(ipv4="ipv4", ipv6="ipv6", ip_auto="auto")
)
gather_negotiation = gathers(
    Negotiation,
    "negotiation",
    calling_aet="aetitle",
    called_aet="call",
    transfer_syntaxes=Choice(propose_ts=first_transfer_syntaxes),
    contexts="propose_pc",
    max_pdu="max_pdu",
)
gather_timeouts = gathers(
    Timeouts,
    "timeouts",
    connect="timeout",
    acse="acse_timeout",
    dimse="dimse_timeout",
    socket=Choice(socket_timeout=lambda seconds: seconds if seconds > 0 else None),
    deadline="deadline",
)
