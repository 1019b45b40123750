"""The TLS options of `dcmtool echo`.

They are declared in the order in which DCMTK's tools check them; `SECTIONS` is their order in the help.
"""

from typing import Any

from dcmtool.options import tls_shared as groups
from dcmtool.options.kinds import PATH, Number
from dcmtool.options.option import Alternatives, Option, flag
from dcmtool.options.tls_shared import (
    AUTHORITY,
    CIPHER,
    DEFAULT,
    FILE,
    FORMAT,
    PASSWORD,
    PEER,
    PROFILE,
    RANDOM,
    STACK,
)

SNI = (groups.TLS, "server name indication")
KEY_LOG = (groups.TLS, "secrets of the session")
OFFLINE = (groups.TLS, "offline certificate verification")
SECTIONS = (STACK, PASSWORD, FORMAT, AUTHORITY, PROFILE, CIPHER, SNI, RANDOM, PEER, KEY_LOG, OFFLINE)

_SECURED = [("--enable-tls", "--anonymous-tls")]

_STACK_OPTIONS = (
    flag(
        "-tls", "--disable-tls", **groups.STACKED, **DEFAULT, word=("tls", "off"), help="connect without TLS"
    ),
    Option(
        "+tls",
        "--enable-tls",
        **groups.STACKED,
        arity=2,
        kind=PATH,
        metavar="KEY CERT",
        help="connect with TLS and authenticate with the private key and the certificate in these files",
    ),
    flag(
        "+tla",
        "--anonymous-tls",
        **groups.STACKED,
        word=("tls", "anonymous"),
        help="connect with TLS, without a certificate of our own",
    ),
)

_WRITE_SEED: dict[str, Any] = {
    "section": RANDOM,
    "block": "write seed",
    "needs": [*_SECURED, ("--seed",)],
    "personal": True,
}

_RANDOM_OPTIONS = (
    groups.seed(_SECURED),
    flag(
        "+ws", "--write-seed", **_WRITE_SEED, help="after a success, write a new seed to the file of --seed"
    ),
    Option(
        "+wf",
        "--write-seed-file",
        **_WRITE_SEED,
        **FILE,
        help="after a success, write it to this file instead",
    ),
)

_PEER_CERT: dict[str, Any] = {"section": PEER, "block": "peer certificate", "needs": _SECURED}
_HOSTNAME: dict[str, Any] = {"section": PEER, "block": "host name", "needs": _SECURED}

_PEER_OPTIONS = (
    flag(
        "-rc",
        "--require-peer-cert",
        **_PEER_CERT,
        **DEFAULT,
        help="fail unless the peer's certificate can be trusted",
    ),
    flag("-vc", "--verify-peer-cert", **_PEER_CERT, help="the same, since a server always sends one"),
    flag("-ic", "--ignore-peer-cert", **_PEER_CERT, help="accept any certificate of the peer"),
    flag(
        "--check-hostname",
        **_HOSTNAME,
        help="fail unless the certificate is for the name of --request-sni, or else for PEER",
    ),
    flag("--no-check-hostname", **_HOSTNAME, **DEFAULT, help="accept a certificate for any name"),
    Option(
        "--min-days",
        section=PEER,
        needs=_SECURED,
        kind=Number(0),
        metavar="NUMBER",
        help="fail if the certificate is not valid for this many days more",
    ),
)

_SNI_OPTIONS = (
    flag("--no-sni", section=SNI, **DEFAULT, conflicts=[("--request-sni",)], help="send no server name"),
    Option("--request-sni", section=SNI, metavar="NAME", help="send this server name"),
)

_KEY_LOG_OPTION = Option(
    "--keylog",
    section=KEY_LOG,
    needs=_SECURED,
    personal=True,
    **FILE,
    help="add the session's secrets to this file, by which Wireshark reads what it carries",
)

_OFFLINE: dict[str, Any] = {"section": OFFLINE, "settable": False, "instead": True, **FILE}

_OFFLINE_OPTIONS = (
    Option(
        "+vc",
        "--verify-cert",
        **_OFFLINE,
        help="verify the certificate in this file with the authorities given, and exit",
    ),
    Option(
        "+rc",
        "--is-root-cert",
        **_OFFLINE,
        help="say whether the certificate in this file is a self-signed root, and exit",
    ),
)


def _client(format_unless: Alternatives = (), authority_unless: Alternatives = ()) -> tuple[Option, ...]:
    """Return the options of a client's session; none of them is needed with these."""
    return (
        *groups.LISTS,
        *_STACK_OPTIONS,
        *groups.PASSWORD_OPTIONS,
        *groups.file_format(_SECURED, format_unless),
        *_RANDOM_OPTIONS,
        *_PEER_OPTIONS,
        *groups.profile(_SECURED),
        *groups.authority(_SECURED, authority_unless),
        *groups.cipher(_SECURED, "check these Diffie-Hellman parameters, which only a server uses"),
        *_SNI_OPTIONS,
    )


CLIENT_TLS_OPTIONS = _client()  # for what verifies no certificate offline
TLS_OPTIONS = (
    *_client(("--verify-cert", "--is-root-cert"), ("--verify-cert",)),
    _KEY_LOG_OPTION,
    *_OFFLINE_OPTIONS,
)
