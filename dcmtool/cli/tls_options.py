"""The TLS options of `dcmtool echo`, and the settings that they are gathered into.

They are declared in the order in which DCMTK's tools check them; `SECTIONS` is their order in the help.
"""

from typing import Any

from dcmtool.cli import tls_groups as groups
from dcmtool.cli.certificate_checks import check_certificate, check_root
from dcmtool.cli.options import flag, grouped, option
from dcmtool.cli.parameters import Choice, gathers
from dcmtool.cli.tls_groups import (
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
from dcmtool.cli.values import Number

SNI = (groups.TLS, "server name indication")
OFFLINE = (groups.TLS, "offline certificate verification")
SECTIONS = (STACK, PASSWORD, FORMAT, AUTHORITY, PROFILE, CIPHER, SNI, RANDOM, PEER, OFFLINE)

_SECURED = [("--enable-tls", "--anonymous-tls")]

_stack = grouped(
    flag(
        "-tls", "--disable-tls", **groups.STACKED, **DEFAULT, word=("tls", "off"), help="connect without TLS"
    ),
    option(
        "+tls",
        "--enable-tls",
        **groups.STACKED,
        nargs=2,
        type=FILE["type"],
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

_WRITE_SEED: dict[str, Any] = {"section": RANDOM, "block": "write seed", "needs": [*_SECURED, ("--seed",)]}

_random = grouped(
    groups.seed(_SECURED),
    flag(
        "+ws", "--write-seed", **_WRITE_SEED, help="after a success, write a new seed to the file of --seed"
    ),
    option(
        "+wf",
        "--write-seed-file",
        **_WRITE_SEED,
        **FILE,
        help="after a success, write it to this file instead",
    ),
)

_PEER_CERT: dict[str, Any] = {"section": PEER, "block": "peer certificate", "needs": _SECURED}
_HOSTNAME: dict[str, Any] = {"section": PEER, "block": "host name", "needs": _SECURED}

_peer = grouped(
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
    option(
        "--min-days",
        section=PEER,
        needs=_SECURED,
        type=Number(0),
        metavar="NUMBER",
        help="fail if the certificate is not valid for this many days more",
    ),
)

_sni = grouped(
    flag("--no-sni", section=SNI, **DEFAULT, conflicts=[("--request-sni",)], help="send no server name"),
    option("--request-sni", section=SNI, metavar="NAME", help="send this server name"),
)

_OFFLINE: dict[str, Any] = {"section": OFFLINE, "allow_from_autoenv": False, **FILE}

_offline = grouped(
    option(
        "+vc",
        "--verify-cert",
        **_OFFLINE,
        instead=check_certificate,
        help="verify the certificate in this file with the authorities given, and exit",
    ),
    option(
        "+rc",
        "--is-root-cert",
        **_OFFLINE,
        instead=check_root,
        help="say whether the certificate in this file is a self-signed root, and exit",
    ),
)

tls_options = grouped(
    groups.lists,
    _stack,
    groups.password,
    groups.file_format(_SECURED, ("--verify-cert", "--is-root-cert")),
    _random,
    _peer,
    groups.profile(_SECURED),
    groups.authority(_SECURED, ("--verify-cert",)),
    groups.cipher(_SECURED, "check these Diffie-Hellman parameters, which only a server uses"),
    _sni,
    _offline,
)

gather_tls = gathers(
    groups.settings,
    "tls",
    files=Choice(enable_tls=None, anonymous_tls=(None, None), disable_tls=groups.nothing),
    **groups.FIELDS,
    server_name=Choice(request_sni=None, no_sni=groups.nothing),
    verify_peer=Choice(ignore_peer_cert=False, verify_peer_cert=True, require_peer_cert=True),
    check_hostname=Choice(check_hostname=True, no_check_hostname=False),
    min_days="min_days",
    write_seed_file=Choice(write_seed_file=None, write_seed=True),
)
