"""Settings to a context: every file is read before any connection, and what is wrong is said."""

import base64
import os
import ssl
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from dcmtool.errors import InputFileError, OutputFileError, TlsSettingsError
from dcmtool.settings import ServerTls, TlsSettings
from dcmtool.tls.contexts import prepare
from dcmtool.tls.seeds import MAX_SEED, SEED_LENGTH, write_seed
from dcmtool.tls.server import prepare_server
from tests.peers import pki
from tests.peers.programs import ROOT

CAST = pki.standard()
OTHER_KEY = CAST.root.issue("other", key=pki.new_key("p256"))

DH_PARAMETERS = """\
-----BEGIN DH PARAMETERS-----
MEYCQQCnWCCQin9Ef15U2pvVb4PoU3D75kaDmBcqbNlsuuSLowlAydODVRJT4WbM
6owKhNjmnxl8Zs4jfvMd0r+jvLk3AgEC
-----END DH PARAMETERS-----
"""


def pair(folder: Path, identity: pki.Identity = CAST.client, **key: Any) -> dict[str, str]:
    """Write a key pair; return the settings that name it."""
    return {
        "key_file": identity.key_file(folder, **key),
        "certificate_file": identity.certificate_file(folder, key.get("file_format", "pem")),
    }


def subjects(settings: TlsSettings) -> list[str]:
    """Return the common names of the authorities that a context trusts."""
    loaded = prepare(settings).context.get_ca_certs()
    return sorted(dict(part[0] for part in found["subject"])["commonName"] for found in loaded)  # type: ignore[misc]


# The context ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "lowest", "highest"),
    [
        ("bcp195-nd", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
        ("bcp195", ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_3),
        ("bcp195-ex", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
        ("aes", ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_2),
        ("8996", ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    ],
)
def test_versions(profile: str, lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> None:
    context = prepare(TlsSettings(profile=profile)).context
    assert (context.minimum_version, context.maximum_version) == (lowest, highest)


@pytest.mark.parametrize(("verify", "mode"), [(True, ssl.CERT_REQUIRED), (False, ssl.CERT_NONE)])
def test_verification(verify: bool, mode: ssl.VerifyMode) -> None:
    prepared = prepare(TlsSettings(verify_peer=verify))
    assert (prepared.context.verify_mode, prepared.context.check_hostname) == (mode, False)
    assert prepared.without_verifying().verify_mode == ssl.CERT_NONE
    assert prepared.context.verify_mode == mode


@pytest.mark.parametrize("check", [None, "leaf", "chain"])
def test_revocation_flags(check: Any, tmp_path: Path) -> None:
    flags = {"leaf": ssl.VERIFY_CRL_CHECK_LEAF, "chain": ssl.VERIFY_CRL_CHECK_CHAIN}
    assert prepare(
        TlsSettings(crl_check=check)
    ).context.verify_flags & ssl.VERIFY_CRL_CHECK_CHAIN == flags.get(check, 0)
    listed = TlsSettings(crl_check=check, crl_files=(CAST.root.revocation_list_file(tmp_path),))
    assert prepare(listed).context.verify_flags & ssl.VERIFY_CRL_CHECK_CHAIN == flags[check or "leaf"]


def test_nobody_is_trusted_who_is_not_named() -> None:
    assert subjects(TlsSettings()) == []


@pytest.mark.parametrize("file_format", ["pem", "der"])
def test_whom_the_files_name_is_trusted(file_format: Any, tmp_path: Path) -> None:
    files = tuple(each.certificate_file(tmp_path, file_format) for each in (CAST.root, CAST.stranger))
    trusted = subjects(TlsSettings(ca_files=files, file_format=file_format))
    assert trusted == ["Test Root CA", "Test Stranger CA"]


def test_a_certificate_in_a_file_of_revocation_lists_is_not_trusted(tmp_path: Path) -> None:
    both = pki.write_all(tmp_path, "both.pem", CAST.root, CAST.root.revocation_list())
    assert subjects(TlsSettings(crl_files=(both,))) == []


def test_a_directory_in_der_is_read_at_once(tmp_path: Path) -> None:
    directory = pki.hashed_directory(tmp_path, CAST.root, CAST.root.revocation_list(), file_format="der")
    prepared = prepare(TlsSettings(ca_directories=(directory,), file_format="der"))
    assert prepared.context.cert_store_stats() == {"x509": 1, "crl": 1, "x509_ca": 1}
    assert prepared.warnings == ()


def test_a_directory_in_pem_is_read_when_it_is_needed(tmp_path: Path) -> None:
    directory = pki.hashed_directory(tmp_path, CAST.root)
    prepared = prepare(TlsSettings(ca_directories=(directory,)))
    assert (prepared.context.cert_store_stats()["x509"], prepared.warnings) == (0, ())


def test_the_systems_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", CAST.root.certificate_file(tmp_path))
    assert subjects(TlsSettings(system_ca=True)) == ["Test Root CA"]


# What is only unwise --------------------------------------------------------------------------------


def test_a_directory_without_hashed_names(tmp_path: Path) -> None:
    CAST.root.certificate_file(tmp_path)
    assert prepare(TlsSettings(ca_directories=(str(tmp_path),))).warnings == (
        f"{tmp_path} has no file with a hashed name, so none is used: run `openssl rehash` on it",
    )


def test_a_directory_of_the_other_format(tmp_path: Path) -> None:
    directory = pki.hashed_directory(tmp_path, CAST.root, CAST.root.revocation_list(), file_format="der")
    prepared = prepare(TlsSettings(ca_directories=(directory,)))
    assert prepared.context.cert_store_stats() == {"x509": 1, "crl": 1, "x509_ca": 1}
    assert prepared.warnings == ()


def test_a_directory_of_another_format_than_is_insisted_on(tmp_path: Path) -> None:
    directory = pki.hashed_directory(tmp_path, CAST.root, file_format="der")
    assert prepare(TlsSettings(ca_directories=(directory,), file_format="pem")).warnings == (
        f"{directory}/{os.listdir(directory)[0]} is not used, since it holds nothing in PEM: is it DER?",
    )


def test_weak_suites() -> None:
    (warning,) = prepare(TlsSettings(ciphers=("TLS_RSA_WITH_AES_128_GCM_SHA256",))).warnings
    assert "RSA key transport" in warning


def test_diffie_hellman_parameters_are_checked_and_not_used(tmp_path: Path) -> None:
    path = tmp_path / "dh.pem"
    path.write_text(DH_PARAMETERS)
    assert prepare(TlsSettings(dh_parameters=str(path))).warnings == (
        f"Diffie-Hellman parameters are a server's to choose: those of {path} are not used",
    )
    path.write_text("nothing of the kind")
    (warning,) = prepare(TlsSettings(dh_parameters=str(path))).warnings
    assert warning.startswith(
        f"the Diffie-Hellman parameters cannot be used, which a client does not need: {path}: "
    )


def test_a_hashed_file_of_garbage(tmp_path: Path) -> None:
    directory = Path(pki.hashed_directory(tmp_path, CAST.root))
    (directory / "00000000.0").write_bytes(b"garbage")
    assert prepare(TlsSettings(ca_directories=(str(directory),))).warnings == (
        f"{directory}/00000000.0 is not used, since it holds nothing in PEM",
    )


def test_a_hashed_pipe(tmp_path: Path) -> None:
    directory = Path(pki.hashed_directory(tmp_path, CAST.root))
    os.mkfifo(directory / "00000000.0")
    with pytest.raises(InputFileError) as refused:
        prepare(TlsSettings(ca_directories=(str(directory),)))
    assert str(refused.value) == f"{directory}/00000000.0: is no regular file"


def test_a_hashed_file_that_cannot_be_read(tmp_path: Path) -> None:
    directory = Path(pki.hashed_directory(tmp_path, CAST.root))
    (directory / "00000000.0").symlink_to("missing")
    assert prepare(TlsSettings(ca_directories=(str(directory),))).warnings == (
        f"{directory}/00000000.0 is not used: No such file or directory",
    )


# Our own key ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["secret", lambda: "secret"], ids=["text", "called"])
@pytest.mark.parametrize("file_format", ["pem", "der"])
def test_an_encrypted_key(password: str | Callable[[], str], file_format: Any, tmp_path: Path) -> None:
    files = {
        "key_file": CAST.client.key_file(tmp_path, file_format, password="secret"),
        "certificate_file": CAST.client.certificate_file(tmp_path, file_format),
    }
    assert prepare(TlsSettings(**files, password=password, file_format=file_format))  # type: ignore[arg-type]


def test_a_password_is_asked_for_once_and_only_where_it_is_needed(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("?")
        return "wrong"

    prepare(TlsSettings(**pair(tmp_path), password=ask))  # type: ignore[arg-type]
    assert asked == []
    with pytest.raises(TlsSettingsError, match="the password does not open the private key"):
        prepare(TlsSettings(**pair(tmp_path, password="right"), password=ask))  # type: ignore[arg-type]
    assert asked == ["?"]


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        (None, "the private key {} is encrypted and no password is given"),
        ("", "the password does not open the private key {}"),
        ("wrong\udcff", "the password does not open the private key {}"),
        ("x" * 1025, "the password of the private key {} is longer than 1024 bytes"),
        ("\ud800", "the password of the private key {} has characters that cannot be encoded"),
    ],
    ids=["none", "empty", "not UTF-8", "too long", "not encodable"],
)
def test_a_password_that_does_not_fit(password: str | None, sentence: str, tmp_path: Path) -> None:
    files = pair(tmp_path, password="right")
    with pytest.raises(TlsSettingsError) as refused:
        prepare(TlsSettings(**files, password=password))  # type: ignore[arg-type]
    assert str(refused.value) == sentence.format(files["key_file"])


def test_a_key_that_belongs_to_another_certificate(tmp_path: Path) -> None:
    files = {
        "key_file": OTHER_KEY.key_file(tmp_path),
        "certificate_file": CAST.client.certificate_file(tmp_path),
    }
    with pytest.raises(TlsSettingsError) as refused:
        prepare(TlsSettings(**files))  # type: ignore[arg-type]
    assert str(refused.value) == (
        f"the private key {files['key_file']} does not belong to the certificate {files['certificate_file']}"
    )


def test_a_pair_that_only_openssl_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        error = ssl.SSLError(1, "no")
        error.reason = "EE_KEY_TOO_SMALL"
        raise error

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", refuse)
    files = pair(tmp_path)
    with pytest.raises(TlsSettingsError) as refused:
        prepare(TlsSettings(**files))  # type: ignore[arg-type]
    assert str(refused.value) == (
        f"OpenSSL cannot use the private key {files['key_file']} with the certificate "
        f"{files['certificate_file']}: ee key too small"
    )


def test_nothing_is_left_of_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    seen: list[tuple[int, bytes]] = []
    load = ssl.SSLContext.load_cert_chain

    def watch(self: ssl.SSLContext, path: str, **password: Any) -> None:
        seen.append((stat.S_IMODE(os.stat(path).st_mode), Path(path).read_bytes()))
        load(self, path, **password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watch)
    files = {
        "key_file": CAST.client.key_file(tmp_path, "der"),
        "certificate_file": CAST.client.certificate_file(tmp_path, "der"),
    }
    prepare(TlsSettings(**files, file_format="der"))  # type: ignore[arg-type]
    ((mode, data),) = seen
    assert (mode, b"BEGIN ENCRYPTED PRIVATE KEY" in data) == (0o600, True)
    assert list(folder.iterdir()) == []


# Files that cannot be used --------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["ca_files", "crl_files", "ca_directories"])
def test_a_file_that_is_not_there(setting: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(InputFileError) as refused:
        prepare(TlsSettings(**{setting: (missing,)}))  # type: ignore[arg-type]
    assert str(refused.value) == f"{missing}: No such file or directory"


@pytest.mark.parametrize("setting", ["ca_files", "crl_files"])
def test_a_file_of_something_else(setting: str, tmp_path: Path) -> None:
    key = CAST.client.key_file(tmp_path)
    with pytest.raises(InputFileError, match="holds a private key and no "):
        prepare(TlsSettings(**{setting: (key,)}))  # type: ignore[arg-type]


def test_a_file_that_only_openssl_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", refuse)
    path = CAST.root.certificate_file(tmp_path)
    with pytest.raises(InputFileError) as refused:
        prepare(TlsSettings(ca_files=(path,)))
    assert str(refused.value) == f"{path}: OpenSSL cannot use it: Input/output error"


@pytest.mark.parametrize("name", [".pacs", "pacs..example", "ä" * 64, "a." * 200 + "b"])
def test_a_server_name_that_cannot_be_sent(name: str) -> None:
    with pytest.raises(TlsSettingsError, match="cannot be sent as a server name"):
        prepare(TlsSettings(server_name=name))


# Each file by its own content -----------------------------------------------------------------------

ONE_LINE = CAST.root.pem.replace(b"\n", b"")
AUTHORITIES = {
    "DER": CAST.root.der,
    "UTF-16": CAST.root.pem.decode().encode("utf-16"),
    "one line": ONE_LINE,
    "one line each": ONE_LINE + CAST.stranger.pem.replace(b"\n", b""),
    "base64": base64.b64encode(CAST.root.der),
}


@pytest.mark.parametrize("form", AUTHORITIES)
def test_an_authority_in_each_form_beside_a_pair_in_others(form: str, tmp_path: Path) -> None:
    authority, packed = tmp_path / "ca", tmp_path / "me.p12"
    authority.write_bytes(AUTHORITIES[form])
    encryption = BestAvailableEncryption(b"x")
    client = CAST.client
    packed.write_bytes(serialize_key_and_certificates(b"", client.key, client.certificate, None, encryption))
    for pair in (
        (str(packed), str(packed)),
        (str(packed), client.certificate_file(tmp_path, "der")),
        (client.key_file(tmp_path), str(packed)),
        (client.key_file(tmp_path, "der"), client.certificate_file(tmp_path)),
    ):
        settings = TlsSettings(*pair, password="x", ca_files=(str(authority),))
        assert subjects(settings)[0] == "Test Root CA"
        prepared = prepare_server(ServerTls(settings, "required"), None)
        assert prepared.context.cert_store_stats()["x509"] >= 1


def test_parameters_for_a_server_in_each_form(tmp_path: Path) -> None:
    path = tmp_path / "dh"
    parameters = base64.b64decode("".join(DH_PARAMETERS.splitlines()[1:-1]))
    tls = ServerTls(TlsSettings(**pair(tmp_path), dh_parameters=str(path)), "none")  # type: ignore[arg-type]
    for content in (DH_PARAMETERS.encode(), parameters, DH_PARAMETERS.encode("utf-16")):
        path.write_bytes(content)
        with pytest.raises(InputFileError) as refused:  # these are too short, and only OpenSSL says so
            prepare_server(tls, None)
        assert str(refused.value).startswith(f"{path}: OpenSSL cannot use it: ")


@pytest.mark.parametrize("setting", ["key_file", "certificate_file", "ca_files", "crl_files", "seed_file"])
def test_a_pipe_is_read_once(setting: str, tmp_path: Path) -> None:
    contents = {
        "key_file": CAST.client.key_bytes(),
        "certificate_file": CAST.client.pem,
        "ca_files": CAST.root.pem,
        "crl_files": CAST.root.revocation_list().public_bytes(Encoding.PEM),
        "seed_file": b"seed",
    }
    given: dict[str, Any] = {**pair(tmp_path), "ca_files": (CAST.root.certificate_file(tmp_path),)}
    path = tmp_path / "pipe"
    os.mkfifo(path)
    given[setting] = (str(path),) if setting.endswith("s") else str(path)
    writer = threading.Thread(target=path.write_bytes, args=(contents[setting],))
    writer.start()
    context = prepare(TlsSettings(**given)).context
    writer.join()
    assert context.cert_store_stats() == {"x509": 1, "x509_ca": 1, "crl": int(setting == "crl_files")}


# A file that changes --------------------------------------------------------------------------------


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    settings = TlsSettings(ca_files=(str(path),))
    path.write_bytes(CAST.root.pem)
    first = prepare(settings)
    assert prepare(settings) is first
    path.write_bytes(CAST.stranger.pem + b"\n")
    assert subjects(settings) == ["Test Stranger CA"]


def test_a_changed_file_of_a_directory_is_read_again(tmp_path: Path) -> None:
    directory = Path(pki.hashed_directory(tmp_path, CAST.root))
    settings = TlsSettings(ca_directories=(str(directory),))
    first = prepare(settings)
    assert prepare(settings) is first
    (hashed,) = directory.iterdir()
    hashed.write_bytes(CAST.root.pem + b"\n")
    assert prepare(settings) is not first


# Seeds ----------------------------------------------------------------------------------------------


def test_a_seed_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    mixed: list[tuple[int, float]] = []
    monkeypatch.setattr(ssl, "RAND_add", lambda data, entropy: mixed.append((len(data), entropy)))
    prepare(TlsSettings(seed_file="/dev/zero"))
    assert mixed == [(MAX_SEED, 0.0)]


def test_a_seed_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="Is a directory"):
        prepare(TlsSettings(seed_file=str(tmp_path)))


def test_a_new_seed_is_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    write_seed(str(path))
    assert (path.stat().st_size, stat.S_IMODE(path.stat().st_mode)) == (SEED_LENGTH, 0o600)


def test_a_new_seed_where_files_have_no_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fchmod")
    write_seed(str(tmp_path / "seed"))
    assert (tmp_path / "seed").stat().st_size == SEED_LENGTH


def test_an_old_seed_keeps_its_length(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    path.write_bytes(bytes(3000))
    path.chmod(0o644)
    write_seed(str(path))
    data = path.read_bytes()
    assert (len(data), data[:SEED_LENGTH] == bytes(SEED_LENGTH)) == (3000, False)
    assert (data[SEED_LENGTH:], stat.S_IMODE(path.stat().st_mode)) == (bytes(3000 - SEED_LENGTH), 0o600)


def test_the_mode_of_a_device_stays() -> None:
    before = os.stat(os.devnull).st_mode
    write_seed(os.devnull)
    assert os.stat(os.devnull).st_mode == before


def test_a_seed_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "seed"
    with pytest.raises(OutputFileError) as refused:
        write_seed(str(path))
    assert str(refused.value) == f"{path} cannot be written: No such file or directory"


def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OutputFileError, match="cannot be written"):
        write_seed(str(path))


def test_a_list_that_only_openssl_refuses() -> None:
    path = str(ROOT / "tests/fuzz/corpora/certificates/finding-list-for-openssl")
    with pytest.raises(InputFileError, match=r"OpenSSL cannot use it: a part of it is damaged or cut off$"):
        prepare(TlsSettings(crl_files=(path,)))
