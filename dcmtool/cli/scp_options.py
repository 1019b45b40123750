"""The option groups of `dcmtool scp`, and the settings that they are gathered into."""

from typing import Any

import click

from dcmtool.cli import tls_groups as groups
from dcmtool.cli.options import VERBOSITY, Decorator, flag, grouped, option, version_option
from dcmtool.cli.parameters import Choice, gathers
from dcmtool.cli.values import LONGEST, Number, RejectionNumbers, Status
from dcmtool.scp.settings import MAX_ASSOCIATIONS, Faults, ScpSettings
from dcmtool.settings import MAX_PDU, MIN_PDU, ServerTls

LISTENING = ("listening options", None)
WHOM = ("association options", None)
FAULTS = ("faults (what is to go wrong)", None)
ENDING = ("ending and report options", None)

_DEFAULTS = ScpSettings()

_general = grouped(
    version_option,
    flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run too early"),
    flag("-v", "--verbose", **VERBOSITY, help="tell of connections too that ask for no association"),
    flag("-d", "--debug", **VERBOSITY, help="say what pynetdicom does"),
)

_listening = grouped(
    option(
        "--bind",
        section=LISTENING,
        metavar="ADDRESS",
        default="",
        show_default="every IPv4 address of this machine",
        help="listen on this address, :: for all of both families",
    ),
    option(
        "--port-file",
        section=LISTENING,
        type=click.Path(),
        metavar="FILE",
        help="write the port to this file once it listens, and remove it at the end",
    ),
)


def _limit(*spellings: str, **attrs: Any) -> Decorator:
    kind = Number(0.001, LONGEST, fractions=True)
    return option(*spellings, section=WHOM, type=kind, metavar="SECONDS", show_default=True, **attrs)


_whom = grouped(
    option(
        "-aet",
        "--aetitle",
        section=WHOM,
        metavar="TITLE",
        default=_DEFAULTS.title,
        show_default=True,
        help="AE title to be called by",
    ),
    flag("--require-called", section=WHOM, help="reject who calls another title"),
    option(
        "--allow-calling",
        section=WHOM,
        metavar="TITLE",
        multiple=True,
        help="reject who calls from another title",
    ),
    option(
        "--max-associations",
        section=WHOM,
        type=Number(1, MAX_ASSOCIATIONS),
        metavar="NUMBER",
        default=_DEFAULTS.max_associations,
        show_default=True,
        help="reject what is more than this at a time",
    ),
    option(
        "-pdu",
        "--max-pdu",
        section=WHOM,
        type=Number(MIN_PDU, MAX_PDU),
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


def _delay(spelling: str, text: str) -> Decorator:
    return option(
        spelling,
        section=FAULTS,
        type=Number(0, LONGEST, fractions=True),
        metavar="SECONDS",
        default=0,
        help=text,
    )


_faults = grouped(
    option(
        "--reject",
        section=FAULTS,
        type=RejectionNumbers(),
        metavar="RESULT/SOURCE/REASON",
        help="reject every association so, in numbers or words: 1/1/7, or "
        "permanent/service-user/called-ae-title-not-recognized",
    ),
    flag("--refuse-contexts", section=FAULTS, help="accept associations without any presentation context"),
    option(
        "--status",
        section=FAULTS,
        type=Status(),
        metavar="HEX",
        default=0,
        help="answer every echo with this status, such as 0110",
    ),
    _delay("--delay-accept", "answer an association request so late"),
    _delay("--delay-echo", "answer an echo so late"),
    option(
        "--abort-after",
        section=FAULTS,
        type=Number(0),
        metavar="NUMBER",
        help="abort an association in place of answering more echoes than this",
    ),
)

_COUNT: dict[str, Any] = {"section": ENDING, "block": "count"}

_ending = grouped(
    flag("--once", **_COUNT, help="end after one association"),
    option("--count", **_COUNT, type=Number(1), metavar="NUMBER", help="end after so many associations"),
    option(
        "--output",
        section=ENDING,
        type=click.Choice(["text", "ndjson"]),
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

_stack = grouped(
    flag("-tls", "--disable-tls", **groups.STACKED, **groups.DEFAULT, help="listen without TLS"),
    option(
        "+tls",
        "--enable-tls",
        **groups.STACKED,
        nargs=2,
        type=groups.FILE["type"],
        metavar="KEY CERT",
        help="listen with TLS, with the private key and the certificate in these files",
    ),
    flag(
        "--self-signed",
        **groups.STACKED,
        help="listen with TLS, with a certificate made for this run, whose fingerprint is shown",
    ),
    option(
        "--save-cert",
        section=groups.STACK,
        needs=[("--self-signed",)],
        type=click.Path(),
        metavar="FILE",
        help="write that certificate to this file, to be given to clients (+cf)",
    ),
)

_clients = grouped(
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

scp_options = grouped(
    _general,
    _listening,
    _whom,
    _faults,
    _ending,
    groups.lists,
    _stack,
    groups.password,
    groups.file_format(_SECURED),
    groups.authority([_ASKED]),
    groups.profile(_SECURED),
    groups.cipher(_SECURED, "use these Diffie-Hellman parameters; without them there is no DHE"),
    groups.seed(_SECURED),
    _clients,
)


def _server_tls(clients: Any, **fields: Any) -> ServerTls | None:
    settings = groups.settings(**fields)
    return None if settings is None else ServerTls(settings, clients)


gather_faults = gathers(
    Faults,
    "faults",
    reject="reject",
    status="status",
    delay_accept="delay_accept",
    delay_echo="delay_echo",
    abort_after="abort_after",
    refuse_contexts="refuse_contexts",
)
gather_tls = gathers(
    _server_tls,
    "tls",
    files=Choice(enable_tls=None, self_signed=(None, None), disable_tls=groups.nothing),
    **groups.FIELDS,
    clients=Choice(require_peer_cert="required", verify_peer_cert="optional", ignore_peer_cert="none"),
)
gather_settings = gathers(
    ScpSettings,
    "settings",
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
    tls="tls",
    faults="faults",
)
