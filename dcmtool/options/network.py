"""The options of the connection and of what is negotiated on it."""

from typing import Any

from dcmtool.options.common import max_pdu_option
from dcmtool.options.kinds import LONGEST, PATH, Number
from dcmtool.options.option import Option, flag
from dcmtool.settings import MAX_CONTEXTS, Negotiation, Timeouts
from dcmtool.uids import TRANSFER_SYNTAXES

NETWORK = "network options"
IP_VERSION = (NETWORK, "IP protocol version")
TITLES = (NETWORK, "application entity titles")
DEBUGGING = (NETWORK, "association negotiation debugging")
IDENTITY = (NETWORK, "user identity negotiation")
OTHER = (NETWORK, "other network options")

PASSCODE_VARIABLES = "DCMTOOL_PASSCODE_"  # how those begin that a node may name, so that it names no other
NAGIOS_DEADLINE = 10  # seconds: a monitor ends a check that hangs, and then nobody is told why

_NEGOTIATION, _TIMEOUTS = Negotiation(), Timeouts()  # the defaults


def _timeout(*spellings: str, default: float | None, low: int = 1, **attrs: Any) -> Option:
    return Option(
        *spellings,
        section=OTHER,
        kind=Number(low, LONGEST),
        metavar="SECONDS",
        default=default,
        show_default="no limit" if default is None else True,
        **attrs,
    )


NETWORK_OPTIONS = (
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
    Option(
        "-aet",
        "--aetitle",
        section=TITLES,
        metavar="TITLE",
        default=_NEGOTIATION.calling_aet,
        show_default=True,
        help="AE title to call from",
    ),
    Option(
        "-aec",
        "--call",
        section=TITLES,
        metavar="TITLE",
        default=_NEGOTIATION.called_aet,
        show_default=True,
        help="AE title to call",
    ),
    Option(
        "-pts",
        "--propose-ts",
        section=DEBUGGING,
        kind=Number(1, len(TRANSFER_SYNTAXES)),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="how many transfer syntaxes each presentation context offers",
    ),
    Option(
        "-ppc",
        "--propose-pc",
        section=DEBUGGING,
        kind=Number(1, MAX_CONTEXTS),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="how many presentation contexts the request holds",
    ),
    _timeout("-to", "--timeout", default=None, help="limit for the connection, name lookup included"),
    _timeout(
        "-ts",
        "--socket-timeout",
        default=_TIMEOUTS.socket,
        low=-1,
        help="limit for each read or write once something flows, and for waits without a limit; 0, -1: none",
    ),
    _timeout(
        "-ta", "--acse-timeout", default=_TIMEOUTS.acse, help="limit for the answer to a request or release"
    ),
    _timeout("-td", "--dimse-timeout", default=None, help="limit for the answer to an echo"),
    Option(
        "--deadline",
        section=OTHER,
        kind=Number(0.001, LONGEST, fractions=True),
        metavar="SECONDS",
        default_with=("--output", "nagios", NAGIOS_DEADLINE),
        show_default=f"no limit, {NAGIOS_DEADLINE} with --output nagios",
        help="limit for the whole run; fractions are allowed",
    ),
    max_pdu_option(OTHER, _NEGOTIATION.max_pdu),
)

_WHO: dict[str, Any] = {"section": IDENTITY, "block": "identity"}
_TOKEN: dict[str, Any] = {**_WHO, "kind": PATH, "metavar": "FILE", "personal": True}
_PASSCODE: dict[str, Any] = {"section": IDENTITY, "block": "passcode", "needs": [("--identity-user",)]}

IDENTITY_OPTIONS = (
    Option("--identity-user", **_WHO, metavar="NAME", help="say that this user calls"),
    Option(
        "--identity-passcode-env",
        **_PASSCODE,
        metavar="NAME",
        node_prefix=PASSCODE_VARIABLES,
        help="with the passcode that this environment variable holds",
    ),
    Option(
        "--identity-passcode-file",
        **_PASSCODE,
        kind=PATH,
        metavar="FILE",
        personal=True,
        help="with the passcode in the first line of this file",
    ),
    flag(
        "--identity-passcode-prompt",
        **_PASSCODE,
        help="with the passcode that is asked for: at the terminal, or else as a line of stdin",
    ),
    Option("--identity-kerberos", **_TOKEN, help="say it by the Kerberos ticket in this file"),
    Option("--identity-saml", **_TOKEN, help="say it by the SAML assertion in this file"),
    Option("--identity-jwt", **_TOKEN, help="say it by the JSON web token in this file"),
    flag(
        "--identity-response",
        section=IDENTITY,
        needs=[("--identity-user", "--identity-kerberos", "--identity-saml", "--identity-jwt")],
        help="ask the node to confirm it, and warn if it does not",
    ),
)
