"""The groups of TLS options that `dcmtool echo` and `dcmtool scp` share, as functions of what they need.

Each command declares them in its own order; sections are what they share by name.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import click

from dcmtool.cli import offers, passwords
from dcmtool.cli.certificate_checks import CRL_CHECK, FILE_FORMAT, list_ciphers, list_profiles
from dcmtool.cli.declared import Alternatives
from dcmtool.cli.options import Decorator, flag, grouped, option
from dcmtool.cli.parameters import Choice
from dcmtool.settings import TlsSettings

TLS = "transport layer security (TLS) options"
STACK = (TLS, "transport protocol stack")
PASSWORD = (TLS, "private key password (only with --enable-tls)")
FORMAT = (TLS, "key and certificate file format")
AUTHORITY = (TLS, "certification authority")
PROFILE = (TLS, "security profile")
CIPHER = (TLS, "ciphersuite")
RANDOM = (TLS, "pseudo random generator")
PEER = (TLS, "peer authentication")
SECTIONS = (STACK, PASSWORD, FORMAT, AUTHORITY, PROFILE, CIPHER, RANDOM, PEER)  # their order in the help

Needs = Sequence[Alternatives]

AUTHENTICATED: Needs = [("--enable-tls",)]
DEFAULT: dict[str, Any] = {"default": True, "show_default": True}
FILE: dict[str, Any] = {"type": click.Path(readable=False), "metavar": "FILE"}  # what reads it says why not
STACKED: dict[str, Any] = {"section": STACK, "block": "stack"}
_LIST: dict[str, Any] = {"is_eager": True, "expose_value": False, "allow_from_autoenv": False}

lists = grouped(
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

_PASSWORD: dict[str, Any] = {"section": PASSWORD, "block": "password", "needs": AUTHENTICATED}

password = grouped(
    flag(
        "+ps",
        "--std-passwd",
        **_PASSWORD,
        **DEFAULT,
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
    option("--password-file", **_PASSWORD, **FILE, help="use the first line of this file"),
)


def file_format(needs: Needs, unless: Alternatives = ()) -> Decorator:
    """Return the options for the format of all files."""
    attrs: dict[str, Any] = {"section": FORMAT, "block": "format", "needs": needs, "unless": unless}
    return grouped(
        flag("-pem", "--pem-keys", **attrs, **DEFAULT, help="all files are PEM"),
        flag("-der", "--der-keys", **attrs, help="all files are DER"),
    )


def seed(needs: Needs) -> Decorator:
    """Return the option for what is mixed into the random generator."""
    return option(
        "+rs", "--seed", section=RANDOM, needs=needs, **FILE, help="mix this file into the random generator"
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


def profile(needs: Needs) -> Decorator:
    """Return the options for the security profile."""
    return grouped(
        *(
            flag(
                short,
                f"--profile-{word}",
                section=PROFILE,
                block="profile",
                word=("profile", word),
                needs=needs,
                **(DEFAULT if word == TlsSettings.profile else {}),
                help=text,
            )
            for word, (short, text) in _PROFILES.items()
        )
    )


def authority(needs: Needs, unless: Alternatives = ()) -> Decorator:
    """Return the options for whom to trust and what they revoked."""
    attrs: dict[str, Any] = {"section": AUTHORITY, "needs": needs, "unless": unless}
    return grouped(
        option(
            "+cf",
            "--add-cert-file",
            **attrs,
            **FILE,
            multiple=True,
            help="trust the certificates in this file",
        ),
        option(
            "+cd",
            "--add-cert-dir",
            **attrs,
            type=click.Path(readable=False),
            metavar="DIRECTORY",
            multiple=True,
            shell_complete=offers.directories,
            help="trust those in this directory, under the names that `openssl rehash` gives",
        ),
        flag(
            "--system-ca",
            **attrs,
            conflicts=[unless] if unless else (),
            help="trust the authorities that the operating system does",
        ),
        option(
            "+crl",
            "--add-crl-file",
            **attrs,
            **FILE,
            multiple=True,
            help="refuse what this file revokes; implies --enable-crl-vfy",
        ),
        flag("+crv", "--enable-crl-vfy", **attrs, help="demand a revocation list for the peer's certificate"),
        flag(
            "+cra",
            "--enable-crl-all",
            **attrs,
            conflicts=[("--enable-crl-vfy",)],
            help="demand one for each certificate up to the root",
        ),
    )


def cipher(needs: Needs, dh_parameters: str) -> Decorator:
    """Return the options for cipher suites; `dh_parameters` is the help for those of Diffie-Hellman."""
    return grouped(
        option(
            "+cs",
            "--cipher",
            section=CIPHER,
            needs=needs,
            conflicts=[("--profile-bcp195-ex",)],
            metavar="NAME",
            multiple=True,
            shell_complete=offers.cipher_suites,
            help="offer this cipher suite (IANA's name) after those of the profile",
        ),
        option("+dp", "--dhparam", section=CIPHER, needs=needs, **FILE, help=dh_parameters),
    )


def settings(
    files: tuple[str | None, str | None] | None,
    password: str | Callable[[], str] | None,
    seed_file: str | None,
    write_seed_file: str | Literal[True] | None = None,
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


def nothing(_given: object) -> None:
    """Stand for a setting that an option leaves out."""


# The fields of `settings` that these options decide; `files` and whom to verify are each command's own.
FIELDS: dict[str, str | Choice] = {
    "password": Choice(
        use_passwd=None,
        null_passwd="",
        password_env=passwords.of_variable,
        password_file=passwords.of_file,
        std_passwd=nothing,
    ),
    "file_format": FILE_FORMAT,
    "ca_files": "add_cert_file",
    "ca_directories": "add_cert_dir",
    "system_ca": "system_ca",
    "crl_files": "add_crl_file",
    "crl_check": CRL_CHECK,
    "profile": Choice(**{f"profile_{word.replace('-', '_')}": word for word in _PROFILES}),
    "ciphers": "cipher",
    "dh_parameters": "dhparam",
    "seed_file": "seed",
}
