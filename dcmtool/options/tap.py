"""What `dcmtool tap` takes, and the settings that it comes to."""

from dcmtool.errors import SettingsError
from dcmtool.options.address import address_of
from dcmtool.options.common import ending_options, port_file_option, seconds_option
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.general import HELP, VERBOSITY, VERSION, color_option, nodes_option
from dcmtool.options.kinds import LONGEST, PATH, Kind, LogLevel, Number, Unwanted
from dcmtool.options.option import Option, Parameter, Signature, flag
from dcmtool.options.values import UsageError, Values
from dcmtool.settings import Peer
from dcmtool.tap.settings import MAX_CONNECTIONS, TapSettings
from dcmtool.text import brief

LIMITS = ("limits", None)
FAILING = ("options that make it a bad line", None)
KEEPING = ("recording options", None)

_PORTS = Number(0, 65535)


class ListeningAddress(Kind):
    """A port of this machine, or an address of it and a port."""

    name = "address"

    def convert(self, text: str) -> tuple[str, int]:
        """Return the address, empty where there is none, and the port."""
        address = address_of(f":{text}" if text.isdigit() else text)
        if address.port is None or address.called is not None:
            raise Unwanted(text)
        return address.host, int(_PORTS.convert(address.port))

    def wanted(self) -> str:
        """Return in words what a value should be."""
        return f"[ADDRESS:]PORT, an IPv6 address in brackets, and PORT {_PORTS.wanted()}"


_GENERAL = (
    HELP,
    VERSION,
    nodes_option(HELP.section, "look NODE up in this file where it has no port"),
    flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run too early, and show what was seen"),
    flag("-v", "--verbose", **VERBOSITY, help="tell of connections as they are opened too"),
    flag("-d", "--debug", **VERBOSITY, help="show everything about each association, as it happens"),
    Option(
        "-ll",
        "--log-level",
        section=HELP.section,
        kind=LogLevel(),
        metavar="LEVEL",
        default="info",
        show_default=True,
        conflicts=[("--verbose", "--debug", "--quiet")],
        refusal="Invalid log level for --log-level option",
        help="say what is at least this severe: " + ", ".join(LogLevel.LEVELS),
    ),
    color_option("shown"),
)

_MOST = Number(1, MAX_CONNECTIONS)

_LIMITS = (
    seconds_option(
        "-to",
        "--timeout",
        section=LIMITS,
        default=TapSettings.timeout,
        text="limit for the connection to the node; the caller is reset then",
    ),
    seconds_option(
        "--idle-timeout",
        section=LIMITS,
        default=TapSettings.idle_timeout,
        text="reset both sides of a connection on which nothing comes for so long",
    ),
    Option(
        "--max-associations",
        section=LIMITS,
        kind=_MOST,
        metavar="NUMBER",
        default=TapSettings.max_associations,
        show_default=True,
        help="reset what is more than this at a time",
    ),
    Option(
        "--max-per-address",
        section=LIMITS,
        kind=_MOST,
        metavar="NUMBER",
        show_default="as many",
        help="reset what is more than this at a time from one address",
    ),
)

_FAILING = (
    Option(
        "--delay",
        section=FAILING,
        kind=Number(0, LONGEST, fractions=True),
        metavar="SECONDS",
        default=TapSettings.delay,
        help="pass everything on so much later, in each direction",
    ),
    Option(
        "--cut-after",
        section=FAILING,
        kind=Number(0),
        metavar="BYTES",
        help="reset both sides of a connection once so many bytes of both together have passed",
    ),
)

_KEEPING = (
    Option(
        "--write",
        section=KEEPING,
        kind=PATH,
        metavar="FILE",
        help="keep what passes in this file (pcapng), without the data sets, of which only the lengths count",
    ),
    flag(
        "--write-data",
        section=KEEPING,
        needs=[("--write",)],
        help="keep data sets, who users are, and what is neither DICOM nor TLS as well",
    ),
)

_ENDING = ending_options(
    once="end after one connection on which anything was sent",
    count="end after so many of these",
    output="text, or ndjson",
)

TAP = Signature(
    "tap",
    "DCMTOOL_TAP",
    (
        Parameter("port", "TCP port to listen on, or ADDRESS:PORT; 0 takes a free port", ListeningAddress()),
        Parameter("node", "HOST:PORT to pass everything on to, or the name of a node in a node file"),
    ),
    (*_GENERAL, port_file_option(), *_LIMITS, *_FAILING, *_KEEPING, *_ENDING),
    takes_defaults=True,
)


def tap_settings(values: Values) -> TapSettings:
    """Return the relay that these values ask for.

    Raises:
        UsageError: they cannot be, or there is no such node.
        InputFileError: the node file cannot be used.
    """
    host, port = values["port"]
    node = _node(values)
    return gathered(
        lambda **fields: TapSettings(node, host, port, **fields),
        values,
        timeout="timeout",
        idle_timeout="idle_timeout",
        max_associations="max_associations",
        max_per_address="max_per_address",
        count=Choice(once=1, count=None),
        delay="delay",
        cut_after="cut_after",
    )


def _node(values: Values) -> Peer:
    """Return the node of the second word, which may be its name."""
    word = values["node"]
    address = address_of(word)
    if address.port is None:
        from dcmtool.config import nodes
        from dcmtool.errors import UnknownNode

        try:
            node = nodes.read(values["nodes"]).node(word)
        except UnknownNode as error:
            raise UsageError(f"Invalid parameter value {brief(word)}: it has no port, and {error}") from error
        return Peer(node.host, node.port)
    try:
        return Peer(address.host, int(Number(1, 65535).convert(address.port)))
    except Unwanted as error:
        raise UsageError(
            f"Invalid parameter value {brief(word)}: its port is not a whole number from 1 to 65535"
        ) from error
    except SettingsError as error:
        raise UsageError(f"Invalid parameter value {brief(word)}: {error.fact}") from error
