"""Files taken by their content: each form that keys and certificates come in, and what is named instead."""

import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    pkcs7,
    pkcs12,
)

from dcmtool.advice import Advice
from dcmtool.certificates import files
from dcmtool.errors import InputFileError, TlsSettingsError
from tests.peers import pki
from tests.peers.programs import require

CAST = pki.standard()
SERVER, ROOT = CAST.server, CAST.root
PEM, DER = SERVER.pem, SERVER.der
KEY, DER_KEY = SERVER.key_bytes(), SERVER.key_bytes("der")
LIST = ROOT.revocation_list()


def packed(
    password: str | None, *, key: bool = True, certificate: bool = True, unmarked: bool = False
) -> bytes:
    """Return an identity in PKCS#12; the key's own certificate may be among the others."""
    encryption: KeySerializationEncryption = NoEncryption()
    if password is not None:
        encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(
        b"me",
        SERVER.key if key else None,
        SERVER.certificate if certificate else None,
        [ROOT.certificate, *([SERVER.certificate] if unmarked else [])] if certificate or unmarked else None,
        encryption,
    )


def without_line_ends(pem: bytes, between: bytes = b"") -> bytes:
    """Return a block of PEM on one line."""
    return between.join(pem.splitlines())


def written(folder: Path, content: bytes, name: str = "file") -> str:
    """Write a file and return its path."""
    (folder / name).write_bytes(content)
    return str(folder / name)


def public(holder: Any) -> object:
    """Return what tells one key from another."""
    return holder.public_key().public_numbers()


FORMS: dict[str, tuple[bytes, ...]] = {
    "PEM": (PEM, KEY, LIST.public_bytes(Encoding.PEM)),
    "DER": (DER, DER_KEY, LIST.public_bytes(Encoding.DER)),
}
FORMS |= {
    "UTF-16": tuple(each.decode().encode("utf-16") for each in FORMS["PEM"]),
    "UTF-16 BE": tuple(b"\xfe\xff" + each.decode().encode("utf-16-be") for each in FORMS["PEM"]),
    "UTF-16 unmarked": tuple(each.decode().encode("utf-16-le") for each in FORMS["PEM"]),
    "UTF-16 BE unmarked": tuple(each.decode().encode("utf-16-be") for each in FORMS["PEM"]),
    "UTF-8 with a mark": tuple(b"\xef\xbb\xbf" + each for each in FORMS["PEM"]),
    "carriage returns": tuple(each.replace(b"\n", b"\r") for each in FORMS["PEM"]),
    "both": tuple(each.replace(b"\n", b"\r\n") for each in FORMS["PEM"]),
    "one line": tuple(map(without_line_ends, FORMS["PEM"])),
    "blanks": tuple(without_line_ends(each, b" ") for each in FORMS["PEM"]),
    "escaped": tuple(without_line_ends(each, b"\\n") for each in FORMS["PEM"]),
    "base64": tuple(map(b64encode, FORMS["DER"])),
    "base64 in lines": tuple(b"\n".join(each.splitlines()[1:-1]) + b"\n" for each in FORMS["PEM"]),
    "base64 in UTF-16": tuple(b64encode(each).decode().encode("utf-16") for each in FORMS["DER"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_taken(form: str, tmp_path: Path) -> None:
    certificate, key, revoked = FORMS[form]
    path = written(tmp_path, certificate)
    assert files.certificates(path, None) == [SERVER.certificate]
    assert files.authorities(path, None) == ([SERVER.certificate], [])
    key_path = written(tmp_path, key, "key")
    assert public(files.private_key(key_path, None, None)) == public(SERVER.key)
    assert files.key_pair(key_path, path, None, None)[1] == [SERVER.certificate]
    assert files.revocation_lists(written(tmp_path, revoked, "crl"), None) == [LIST]


@pytest.mark.parametrize(
    "form", [each for each in FORMS if "UTF-16" in each or "base64" in each or each == "DER"]
)
def test_but_not_where_pem_is_insisted_on(form: str, tmp_path: Path) -> None:
    path = written(tmp_path, FORMS[form][0])
    with pytest.raises(InputFileError) as caught:
        files.certificates(path, "pem")
    name = "UTF-16" if "UTF-16" in form else "base64 alone" if "base64" in form else "DER"
    assert str(caught.value) == f"{path}: is {name}, not PEM: leave out file_format='pem'"


def test_several_blocks_of_one_line_each(tmp_path: Path) -> None:
    both = without_line_ends(PEM) + without_line_ends(ROOT.pem)
    assert files.certificates(written(tmp_path, both), None) == [SERVER.certificate, ROOT.certificate]


# PKCS#12 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", [None, "secret", "pass wörd"])
def test_an_identity_in_one_file(password: str | None, tmp_path: Path) -> None:
    path = written(tmp_path, packed(password))
    asked: list[str] = []

    def given() -> bytes:
        asked.append("once")
        return (password or "").encode()

    assert public(files.private_key(path, None, given)) == public(SERVER.key)
    asked.clear()
    key, certificates = files.key_pair(path, path, None, given)
    assert public(key) == public(SERVER.key)
    assert certificates == [SERVER.certificate, ROOT.certificate]
    assert len(asked) == (0 if password is None else 1)


def test_beside_a_certificate_or_a_key_in_another_form(tmp_path: Path) -> None:
    path = written(tmp_path, packed("x"))
    certificate, key = written(tmp_path, PEM, "certificate"), written(tmp_path, KEY, "key")
    assert files.key_pair(path, certificate, None, lambda: b"x")[1] == [SERVER.certificate]
    assert files.key_pair(key, path, None, lambda: b"x")[1] == [SERVER.certificate, ROOT.certificate]


def test_its_certificate_may_be_unmarked(tmp_path: Path) -> None:
    path = written(tmp_path, packed("x", certificate=False, unmarked=True))
    assert files.key_pair(path, path, None, lambda: b"x")[1] == [SERVER.certificate, ROOT.certificate]


def test_one_of_openssl(tmp_path: Path) -> None:
    key, path = written(tmp_path, KEY + PEM, "both"), str(tmp_path / "made.p12")
    run = [require(pki.OPENSSL), "pkcs12", "-export", "-in", key, "-out", path, "-passout", "pass:x"]
    subprocess.run(run, check=True)
    assert files.key_pair(path, path, None, lambda: b"x")[1] == [SERVER.certificate]


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        (b"wrong", "the password does not open the private key {path}"),
        (b"", "the password does not open the private key {path}"),
        (None, "the private key {path} is encrypted and no password is given"),
    ],
)
def test_one_that_stays_closed(password: bytes | None, sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path, packed("right"))
    with pytest.raises(TlsSettingsError) as caught:
        files.private_key(path, None, None if password is None else lambda: password)
    assert str(caught.value) == sentence.format(path=path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (packed(None, key=False), "holds PKCS#12 without a private key"),
        (packed(None, certificate=False), "holds PKCS#12 without a certificate"),
    ],
)
def test_one_that_lacks_something(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputFileError) as caught:
        files.key_pair(path, path, None, None)
    assert str(caught.value) == f"{path}: {sentence}"


@pytest.mark.parametrize("file_format", [None, "der"])
def test_as_an_authority_it_is_named(file_format: Any, tmp_path: Path) -> None:
    path = written(tmp_path, packed("x"), "a b.p12")
    for read in (files.certificates, files.authorities):
        with pytest.raises(InputFileError) as caught:
            read(path, file_format)
        assert str(caught.value) == (
            f"{path}: holds PKCS#12 and no certificate: "
            f"`openssl pkcs12 -in '{path}' -nokeys -out '{path}.pem'` makes PEM of its certificates"
        )


def test_the_line_that_is_named_makes_pem(tmp_path: Path) -> None:
    path = written(tmp_path, packed("x"), "a.p12")
    with pytest.raises(InputFileError) as caught:
        files.certificates(path, None)
    line = str(caught.value.advice).split("`")[1]
    run = line.replace("openssl", require(pki.OPENSSL), 1) + " -passin pass:x"
    subprocess.run(["sh", "-c", run], check=True)
    assert set(files.certificates(f"{path}.pem", None)) == {SERVER.certificate, ROOT.certificate}


# PKCS#7 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_bundle_is_named_with_the_line_that_makes_pem(encoding: Encoding, tmp_path: Path) -> None:
    content = pkcs7.serialize_certificates([SERVER.certificate, ROOT.certificate], encoding)
    path = written(tmp_path, content, "a.p7b")
    with pytest.raises(InputFileError) as caught:
        files.authorities(path, None)
    form = "pem" if encoding is Encoding.PEM else "der"
    line = f"openssl pkcs7 -inform {form} -in {path} -print_certs -out {path}.pem"
    assert str(caught.value) == (
        f"{path}: holds PKCS#7 and no certificate: `{line}` makes PEM of its certificates"
    )
    subprocess.run(["sh", "-c", line.replace("openssl", require(pki.OPENSSL), 1)], check=True)
    assert set(files.certificates(f"{path}.pem", None)) == {SERVER.certificate, ROOT.certificate}
    with pytest.raises(InputFileError, match=r"holds PKCS#7 and no private key$"):
        files.private_key(path, None, None)


# Pairs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["PEM", "DER", "UTF-16"])
@pytest.mark.parametrize("certificate", ["PEM", "DER", "base64"])
def test_a_key_and_a_certificate_that_are_swapped(key: str, certificate: str, tmp_path: Path) -> None:
    key_path = written(tmp_path, FORMS[key][1], "key")
    certificate_path = written(tmp_path, FORMS[certificate][0], "certificate")
    with pytest.raises(InputFileError) as caught:
        files.key_pair(certificate_path, key_path, None, None)
    assert caught.value.advice == Advice("swapped")
    assert str(caught.value) == (
        f"{certificate_path}: holds the certificate, and {key_path} the private key: they are swapped: "
        "give the key first, key_file= and certificate_file="
    )


def test_two_certificates_are_not_swapped(tmp_path: Path) -> None:
    path = written(tmp_path, PEM)
    with pytest.raises(InputFileError, match=r"holds a certificate and no private key$"):
        files.key_pair(path, path, None, None)
    with pytest.raises(InputFileError, match=r"holds a certificate and no private key$"):
        files.key_pair(path, str(tmp_path / "none"), None, None)


# Diffie-Hellman parameters --------------------------------------------------------------------------

PARAMETERS = b"-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n"


@pytest.mark.parametrize(
    "content",
    [
        PARAMETERS,
        bytes.fromhex("3006020105020102"),
        without_line_ends(PARAMETERS),
        PARAMETERS.decode().encode("utf-16"),
    ],
)
def test_parameters_in_each_form(content: bytes, tmp_path: Path) -> None:
    assert files.dh_parameters(written(tmp_path, content)).split() == PARAMETERS.split()


@pytest.mark.parametrize(
    "content", [b"\x30", b"\x30\x80", b"\x30\xff\x01", b"\x30\x03\x02\x01\x05", b"\xff\xfe", b"\0"]
)
def test_anything_ends_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    for read in (files.certificates, files.revocation_lists):
        with pytest.raises(InputFileError):
            read(path, None)
    with pytest.raises(InputFileError):
        files.dh_parameters(path)
