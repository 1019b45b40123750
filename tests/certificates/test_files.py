"""Keys, certificates and revocation lists from files of every format, and files that are something else."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from dcmtool.certificates import blocks, files
from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.settings import FileFormat
from tests.peers import pki
from tests.peers.pki import Identity
from tests.peers.programs import ROOT, require

CAST = pki.standard()
ED25519 = CAST.root.issue(key="ed25519")
IDENTITIES = {"RSA": CAST.server, "EC": CAST.elliptic, "Ed25519": ED25519}
FORMATS: tuple[FileFormat, ...] = ("pem", "der")

every_format = pytest.mark.parametrize("file_format", FORMATS)


class Passwords:
    """Gives a password, and counts how often it is asked for."""

    def __init__(self, password: str) -> None:
        self.password, self.asked = password, 0

    def __call__(self) -> bytes:
        self.asked += 1
        return self.password.encode()


def written(folder: Path, content: bytes | str, name: str = "file") -> str:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def public(holder: Any) -> bytes:
    """Return the public key of a private one or of a certificate."""
    return bytes(holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def reason(read: Callable[..., object], path: str, *args: object) -> str:
    """Return why a file cannot be read, without its name."""
    with pytest.raises(InputFileError) as caught:
        read(path, *args)
    assert caught.value.path == path
    return f"{caught.value.reason}: {caught.value.advice}" if caught.value.advice else caught.value.reason


# Certificates and revocation lists ------------------------------------------------------------------


@every_format
def test_one_certificate(file_format: FileFormat, tmp_path: Path) -> None:
    path = CAST.server.certificate_file(tmp_path, file_format)
    assert files.certificates(path, file_format) == [CAST.server.certificate]


@every_format
def test_one_revocation_list(file_format: FileFormat, tmp_path: Path) -> None:
    made = CAST.root.revocation_list(CAST.revoked)
    path = pki.write_all(tmp_path, "crl", made, file_format=file_format)
    assert files.revocation_lists(path, file_format) == [made]
    assert files.authorities(path, file_format) == ([], [made])


def test_all_that_a_file_holds(tmp_path: Path) -> None:
    lists = [CAST.root.revocation_list(), CAST.stranger.revocation_list()]
    content = b"".join(
        [
            b"A comment, and a key:\n",
            CAST.server.key_bytes(traditional=True),
            CAST.server.pem,
            lists[0].public_bytes(Encoding.PEM),
            b"\n\n  subject: CN=...\r\n",
            CAST.root.pem.replace(b"\n", b"\r\n"),
            lists[1].public_bytes(Encoding.PEM),
            CAST.stranger.pem.replace(b" CERTIFICATE", b" X509 CERTIFICATE"),
        ]
    )
    path = written(tmp_path, content)
    certificates = [each.certificate for each in (CAST.server, CAST.root, CAST.stranger)]
    assert files.certificates(path, "pem") == certificates
    assert files.revocation_lists(path, "pem") == lists
    assert files.authorities(path, "pem") == (certificates, lists)
    assert public(files.private_key(path, "pem", None)) == public(CAST.server.key)


CERTIFICATE, KEY, LIST = CAST.server.pem, CAST.server.key_bytes(), CAST.root.revocation_list()
PEM_LIST, DER_LIST = LIST.public_bytes(Encoding.PEM), LIST.public_bytes(Encoding.DER)
DER_KEY, SECRET_DER_KEY = CAST.server.key_bytes("der"), CAST.server.key_bytes("der", password="x")
TRUSTED = CERTIFICATE.replace(b"BEGIN ", b"BEGIN TRUSTED ").replace(b"END ", b"END TRUSTED ")
DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
OTHER_CONTENTS: list[tuple[bytes, FileFormat, str]] = [
    (b"", "pem", "is empty"),
    (b"", "der", "is empty"),
    (b"nothing", "pem", "holds no certificate"),
    (b"nothing", "der", "holds no certificate"),
    (b"\x30\x03\x02\x01\x01", "pem", "holds no certificate"),
    (b"\x30\x03\x02\x01\x01", "der", "holds no certificate"),
    (CAST.server.der, "pem", "is DER, not PEM: leave out file_format='pem'"),
    (CERTIFICATE, "der", "is PEM, not DER: leave out file_format='der'"),
    (KEY, "pem", "holds a private key and no certificate"),
    (KEY, "der", "is PEM, not DER: leave out file_format='der'"),
    (CAST.server.key_bytes(password="x"), "pem", "holds a private key and no certificate"),
    (DER_KEY, "pem", "is DER, not PEM: leave out file_format='pem'"),
    (DER_KEY, "der", "holds a private key and no certificate"),
    (SECRET_DER_KEY, "der", "holds a private key and no certificate"),
    (SECRET_DER_KEY, "pem", "is DER, not PEM: leave out file_format='pem'"),
    (PEM_LIST, "pem", "holds a revocation list and no certificate"),
    (DER_LIST, "der", "holds a revocation list and no certificate"),
    (KEY + PEM_LIST + KEY, "pem", "holds a private key, a revocation list and no certificate"),
    (TRUSTED, "pem", "holds 'TRUSTED CERTIFICATE' and no certificate"),
    (CERTIFICATE[:-40], "pem", "is cut off: a block of it has no end, so it holds no certificate"),
    (CERTIFICATE[:100] + KEY, "pem", "holds a private key and no certificate"),
    (DAMAGED, "pem", "the certificate in it is damaged"),
    (CERTIFICATE + DAMAGED, "pem", "the certificate number 2 in it is damaged"),
    (CAST.server.der + b"\n", "der", "holds no certificate"),
]


@pytest.mark.parametrize(("content", "file_format", "expected"), OTHER_CONTENTS)
def test_files_that_are_something_else(
    content: bytes, file_format: FileFormat, expected: str, tmp_path: Path
) -> None:
    assert reason(files.certificates, written(tmp_path, content), file_format) == expected


def test_other_kinds_are_named_in_the_same_way(tmp_path: Path) -> None:
    certificate = CAST.server.certificate_file(tmp_path)
    assert reason(files.revocation_lists, certificate, "pem") == "holds a certificate and no revocation list"
    assert reason(files.private_key, certificate, "pem", None) == "holds a certificate and no private key"
    assert reason(files.authorities, CAST.server.key_file(tmp_path), "pem") == (
        "holds a private key and no certificate"
    )
    der = CAST.server.certificate_file(tmp_path, "der")
    assert reason(files.private_key, der, "der", None) == "holds a certificate and no private key"
    crl = LIST.public_bytes(Encoding.PEM).replace(b"\nMI", b"\nMX", 1)
    assert (
        reason(files.revocation_lists, written(tmp_path, crl), "pem")
        == "the revocation list in it is damaged"
    )


@pytest.mark.parametrize(
    "read",
    [
        lambda path: files.certificates(path, "pem"),
        lambda path: files.revocation_lists(path, "der"),
        lambda path: files.authorities(path, "pem"),
        lambda path: files.private_key(path, "der", None),
        files.dh_parameters,
    ],
)
def test_files_that_cannot_be_read(read: Callable[[str], object], tmp_path: Path) -> None:
    looping = tmp_path / "loop"
    looping.symlink_to(looping)
    assert reason(read, str(tmp_path / "missing")) == "No such file or directory"
    assert reason(read, "") == "No such file or directory"
    assert reason(read, str(tmp_path)) == "Is a directory"
    assert reason(read, str(looping)) == "Too many levels of symbolic links"
    assert reason(read, "a\0b") == "embedded null byte"
    assert reason(read, "/dev/null") == "is empty"
    assert reason(read, "/dev/zero") == "is larger than 16777216 bytes, as no file of certificates is"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a failing open, since to root nothing is forbidden."""

    def refuse(*args: object) -> None:
        raise PermissionError(13, "")

    monkeypatch.setattr("dcmtool.pipes.read", refuse)
    assert reason(files.certificates, "key.pem", "pem") == "Permission denied"


def test_the_largest_file(tmp_path: Path) -> None:
    path = written(tmp_path, CERTIFICATE.ljust(blocks.MAX_BYTES))
    assert files.certificates(path, "pem") == [CAST.server.certificate]


def test_an_endless_row_of_beginnings(tmp_path: Path) -> None:
    path = written(tmp_path, b"-----BEGIN CERTIFICATE-----\n" * 100_000)
    assert reason(files.certificates, path, "pem") == (
        "is cut off: a block of it has no end, so it holds no certificate"
    )


# Private keys ---------------------------------------------------------------------------------------


# (kind, format, password, whether traditional), of which not all go together
KEYS = [
    (kind, file_format, password, traditional)
    for kind in IDENTITIES
    for file_format in FORMATS
    for password in (None, "pass wörd")
    for traditional in (False, True)
    if not traditional or (kind != "Ed25519" and (file_format == "pem" or password is None))
]


@pytest.mark.parametrize(("kind", "file_format", "password", "traditional"), KEYS)
def test_private_keys(
    kind: str, file_format: FileFormat, password: str | None, traditional: bool, tmp_path: Path
) -> None:
    identity = IDENTITIES[kind]
    path = identity.key_file(tmp_path, file_format, password=password, traditional=traditional)
    given = Passwords(password or "not needed")
    assert public(files.private_key(path, file_format, given)) == public(identity.key)
    assert given.asked == (0 if password is None else 1)
    if password is None:
        assert public(files.private_key(path, file_format, None)) == public(identity.key)


ENCRYPTED: list[tuple[FileFormat, bool]] = [("pem", False), ("pem", True), ("der", False)]


@pytest.mark.parametrize(("file_format", "traditional"), ENCRYPTED)
@pytest.mark.parametrize("password", ["wrong", "", "x" * 5000])
def test_a_wrong_password(file_format: FileFormat, traditional: bool, password: str, tmp_path: Path) -> None:
    path = CAST.server.key_file(tmp_path, file_format, password="right", traditional=traditional)
    given = Passwords(password)
    with pytest.raises(TlsSettingsError) as caught:
        files.private_key(path, file_format, given)
    assert str(caught.value) == f"the password does not open the private key {path}"
    assert given.asked == 1


@pytest.mark.parametrize(("file_format", "traditional"), ENCRYPTED)
def test_no_password(file_format: FileFormat, traditional: bool, tmp_path: Path) -> None:
    path = CAST.server.key_file(tmp_path, file_format, password="right", traditional=traditional)
    with pytest.raises(TlsSettingsError) as caught:
        files.private_key(path, file_format, None)
    assert str(caught.value) == f"the private key {path} is encrypted and no password is given"


def test_what_the_password_raises_is_let_through(tmp_path: Path) -> None:
    def interrupted() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.private_key(CAST.server.key_file(tmp_path, password="x"), "pem", interrupted)


def test_a_key_after_its_curve(tmp_path: Path) -> None:
    run = subprocess.run(
        [require(pki.OPENSSL), "ecparam", "-genkey", "-name", "prime256v1"], capture_output=True, check=True
    )
    assert run.stdout.startswith(b"-----BEGIN EC PARAMETERS-----")
    key = files.private_key(written(tmp_path, run.stdout), "pem", None)
    assert public(key) == public(
        load_pem_private_key(run.stdout.partition(b"-----END EC PARAMETERS-----")[2], None)
    )


def test_damaged_and_unknown_keys(tmp_path: Path) -> None:
    damaged = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    assert reason(files.private_key, written(tmp_path, damaged), "pem", None) == (
        "the private key in it is damaged or of an unknown kind"
    )
    cipher = CAST.server.key_bytes(password="x", traditional=True).replace(b"AES-256-CBC", b"NONE-CBC")
    aes = bytes.fromhex(
        "60864801650304012a"
    )  # AES-256-CBC (2.16.840.1.101.3.4.1.42), next to nothing's number
    scheme = SECRET_DER_KEY.replace(aes, aes[:-1] + b"\x7f")
    scrypt = (ROOT / "tests/fuzz/corpora/keys/finding-scrypt.der").read_bytes()  # with a block size of 0
    unknown: list[tuple[bytes, FileFormat]] = [(cipher, "pem"), (scheme, "der"), (scrypt, "der")]
    for content, file_format in unknown:
        assert reason(files.private_key, written(tmp_path, content), file_format, lambda: b"x") == (
            "the private key in it is encrypted in an unknown way"
        )


# Pairs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", IDENTITIES)
@every_format
def test_a_pair(kind: str, file_format: FileFormat, tmp_path: Path) -> None:
    identity = IDENTITIES[kind]
    certificate = identity.certificate_file(tmp_path, file_format)
    key_file = identity.key_file(tmp_path, file_format, password="x")
    key, certificates = files.key_pair(key_file, certificate, file_format, lambda: b"x")
    assert public(key) == public(identity.key)
    assert certificates == [identity.certificate]


def test_a_pair_in_one_file_with_a_chain(tmp_path: Path) -> None:
    path = written(tmp_path, CAST.chained.key_bytes() + CAST.chained.pem + CAST.intermediate.pem)
    _, certificates = files.key_pair(path, path, "pem", None)
    assert certificates == [CAST.chained.certificate, CAST.intermediate.certificate]


@pytest.mark.parametrize("other", [CAST.elliptic, CAST.root, CAST.small], ids=["EC", "its issuer's", "RSA"])
def test_a_pair_that_is_none(other: Identity, tmp_path: Path) -> None:
    key, certificate = other.key_file(tmp_path), CAST.server.certificate_file(tmp_path)
    with pytest.raises(TlsSettingsError) as caught:
        files.key_pair(key, certificate, "pem", None)
    assert str(caught.value) == f"the private key {key} does not belong to the certificate {certificate}"


def test_a_certificate_with_a_key_of_an_unknown_kind(tmp_path: Path) -> None:
    odd = CAST.elliptic.der.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d027f"))
    certificate, key = written(tmp_path, odd), CAST.elliptic.key_file(tmp_path, "der")
    assert reason(lambda path: files.key_pair(key, path, "der", None), certificate) == (
        "the certificate in it has a key of an unknown kind"
    )


def test_names_are_made_printable(tmp_path: Path) -> None:
    key = CAST.server.key_bytes(password="x")
    path = written(tmp_path, key, "a\x1b[31m")
    with pytest.raises(TlsSettingsError) as caught:
        files.private_key(path, "pem", None)
    assert str(caught.value) == (
        f"the private key {tmp_path}/a\\x1b[31m is encrypted and no password is given"
    )


@pytest.mark.parametrize("kind", IDENTITIES)
def test_a_pair_as_pem(kind: str, tmp_path: Path) -> None:
    identity = IDENTITIES[kind]
    certificates = [identity.certificate, CAST.intermediate.certificate]
    path = written(tmp_path, files.pem_key_pair(identity.key, certificates, b"passphrase"))
    key, found = files.key_pair(path, path, "pem", lambda: b"passphrase")
    assert (public(key), found) == (public(identity.key), certificates)
    with pytest.raises(TlsSettingsError):
        files.private_key(path, "pem", None)


# Diffie-Hellman parameters --------------------------------------------------------------------------

PARAMETERS = """\
-----BEGIN DH PARAMETERS-----
MAYCAQUCAQI=
-----END DH PARAMETERS-----
"""


@pytest.mark.parametrize("label", ["DH PARAMETERS", "X9.42 DH PARAMETERS"])
def test_parameters(label: str, tmp_path: Path) -> None:
    files.dh_parameters(written(tmp_path, "Generator 2\n" + PARAMETERS.replace("DH PARAMETERS", label)))


def test_parameters_of_openssl(tmp_path: Path) -> None:
    path = str(tmp_path / "dh.pem")
    options = ["-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]
    subprocess.run([require(pki.OPENSSL), "genpkey", "-genparam", *options, "-out", path], check=True)
    files.dh_parameters(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CERTIFICATE, "holds a certificate and no Diffie-Hellman parameters"),
        (PARAMETERS.replace("MAY", "MAU"), "the Diffie-Hellman parameters in it are damaged"),
        (PARAMETERS.replace("MAYC", "MAYD"), "the Diffie-Hellman parameters in it are damaged"),
        (PARAMETERS.replace("MAYC", "M"), "the Diffie-Hellman parameters in it are damaged"),
        (PARAMETERS.replace("MAYCAQUCAQI=", ""), "the Diffie-Hellman parameters in it are damaged"),
        (PARAMETERS.replace("MAYC", "####"), "the Diffie-Hellman parameters in it are damaged"),
        ("nothing", "holds no Diffie-Hellman parameters"),
    ],
)
def test_no_parameters(content: bytes | str, expected: str, tmp_path: Path) -> None:
    assert reason(files.dh_parameters, written(tmp_path, content)) == expected
