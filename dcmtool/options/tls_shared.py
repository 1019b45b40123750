"""The groups of TLS options that `dcmtool echo` and `dcmtool scp` share, as functions of what they need.

Each command has them in its own order; sections are what they share by name.
"""

from collections.abc import Sequence
from typing import Any

from dcmtool.options.kinds import PATH
from dcmtool.options.option import Alternatives, Option, flag
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
FILE: dict[str, Any] = {"kind": PATH, "metavar": "FILE"}
STACKED: dict[str, Any] = {"section": STACK, "block": "stack"}
_LIST: dict[str, Any] = {"first": True, "settable": False}

LISTS = (
    flag(
        "+cc",
        "--list-ciphers",
        section=CIPHER,
        **_LIST,
        help="show the cipher suites that --cipher can add, and exit",
    ),
    flag(
        "+ph",
        "--list-profiles",
        section=PROFILE,
        **_LIST,
        help="show what each profile stands for, and exit",
    ),
)

_PASSWORD: dict[str, Any] = {"section": PASSWORD, "block": "password", "needs": AUTHENTICATED}

PASSWORD_OPTIONS = (
    flag(
        "+ps",
        "--std-passwd",
        **_PASSWORD,
        **DEFAULT,
        help="ask for it if the key is encrypted: at the terminal, or else as a line of stdin",
    ),
    Option(
        "+pw",
        "--use-passwd",
        **_PASSWORD,
        metavar="PASSWORD",
        secret=True,
        help="use this one, which other users may see in the list of processes",
    ),
    flag("-pw", "--null-passwd", **_PASSWORD, help="use the empty one"),
    Option("--password-env", **_PASSWORD, metavar="NAME", help="use what this environment variable holds"),
    Option("--password-file", **_PASSWORD, **FILE, personal=True, help="use the first line of this file"),
)


def file_format(needs: Needs, unless: Alternatives = ()) -> tuple[Option, ...]:
    """Return the options for the format of all files."""
    attrs: dict[str, Any] = {"section": FORMAT, "block": "format", "needs": needs, "unless": unless}
    return (
        flag(
            "-pem",
            "--pem-keys",
            **attrs,
            help="insist on PEM for all files; by default each is read by what it holds",
        ),
        flag("-der", "--der-keys", **attrs, help="insist on DER for all files"),
    )


def seed(needs: Needs) -> Option:
    """Return the option for what is mixed into the random generator."""
    return Option(
        "+rs", "--seed", section=RANDOM, needs=needs, **FILE, help="mix this file into the random generator"
    )


PROFILES = {  # in the order of DCMTK's help
    "8996": ("+pg", "TLS 1.2 and 1.3, AES-GCM with ECDHE, RSA keys of 2048 bits and more (PS3.15 B.12)"),
    "8996-mod": ("+pm", "the same with Camellia, CCM and ChaCha20 as well (PS3.15 B.13)"),
    "bcp195-nd": ("+py", "TLS 1.2 and 1.3, AES-GCM (PS3.15 B.10)"),
    "bcp195": ("+px", "TLS 1.0 to 1.3, down to AES-CBC without forward secrecy (PS3.15 B.9)"),
    "bcp195-ex": ("+pz", "TLS 1.2 alone, AES-GCM, ECDSA as well (PS3.15 B.11)"),
    "basic": ("+pb", "TLS 1.0 to 1.2, 3DES (PS3.15 B.1, retired); not with OpenSSL 3"),
    "aes": ("+pa", "TLS 1.0 to 1.2, AES-CBC (PS3.15 B.3, retired)"),
    "null": ("+pn", "TLS 1.0 to 1.2, authenticated but not encrypted (IHE ATNA, retired)"),
}


def profile(needs: Needs) -> tuple[Option, ...]:
    """Return the options for the security profile."""
    return tuple(
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
        for word, (short, text) in PROFILES.items()
    )


def authority(needs: Needs, unless: Alternatives = ()) -> tuple[Option, ...]:
    """Return the options for whom to trust and what they revoked."""
    attrs: dict[str, Any] = {"section": AUTHORITY, "needs": needs, "unless": unless}
    return (
        Option(
            "+cf",
            "--add-cert-file",
            **attrs,
            **FILE,
            multiple=True,
            help="trust the certificates in this file",
        ),
        Option(
            "+cd",
            "--add-cert-dir",
            **attrs,
            kind=PATH,
            metavar="DIRECTORY",
            multiple=True,
            help="trust those in this directory, under the names that `openssl rehash` gives",
        ),
        flag(
            "--system-ca",
            **attrs,
            conflicts=[unless] if unless else (),
            help="trust the authorities that the operating system does",
        ),
        Option(
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


def cipher(needs: Needs, dh_parameters: str) -> tuple[Option, ...]:
    """Return the options for cipher suites; `dh_parameters` is the help for those of Diffie-Hellman."""
    return (
        Option(
            "+cs",
            "--cipher",
            section=CIPHER,
            needs=needs,
            conflicts=[("--profile-bcp195-ex",)],
            metavar="NAME",
            multiple=True,
            help="offer this cipher suite (IANA's name) after those of the profile",
        ),
        Option("+dp", "--dhparam", section=CIPHER, needs=needs, **FILE, help=dh_parameters),
    )
