"""The command line of `dcmtool echo` that makes a request: what differs from the defaults, and the node."""

import shlex
from collections.abc import Iterator

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.identity import Identity
from dcmtool.options.diagnose import ACSE, CONNECT, DIMSE
from dcmtool.settings import EchoRequest, Negotiation, Timeouts, TlsSettings

_NEGOTIATION, _TIMEOUTS = Negotiation(), Timeouts()
_TIMES = {"connect": ("-to", CONNECT), "acse": ("-ta", ACSE), "dimse": ("-td", DIMSE)}
_TOKENS = {3: "--identity-kerberos", 4: "--identity-saml", 5: "--identity-jwt"}  # PS3.7 D.3.3.7.1
_FAMILIES = {"ipv4": "-i4", "ipv6": "-i6"}


def echo_command(request: EchoRequest) -> str:
    """Return the command line, quoted for a shell; a password is left out of it."""
    peer = request.peer
    return shlex.join(["dcmtool", "echo", *_options(request), peer.host, str(peer.port)])


def _options(request: EchoRequest) -> Iterator[str]:
    if request.peer.family in _FAMILIES:
        yield _FAMILIES[request.peer.family]
    titles = request.negotiation
    if titles.calling_aet != _NEGOTIATION.calling_aet:
        yield from ("-aet", titles.calling_aet)
    if titles.called_aet != _NEGOTIATION.called_aet:
        yield from ("-aec", titles.called_aet)
    if len(titles.transfer_syntaxes) != len(_NEGOTIATION.transfer_syntaxes):
        yield from ("-pts", str(len(titles.transfer_syntaxes)))
    if titles.contexts != _NEGOTIATION.contexts:
        yield from ("-ppc", str(titles.contexts))
    if titles.max_pdu != _NEGOTIATION.max_pdu:
        yield from ("-pdu", str(titles.max_pdu))
    for name, (option, usual) in _TIMES.items():
        seconds = getattr(request.timeouts, name)
        if seconds not in (None, usual, getattr(_TIMEOUTS, name)):
            yield from (option, f"{seconds:g}")
    if titles.identity is not None:
        yield from _of_identity(titles.identity)
    if request.tls is not None:
        yield from _of_tls(request.tls)


def _of_identity(identity: Identity) -> Iterator[str]:
    """Yield who the user is, with a prompt or a place for what proves it."""
    if identity.user is not None:
        yield from ("--identity-user", identity.user)
    else:
        yield from (_TOKENS[identity.kind], "FILE")
    if identity.passcode is not None:
        yield "--identity-passcode-prompt"
    if identity.positive_response:
        yield "--identity-response"


def _of_tls(tls: TlsSettings) -> Iterator[str]:
    if tls.key_file is not None and tls.certificate_file is not None:
        yield from ("+tls", tls.key_file, tls.certificate_file)
    else:
        yield "+tla"
    if not tls.verify_peer:
        yield "-ic"
    for option, values in (
        ("+cf", tls.ca_files),
        ("+cd", tls.ca_directories),
        ("+crl", tls.crl_files),
        ("+cs", tls.ciphers),
    ):
        for value in values:
            yield from (option, value)
    if tls.system_ca:
        yield "--system-ca"
    if tls.crl_check is not None:
        yield "+cra" if tls.crl_check == "chain" else "+crv"
    if tls.file_format is not None:
        yield "-der" if tls.file_format == "der" else "-pem"
    if tls.profile != TlsSettings.profile:
        yield COMMAND_LINE[f"profile {tls.profile}"]
    if tls.check_hostname:
        yield "--check-hostname"
    if tls.min_days is not None:
        yield from ("--min-days", str(tls.min_days))
    if tls.server_name is not None:
        yield from ("--request-sni", tls.server_name)
