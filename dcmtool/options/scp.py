"""What `dcmtool scp` takes, and the settings that it comes to."""

from typing import Any

from dcmtool.options import tls_shared as groups
from dcmtool.options.common import (
    ENDING,
    LISTENING,
    ending_options,
    max_pdu_option,
    port_file_option,
    seconds_option,
)
from dcmtool.options.faults import FAULT_OPTIONS
from dcmtool.options.gathering import Choice, gathered
from dcmtool.options.general import HELP, VERBOSITY, VERSION
from dcmtool.options.kinds import PATH, Number
from dcmtool.options.option import Option, Parameter, Signature, flag
from dcmtool.options.requests import Ask, Warn
from dcmtool.options.tls_requests import nothing, tls_settings
from dcmtool.options.values import Values
from dcmtool.scp.settings import MAX_ASSOCIATIONS, Faults, ScpSettings
from dcmtool.settings import ServerTls

WHOM = ("association options", None)

_DEFAULTS = ScpSettings()

_GENERAL = (
    HELP,
    VERSION,
    flag("-q", "--quiet", **VERBOSITY, help="only say what ends the run too early"),
    flag(
        *("-v", "--verbose"),
        **VERBOSITY,
        help="tell of connections too that ask for no association, and of AE titles padded with NUL",
    ),
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
    port_file_option(),
)

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
    max_pdu_option(WHOM, _DEFAULTS.max_pdu),
    seconds_option(
        "-ta",
        "--acse-timeout",
        section=WHOM,
        default=_DEFAULTS.acse_timeout,
        text="limit for the TLS handshake, and for the association request to come",
    ),
    seconds_option(
        "--idle-timeout",
        section=WHOM,
        default=_DEFAULTS.idle_timeout,
        text="abort an association on which nothing comes for so long",
    ),
)

_ENDING = (
    flag(
        "--explain",
        section=ENDING,
        help="say below each line what is wrong or odd about the caller, and what to change",
    ),
    *ending_options(
        once="end after one association",
        count="end after so many associations",
        output="text, nothing; ndjson",
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
