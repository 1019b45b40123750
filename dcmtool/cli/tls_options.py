"""The TLS options of `dcmtool echo`, and the settings that they are gathered into.

They are declared in the order in which DCMTK's tools check them; `SECTIONS` is their order in the help.
"""

from collections.abc import Callable
from typing import Any, Literal

import click

from dcmtool.cli import offers, passwords
from dcmtool.cli.certificate_checks import (
    CRL_CHECK,
    FILE_FORMAT,
    check_certificate,
    check_root,
    list_ciphers,
    list_profiles,
)
from dcmtool.cli.options import flag, grouped, option
from dcmtool.cli.parameters import Choice, gathers
from dcmtool.cli.values import Number
from dcmtool.settings import TlsSettings

_TLS = "transport layer security (TLS) options"
STACK = (_TLS, "transport protocol stack")
PASSWORD = (_TLS, "private key password (only with --enable-tls)")
FORMAT = (_TLS, "key and certificate file format")
AUTHORITY = (_TLS, "certification authority")
PROFILE = (_TLS, "security profile")
CIPHER = (_TLS, "ciphersuite")
SNI = (_TLS, "server name indication")
RANDOM = (_TLS, "pseudo random generator")
PEER = (_TLS, "peer authentication")
OFFLINE = (_TLS, "offline certificate verification")
SECTIONS = (STACK, PASSWORD, FORMAT, AUTHORITY, PROFILE, CIPHER, SNI, RANDOM, PEER, OFFLINE)

_AUTHENTICATED = [("--enable-tls",)]
_SECURED = [("--enable-tls", "--anonymous-tls")]
_DEFAULT: dict[str, Any] = {"default": True, "show_default": True}
_FILE: dict[str, Any] = {"type": click.Path(readable=False), "metavar": "FILE"}  # what reads it says why not
_LIST: dict[str, Any] = {"is_eager": True, "expose_value": False, "allow_from_autoenv": False}

_lists = grouped(
    flag(
        "+cc",
        "--list-ciphers",
        section=CIPHER,
        **_LIST,
        callback=list_ciphers,
        help="show the cipher suites that --cipher can add, and exit",
    ),
    flag(
        "+ph",
        "--list-profiles",
        section=PROFILE,
        **_LIST,
        callback=list_profiles,
        help="show what each profile stands for, and exit",
    ),
)

_STACK: dict[str, Any] = {"section": STACK, "block": "stack"}

_stack = grouped(
    flag("-tls", "--disable-tls", **_STACK, **_DEFAULT, word=("tls", "off"), help="connect without TLS"),
    option(
        "+tls",
        "--enable-tls",
        **_STACK,
        nargs=2,
        type=click.Path(readable=False),
        metavar="KEY CERT",
        help="connect with TLS and authenticate with the private key and the certificate in these files",
    ),
    flag(
        "+tla",
        "--anonymous-tls",
        **_STACK,
        word=("tls", "anonymous"),
        help="connect with TLS, without a certificate of our own",
    ),
)

_PASSWORD: dict[str, Any] = {"section": PASSWORD, "block": "password", "needs": _AUTHENTICATED}

_password = grouped(
    flag(
        "+ps",
        "--std-passwd",
        **_PASSWORD,
        **_DEFAULT,
        help="ask for it if the key is encrypted: at the terminal, or else as a line of stdin",
    ),
    option(
        "+pw",
        "--use-passwd",
        **_PASSWORD,
        metavar="PASSWORD",
        secret=True,
        help="use this one, which other users may see in the list of processes",
    ),
    flag("-pw", "--null-passwd", **_PASSWORD, help="use the empty one"),
    option("--password-env", **_PASSWORD, metavar="NAME", help="use what this environment variable holds"),
    option("--password-file", **_PASSWORD, **_FILE, help="use the first line of this file"),
)

_FORMAT: dict[str, Any] = {
    "section": FORMAT,
    "block": "format",
    "needs": _SECURED,
    "unless": ("--verify-cert", "--is-root-cert"),
}

_format = grouped(
    flag("-pem", "--pem-keys", **_FORMAT, **_DEFAULT, help="all files are PEM"),
    flag("-der", "--der-keys", **_FORMAT, help="all files are DER"),
)

_WRITE_SEED: dict[str, Any] = {"section": RANDOM, "block": "write seed", "needs": [*_SECURED, ("--seed",)]}

_random = grouped(
    option(
        "+rs",
        "--seed",
        section=RANDOM,
        needs=_SECURED,
        **_FILE,
        help="mix this file into the random generator",
    ),
    flag(
        "+ws", "--write-seed", **_WRITE_SEED, help="after a success, write a new seed to the file of --seed"
    ),
    option(
        "+wf",
        "--write-seed-file",
        **_WRITE_SEED,
        **_FILE,
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
        **_DEFAULT,
        help="fail unless the peer's certificate can be trusted",
    ),
    flag("-vc", "--verify-peer-cert", **_PEER_CERT, help="the same, since a server always sends one"),
    flag("-ic", "--ignore-peer-cert", **_PEER_CERT, help="accept any certificate of the peer"),
    flag(
        "--check-hostname",
        **_HOSTNAME,
        help="fail unless the certificate is for the name of --request-sni, or else for PEER",
    ),
    flag("--no-check-hostname", **_HOSTNAME, **_DEFAULT, help="accept a certificate for any name"),
    option(
        "--min-days",
        section=PEER,
        needs=_SECURED,
        type=Number(0),
        metavar="NUMBER",
        help="fail if the certificate is not valid for this many days more",
    ),
)

_PROFILES = {  # in the order of DCMTK's help
    "8996": ("+pg", "TLS 1.2 and 1.3, AES-GCM with ECDHE, RSA keys of 2048 bits and more (PS3.15 B.12)"),
    "8996-mod": ("+pm", "the same with Camellia, CCM and ChaCha20 as well (PS3.15 B.13)"),
    "bcp195-nd": ("+py", "TLS 1.2 and 1.3, AES-GCM (PS3.15 B.10)"),
    "bcp195": ("+px", "TLS 1.0 to 1.3, down to AES-CBC without forward secrecy (PS3.15 B.9)"),
    "bcp195-ex": ("+pz", "TLS 1.2 alone, AES-GCM, ECDSA as well (PS3.15 B.11)"),
    "basic": ("+pb", "TLS 1.0 to 1.2, 3DES (PS3.15 B.1, retired); not with OpenSSL 3"),
    "aes": ("+pa", "TLS 1.0 to 1.2, AES-CBC (PS3.15 B.3, retired)"),
    "null": ("+pn", "TLS 1.0 to 1.2, authenticated but not encrypted (IHE ATNA, retired)"),
}

_profile = grouped(
    *(
        flag(
            short,
            f"--profile-{word}",
            section=PROFILE,
            block="profile",
            word=("profile", word),
            needs=_SECURED,
            **(_DEFAULT if word == TlsSettings.profile else {}),
            help=text,
        )
        for word, (short, text) in _PROFILES.items()
    )
)

_AUTHORITY: dict[str, Any] = {"section": AUTHORITY, "needs": _SECURED, "unless": ("--verify-cert",)}

_authority = grouped(
    option(
        "+cf",
        "--add-cert-file",
        **_AUTHORITY,
        **_FILE,
        multiple=True,
        help="trust the certificates in this file",
    ),
    option(
        "+cd",
        "--add-cert-dir",
        **_AUTHORITY,
        type=click.Path(readable=False),
        metavar="DIRECTORY",
        multiple=True,
        shell_complete=offers.directories,
        help="trust those in this directory, under the names that `openssl rehash` gives",
    ),
    flag(
        "--system-ca",
        **_AUTHORITY,
        conflicts=[("--verify-cert",)],
        help="trust the authorities that the operating system does",
    ),
    option(
        "+crl",
        "--add-crl-file",
        **_AUTHORITY,
        **_FILE,
        multiple=True,
        help="refuse what this file revokes; implies --enable-crl-vfy",
    ),
    flag(
        "+crv", "--enable-crl-vfy", **_AUTHORITY, help="demand a revocation list for the peer's certificate"
    ),
    flag(
        "+cra",
        "--enable-crl-all",
        **_AUTHORITY,
        conflicts=[("--enable-crl-vfy",)],
        help="demand one for each certificate up to the root",
    ),
)

_cipher = grouped(
    option(
        "+cs",
        "--cipher",
        section=CIPHER,
        needs=_SECURED,
        conflicts=[("--profile-bcp195-ex",)],
        metavar="NAME",
        multiple=True,
        shell_complete=offers.cipher_suites,
        help="offer this cipher suite (IANA's name) after those of the profile",
    ),
    option(
        "+dp",
        "--dhparam",
        section=CIPHER,
        needs=_SECURED,
        **_FILE,
        help="check these Diffie-Hellman parameters, which only a server uses",
    ),
)

_sni = grouped(
    flag("--no-sni", section=SNI, **_DEFAULT, conflicts=[("--request-sni",)], help="send no server name"),
    option("--request-sni", section=SNI, metavar="NAME", help="send this server name"),
)

_OFFLINE: dict[str, Any] = {"section": OFFLINE, "allow_from_autoenv": False, **_FILE}

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
    _lists, _stack, _password, _format, _random, _peer, _profile, _authority, _cipher, _sni, _offline
)


def _settings(
    files: tuple[str | None, str | None] | None,
    password: str | Callable[[], str] | None,
    seed_file: str | None,
    write_seed_file: str | Literal[True] | None,
    **others: Any,
) -> TlsSettings | None:
    """Return the settings for a connection with TLS; None where there are no `files`, so that it has none."""
    if files is None:
        return None
    key_file, certificate_file = files
    if password is None and key_file is not None:
        password = passwords.Asked(key_file)
    return TlsSettings(
        key_file,
        certificate_file,
        password,
        seed_file=seed_file,
        write_seed_file=seed_file if write_seed_file is True else write_seed_file,
        **others,
    )


def _nothing(_given: object) -> None:
    """Stand for a setting that an option leaves out."""


gather_tls = gathers(
    _settings,
    "tls",
    files=Choice(enable_tls=None, anonymous_tls=(None, None), disable_tls=_nothing),
    password=Choice(
        use_passwd=None,
        null_passwd="",
        password_env=passwords.of_variable,
        password_file=passwords.of_file,
        std_passwd=_nothing,
    ),
    file_format=FILE_FORMAT,
    ca_files="add_cert_file",
    ca_directories="add_cert_dir",
    system_ca="system_ca",
    crl_files="add_crl_file",
    crl_check=CRL_CHECK,
    profile=Choice(**{f"profile_{word.replace('-', '_')}": word for word in _PROFILES}),
    ciphers="cipher",
    dh_parameters="dhparam",
    server_name=Choice(request_sni=None, no_sni=_nothing),
    verify_peer=Choice(ignore_peer_cert=False, verify_peer_cert=True, require_peer_cert=True),
    check_hostname=Choice(check_hostname=True, no_check_hostname=False),
    min_days="min_days",
    seed_file="seed",
    write_seed_file=Choice(write_seed_file=None, write_seed=True),
)
