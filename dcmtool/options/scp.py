"""What `dcmtool scp` takes, and the settings that it comes to."""

from typing import Any

from dcmtool.options import tls_shared as groups
from dcmtool.options.faults import FAULT_OPTIONS
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.general import HELP, VERBOSITY, VERSION
from dcmtool.options.kinds import LONGEST, PATH, Number, OneOf
from dcmtool.options.option import Option, Parameter, Signature, flag
from dcmtool.options.requests import Ask, Warn
from dcmtool.options.tls_requests import nothing, tls_settings
from dcmtool.options.values import Values
from dcmtool.scp.settings import MAX_ASSOCIATIONS, Faults, ScpSettings
from dcmtool.settings import MAX_PDU, MIN_PDU, ServerTls

LISTENING = ("listening options", None)
WHOM = ("association options", None)
ENDING = ("ending and report options", None)

_DEFAULTS = ScpSettings()

_GENERAL = (
    HELP,
    VERSION,
    flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run too early"),
    flag("-v", "--verbose", **VERBOSITY, help="tell of connections too that ask for no association"),
    flag("-d", "--debug", **VERBOSITY, help="show everything about each association"),
)

_LISTENING = (
    Option(
        "--bind",
        section=LISTENING,
        metavar="ADDRESS",
        default="",
        show_default="every IPv4 address of this machine",
        help="listen on this address, :: for all of both families",
    ),
    Option(
        "--port-file",
        section=LISTENING,
        kind=PATH,
        metavar="FILE",
        help="write the port to this file once it listens, and remove it at the end",
    ),
)


def _limit(*spellings: str, **attrs: Any) -> Option:
    kind = Number(0.001, LONGEST, fractions=True)
    return Option(*spellings, section=WHOM, kind=kind, metavar="SECONDS", show_default=True, **attrs)


_WHOM = (
    Option(
        "-aet",
        "--aetitle",
        section=WHOM,
        metavar="TITLE",
        default=_DEFAULTS.title,
        show_default=True,
        help="AE title to be called by",
    ),
    flag("--require-called", section=WHOM, help="reject who calls another title"),
    Option(
        "--allow-calling",
        section=WHOM,
        metavar="TITLE",
        multiple=True,
        help="reject who calls from another title",
    ),
    Option(
        "--max-associations",
        section=WHOM,
        kind=Number(1, MAX_ASSOCIATIONS),
        metavar="NUMBER",
        default=_DEFAULTS.max_associations,
        show_default=True,
        help="reject what is more than this at a time",
    ),
    Option(
        "-pdu",
        "--max-pdu",
        section=WHOM,
        kind=Number(MIN_PDU, MAX_PDU),
        metavar="BYTES",
        default=_DEFAULTS.max_pdu,
        show_default=True,
        help="longest PDU that the peer may send",
    ),
    _limit(
        "-ta",
        "--acse-timeout",
        default=_DEFAULTS.acse_timeout,
        help="limit for the TLS handshake, and for the association request to come",
    ),
    _limit(
        "--idle-timeout",
        default=_DEFAULTS.idle_timeout,
        help="abort an association on which nothing comes for so long",
    ),
)


_COUNT: dict[str, Any] = {"section": ENDING, "block": "count"}

_ENDING = (
    flag(
        "--explain",
        section=ENDING,
        help="say below each line what is wrong or odd about the caller, and what to change",
    ),
    flag("--once", **_COUNT, help="end after one association"),
    Option("--count", **_COUNT, kind=Number(1), metavar="NUMBER", help="end after so many associations"),
    Option(
        "-o",
        "--output",
        section=ENDING,
        kind=OneOf(("text", "ndjson")),
        metavar="FORM",
        default="text",
        show_default=True,
        help="what goes to stdout: text, nothing; ndjson, a JSON object a line for each connection",
    ),
)

_SECURED = [("--enable-tls", "--self-signed")]
_CLIENTS: dict[str, Any] = {"section": groups.PEER, "block": "client certificates"}
_AUTHORITY = ("--add-cert-file", "--add-cert-dir", "--system-ca")
_ASKED = ("--require-peer-cert", "--verify-peer-cert")

_STACK = (
    flag("-tls", "--disable-tls", **groups.STACKED, **groups.DEFAULT, help="listen without TLS"),
    Option(
        "+tls",
        "--enable-tls",
        **groups.STACKED,
        arity=2,
        kind=PATH,
        metavar="KEY CERT",
        help="listen with TLS, with the private key and the certificate in these files",
    ),
    flag(
        "--self-signed",
        **groups.STACKED,
        help="listen with TLS, with a certificate made for this run, whose fingerprint is shown",
    ),
    Option(
        "--save-cert",
        section=groups.STACK,
        needs=[("--self-signed",)],
        kind=PATH,
        metavar="FILE",
        help="write that certificate to this file, to be given to clients (+cf)",
    ),
)

_CLIENT_OPTIONS = (
    flag("-ic", "--ignore-peer-cert", **_CLIENTS, **groups.DEFAULT, help="ask clients for no certificate"),
    flag(
        "-vc",
        "--verify-peer-cert",
        **_CLIENTS,
        needs=[*_SECURED, _AUTHORITY],
        help="ask for one, and refuse one that cannot be trusted; none will do",
    ),
    flag("-rc", "--require-peer-cert", **_CLIENTS, needs=[*_SECURED, _AUTHORITY], help="demand one"),
)

SCP = Signature(
    "scp",
    "DCMTOOL_SCP",
    (
        Parameter(
            "port",
            f"TCP port to listen on; {ScpSettings.port} if it is left out",
            Number(0, 65535),
            ScpSettings.port,
        ),
    ),
    (
        *_GENERAL,
        *_LISTENING,
        *_WHOM,
        *FAULT_OPTIONS,
        *_ENDING,
        *groups.LISTS,
        *_STACK,
        *groups.PASSWORD_OPTIONS,
        *groups.file_format(_SECURED),
        *groups.authority([_ASKED]),
        *groups.profile(_SECURED),
        *groups.cipher(_SECURED, "use these Diffie-Hellman parameters; without them there is no DHE"),
        groups.seed(_SECURED),
        *_CLIENT_OPTIONS,
    ),
    takes_defaults=True,
)


def scp_settings(values: Values, *, ask: Ask | None = None, warn: Warn | None = None) -> ScpSettings:
    """Return the server that these values ask for. Raises as `dcmtool.options.requests` does."""
    tls = tls_settings(
        values,
        ask,
        warn,
        files=Choice(enable_tls=None, self_signed=(None, None), disable_tls=nothing),
    )
    secured = gathered(
        lambda clients: None if tls is None else ServerTls(tls, clients),
        values,
        clients=Choice(require_peer_cert="required", verify_peer_cert="optional", ignore_peer_cert="none"),
    )
    faults = gathered(
        Faults,
        values,
        reject="reject",
        status="status",
        delay_accept="delay_accept",
        delay_echo="delay_echo",
        abort_after="abort_after",
        refuse_contexts="refuse_contexts",
    )
    return gathered(
        lambda **fields: ScpSettings(**fields, tls=secured, faults=faults),
        values,
        host="bind",
        port="port",
        title="aetitle",
        require_called="require_called",
        allowed_calling="allow_calling",
        max_pdu="max_pdu",
        max_associations="max_associations",
        acse_timeout="acse_timeout",
        idle_timeout="idle_timeout",
        count=Choice(once=1, count=None),
    )
