"""Files that cannot be used: said in a sentence before any connection is made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcmtool.errors import InputFileError, TlsSettingsError
from dcmtool.settings import TlsSettings
from tests.interop.secured import CAST, Echo, either_driver, failed, told, trusting
from tests.peers import pki
from tests.peers.scripted import ScriptedPeer
from tests.peers.tls import server_context
from tests.peers.vocabulary import Accept, Serve

OTHER = CAST.root.issue("other", (), usage=pki.CLIENT, key=pki.new_key("rsa2048"))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Files good and bad, by what they are."""
    made = {"missing": str(tmp_path / "missing"), "directory": str(tmp_path)}
    for name, data in (("empty", b""), ("garbage", b"garbage")):
        (tmp_path / name).write_bytes(data)
        made[name] = str(tmp_path / name)
    made["key"] = CAST.client.key_file(tmp_path)
    made["DER key"] = CAST.client.key_file(tmp_path, "der")
    made["encrypted key"] = CAST.client.key_file(tmp_path, password="open sesame")
    made["encrypted old key"] = CAST.client.key_file(tmp_path, password="open sesame", traditional=True)
    made["encrypted DER key"] = CAST.client.key_file(tmp_path, "der", password="open sesame")
    made["certificate"] = CAST.client.certificate_file(tmp_path)
    made["DER certificate"] = CAST.client.certificate_file(tmp_path, "der")
    made["other"] = OTHER.certificate_file(tmp_path)
    made["DER other"] = OTHER.certificate_file(tmp_path, "der")
    made["list"] = CAST.root.revocation_list_file(tmp_path)
    return made


def refusal(echo: Echo, **settings: Any) -> tuple[type[Exception], str]:
    """Return the kind and the sentence of what is raised, while nobody is called."""
    with ScriptedPeer() as peer, pytest.raises((InputFileError, TlsSettingsError)) as raised:
        echo(peer.host, peer.port, tls=TlsSettings(**settings))
    assert not peer.connected
    return raised.type, str(raised.value)


KEY_PAIRS = {
    ("missing", "certificate", "pem"): "No such file or directory",
    ("directory", "certificate", "pem"): "Is a directory",
    ("empty", "certificate", "pem"): "is empty",
    ("garbage", "certificate", "pem"): "holds no private key",
    ("certificate", "certificate", "pem"): "holds a certificate and no private key",
    ("DER key", "certificate", "pem"): "is DER, not PEM: leave out file_format='pem'",
    ("key", "DER certificate", "der"): "is PEM, not DER: leave out file_format='der'",
    ("garbage", "DER certificate", "der"): "holds no private key",
}


@either_driver
@pytest.mark.parametrize(("names", "reason"), KEY_PAIRS.items(), ids=[" ".join(names) for names in KEY_PAIRS])
def test_a_key_that_cannot_be_used(
    names: tuple[str, str, Any], reason: str, files: dict[str, str], echo: Echo
) -> None:
    key, certificate, file_format = names
    said = refusal(echo, key_file=files[key], certificate_file=files[certificate], file_format=file_format)
    assert said == (InputFileError, f"{files[key]}: {reason}")


CERTIFICATES = {
    ("key", "missing", "pem"): "No such file or directory",
    ("key", "directory", "pem"): "Is a directory",
    ("key", "empty", "pem"): "is empty",
    ("key", "garbage", "pem"): "holds no certificate",
    ("key", "key", "pem"): "holds a private key and no certificate",
    ("key", "DER certificate", "pem"): "is DER, not PEM: leave out file_format='pem'",
    ("DER key", "certificate", "der"): "is PEM, not DER: leave out file_format='der'",
}


@either_driver
@pytest.mark.parametrize(
    ("names", "reason"), CERTIFICATES.items(), ids=[" ".join(names) for names in CERTIFICATES]
)
def test_a_certificate_that_cannot_be_used(
    names: tuple[str, str, Any], reason: str, files: dict[str, str], echo: Echo
) -> None:
    key, certificate, file_format = names
    said = refusal(echo, key_file=files[key], certificate_file=files[certificate], file_format=file_format)
    assert said == (InputFileError, f"{files[certificate]}: {reason}")


@either_driver
@pytest.mark.parametrize(
    ("key", "certificate", "file_format"), [("key", "other", "pem"), ("DER key", "DER other", "der")]
)
def test_a_key_of_another_certificate(
    key: str, certificate: str, file_format: str, files: dict[str, str], echo: Echo
) -> None:
    said = refusal(echo, key_file=files[key], certificate_file=files[certificate], file_format=file_format)
    sentence = f"the private key {files[key]} does not belong to the certificate {files[certificate]}"
    assert said == (TlsSettingsError, sentence)


@either_driver
@pytest.mark.parametrize(
    "password", ["wrong", "", lambda: "wrong", None], ids=["wrong", "empty", "asked", "none"]
)
@pytest.mark.parametrize(
    ("key", "certificate", "file_format"),
    [
        ("encrypted key", "certificate", "pem"),
        ("encrypted old key", "certificate", "pem"),
        ("encrypted DER key", "DER certificate", "der"),
    ],
)
def test_an_encrypted_key_that_stays_closed(
    key: str,
    certificate: str,
    file_format: str,
    password: str | Callable[[], str] | None,
    files: dict[str, str],
    echo: Echo,
) -> None:
    said = refusal(
        echo,
        key_file=files[key],
        certificate_file=files[certificate],
        file_format=file_format,
        password=password,
    )
    wrong = f"the password does not open the private key {files[key]}"
    none = f"the private key {files[key]} is encrypted and no password is given"
    assert said == (TlsSettingsError, none if password is None else wrong)


TRUSTED = {
    ("ca_files", "missing"): "No such file or directory",
    ("ca_files", "directory"): "Is a directory",
    ("ca_files", "empty"): "is empty",
    ("ca_files", "garbage"): "holds no certificate",
    ("ca_files", "key"): "holds a private key and no certificate",
    ("crl_files", "missing"): "No such file or directory",
    ("crl_files", "empty"): "is empty",
    ("crl_files", "garbage"): "holds no revocation list",
    ("crl_files", "certificate"): "holds a certificate and no revocation list",
    ("ca_directories", "missing"): "No such file or directory",
    ("ca_directories", "garbage"): "Not a directory",
}


@either_driver
@pytest.mark.parametrize(("what", "reason"), TRUSTED.items(), ids=[" ".join(what) for what in TRUSTED])
def test_authorities_and_lists_that_cannot_be_used(
    what: tuple[str, str], reason: str, files: dict[str, str], echo: Echo
) -> None:
    setting, name = what
    assert refusal(echo, **{setting: (files[name],)}) == (InputFileError, f"{files[name]}: {reason}")


@either_driver
def test_a_format_that_is_insisted_on(files: dict[str, str], echo: Echo) -> None:
    file = files["DER certificate"]
    said = refusal(echo, ca_files=(file,), file_format="pem")
    assert said == (InputFileError, f"{file}: is DER, not PEM: leave out file_format='pem'")


@either_driver
def test_each_file_by_its_own_content(files: dict[str, str], echo: Echo, tmp_path: Path) -> None:
    root = CAST.root.certificate_file(tmp_path, "der")
    with ScriptedPeer(Accept(), Serve(), tls=server_context(tmp_path, CAST.server)) as peer:
        settings = TlsSettings(files["key"], files["DER certificate"], ca_files=(root,))
        assert echo(peer.host, peer.port, tls=settings).success


@either_driver
def test_a_directory_of_files_in_the_other_format(echo: Echo, tmp_path: Path) -> None:
    directory = pki.hashed_directory(tmp_path, CAST.root)
    (file,) = Path(directory).iterdir()
    said = refusal(echo, ca_directories=(directory,), file_format="der")
    assert said == (InputFileError, f"{file}: is PEM, not DER: leave out file_format='der'")


@either_driver
def test_der_files_in_a_directory_taken_as_pem(echo: Echo, tmp_path: Path) -> None:
    """OpenSSL reads such a directory when it needs it, so that this shows in the handshake."""
    directory = pki.hashed_directory(tmp_path, CAST.root, file_format="der")
    with ScriptedPeer(Accept(), Serve(), tls=server_context(tmp_path, CAST.server)) as peer:
        settings = TlsSettings(ca_directories=(directory,), file_format="pem")
        report = echo(peer.host, peer.port, tls=settings)
    assert told(report) == failed(
        'the peer\'s certificate "CN=localhost,O=Test,C=DE" is not from an authority that we trust '
        '(issuer "CN=Test Root CA,O=Test,C=DE"): add the certificates from its issuer up to the root '
        "with ca_files="
    )


@either_driver
def test_a_directory_without_hashed_names_is_warned_of(echo: Echo, tmp_path: Path) -> None:
    heard: list[Any] = []
    CAST.root.certificate_file(tmp_path)
    with ScriptedPeer(Accept(), Serve(), tls=server_context(tmp_path, CAST.server)) as peer:
        settings = trusting(tmp_path, ca_directories=(str(tmp_path),))
        assert echo(peer.host, peer.port, tls=settings, listener=heard.append).success
    assert heard[0].what.sentence == (
        f"{tmp_path} has no file with a hashed name, so none is used: run `openssl rehash` on it"
    )
