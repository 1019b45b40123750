"""Certificates checked offline: the tables of cases, by us with our sentences, and by real programs."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from dcmtool.certificates import chain
from dcmtool.certificates.chain import CertificateRejected, Trust, verify, verify_root
from dcmtool.errors import InputFileError
from dcmtool.settings import FileFormat
from tests.certificates.cases import (
    CA,
    CAST,
    CHAINS,
    LEAF,
    MIDDLE,
    NOW,
    ROOT,
    SIGNS,
    UNKNOWN,
    Case,
    damaged,
    root,
    unknown_issuer,
)
from tests.certificates.revocation_cases import REVOCATIONS, REVOKED, revocation_list
from tests.peers.pki import (
    EXPIRED,
    FUTURE,
    OPENSSL,
    VALID,
    Authority,
    Identity,
    hashed_directory,
    self_signed,
    write_all,
)
from tests.peers.programs import require, run_echoscu

CASES = CHAINS | REVOCATIONS
every_case = pytest.mark.parametrize("name", CASES)


class Written:
    """The files of a case."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self.file = write_all(folder, "file.pem", *case.file)
        self.anchors = write_all(folder, "anchors.pem", *case.anchors)
        self.lists = write_all(folder, "lists.pem", *case.lists) if case.lists else None

    @property
    def trust(self) -> Trust:
        """What the case trusts."""
        lists = (self.lists,) if self.lists else ()
        return Trust((self.anchors,), crl_files=lists, crl_check=self.case.crl_check)

    def openssl(self) -> Iterator[str]:
        """Yield the arguments of `openssl verify`."""
        yield from ("verify", "-attime", str(int(NOW.timestamp())), "-CAfile", self.anchors)
        yield from ("-untrusted", self.file)
        if self.lists:
            yield from ("-CRLfile", self.lists)
        if self.case.crl_check or self.lists:
            yield from (
                ["-crl_check"] if self.case.crl_check != "chain" else ["-crl_check", "-crl_check_all"]
            )
        yield self.file

    def echoscu(self) -> Iterator[str]:
        """Yield the arguments of echoscu."""
        yield from ("+tla", "+cf", self.anchors)
        if self.lists:
            yield from ("+crl", self.lists)
        if self.case.crl_check:
            yield "+cra" if self.case.crl_check == "chain" else "+crv"
        yield from ("+vc", self.file)


def is_root(path: str, file_format: FileFormat, now: datetime) -> bool:
    """Return whether the first certificate of a file passes as a root."""
    try:
        verify_root(path, file_format, now)
    except CertificateRejected:
        return False
    return True


def outcome(path: str, trust: Trust) -> str:
    """Return why a certificate does not pass, empty if it does."""
    try:
        verify(path, trust, NOW)
    except CertificateRejected as error:
        return str(error)
    return ""


@every_case
def test_verify(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    written = Written(case, tmp_path)
    assert outcome(written.file, written.trust) == case.reason


@every_case
def test_openssl_comes_to_the_same(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    run = subprocess.run(
        [require(OPENSSL), *Written(case, tmp_path).openssl()], capture_output=True, text=True, check=False
    )
    assert (run.returncode == 0) == (case.reason == ""), run.stderr


@every_case
def test_echoscu_comes_to_the_same(name: str, tmp_path: Path) -> None:
    case = CASES[name]()
    run = run_echoscu(*Written(case, tmp_path).echoscu())
    assert run.returncode == (22 if case.reason else 0), run.stderr


# Where the files come from --------------------------------------------------------------------------


def test_directories_of_hashed_names(tmp_path: Path) -> None:
    directory = hashed_directory(tmp_path, CAST.stranger, CAST.root, CAST.root.revocation_list(CAST.revoked))
    (Path(directory) / "notes.txt").write_text("not looked at")
    trust = Trust(ca_directories=(directory,))
    server, revoked = CAST.server.certificate_file(tmp_path), CAST.revoked.certificate_file(tmp_path)
    assert outcome(revoked, trust) == ""
    checked = trust._replace(crl_check="leaf")
    assert (outcome(server, checked), outcome(revoked, checked)) == ("", REVOKED)


def test_certificates_of_one_name_in_a_directory(tmp_path: Path) -> None:
    other = Authority()
    trust = Trust(ca_directories=(hashed_directory(tmp_path, other, CAST.root),))
    assert outcome(CAST.server.certificate_file(tmp_path), trust) == ""


def test_der(tmp_path: Path) -> None:
    trust = Trust(
        (CAST.root.certificate_file(tmp_path, "der"),),
        (hashed_directory(tmp_path, CAST.stranger, CAST.stranger.revocation_list(), file_format="der"),),
        (CAST.root.revocation_list_file(tmp_path, CAST.revoked, file_format="der"),),
        file_format="der",
    )
    assert outcome(CAST.server.certificate_file(tmp_path, "der"), trust) == ""
    assert outcome(CAST.revoked.certificate_file(tmp_path, "der"), trust) == REVOKED
    assert outcome(CAST.untrusted.certificate_file(tmp_path, "der"), trust) == ""


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    server, root = CAST.server.certificate_file(tmp_path), CAST.root.certificate_file(tmp_path)
    missing, key = str(tmp_path / "missing"), CAST.server.key_file(tmp_path)
    (tmp_path / "hashed").mkdir()
    hashed = tmp_path / "hashed" / "01234567.0"
    hashed.write_text("nothing")
    for path, trust, reason in (
        (missing, Trust(), f"{missing}: No such file or directory"),
        (key, Trust(), f"{key}: holds a private key and no certificate"),
        (server, Trust((key,)), f"{key}: holds a private key and no certificate"),
        (server, Trust((root,), crl_files=(root,)), f"{root}: holds a certificate and no revocation list"),
        (server, Trust(ca_directories=(missing,)), f"{missing}: No such file or directory"),
        (server, Trust(ca_directories=(root,)), f"{root}: Not a directory"),
        (server, Trust(ca_directories=(str(hashed.parent),)), f"{hashed}: holds no certificate"),
    ):
        with pytest.raises(InputFileError) as caught:
            verify(path, trust, NOW)
        assert str(caught.value) == reason


# What only we say, or only `openssl` can make ------------------------------------------------------


def test_constraints_of_names_are_not_ignored(tmp_path: Path) -> None:
    constraints = x509.NameConstraints([x509.DNSName("example")], None)
    above = root("Test Narrow CA", CA, SIGNS, (constraints, False))
    trust = Trust((above.certificate_file(tmp_path),))
    assert outcome(above.issue(key="p256").certificate_file(tmp_path), trust) == (
        '"CN=Test Narrow CA,O=Test,C=DE" has an extension that must be understood and is not: '
        "NameConstraints (2.5.29.30)"
    )


def test_extensions_of_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    made = revocation_list(CAST.root, extensions=[damaged(x509.CRLNumber.oid)])
    path, anchors = CAST.server.certificate_file(tmp_path), CAST.root.certificate_file(tmp_path)
    trust = Trust((anchors,), crl_files=(write_all(tmp_path, "crl.pem", made),))
    assert outcome(path, trust) == f"the revocation list of {ROOT} has extensions that cannot be read"


def test_a_chain_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "LONGEST_CHAIN", 2)
    path = CAST.chained.certificate_file(tmp_path, chain=True)
    trust = Trust((CAST.root.certificate_file(tmp_path),))
    assert outcome(path, trust) == unknown_issuer(MIDDLE, ROOT)


def test_a_name_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "odd.der"
    path.write_bytes(CAST.elliptic.der.replace(b"\x0c\x09localhost", b"\x0c\x09local\xffost"))
    reason = outcome(str(path), Trust(file_format="der"))
    assert re.fullmatch("something in a certificate or a revocation list cannot be read: .+", reason)


class ByOpenssl:
    """A leaf that `openssl` makes and signs with a hash of one's choice, its root, and a revocation list."""

    def __init__(self, folder: Path, digest: str) -> None:
        self.folder = folder
        self.file, self.root, self.lists = (
            str(folder / name) for name in ("leaf.pem", "root.pem", "crl.pem")
        )
        key, request = str(folder / "key.pem"), str(folder / "request.pem")
        Path(key).write_bytes(CAST.client.key_bytes())
        for common_name, options, made in (
            ("Old Root", ["-signkey", key], self.root),  # of version 1
            ("old", ["-CA", self.root, "-CAkey", key], self.file),
        ):
            self.run("req", "-new", "-key", key, "-subj", f"/CN={common_name}", "-out", request)
            serial = ["-set_serial", "7", "-days", "20000", f"-{digest}"]
            self.run("x509", "-req", "-in", request, *options, *serial, "-out", made)
        (folder / "index.txt").touch()
        config = folder / "ca.cnf"
        config.write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index.txt\n")
        signer = ["-config", str(config), "-cert", self.root, "-keyfile", key, "-md", digest]
        self.run("ca", "-gencrl", *signer, "-crldays", "20000", "-out", self.lists)

    def run(self, *args: str) -> None:
        """Run `openssl`."""
        subprocess.run([require(OPENSSL), *args], cwd=self.folder, check=True, capture_output=True)


def now() -> datetime:
    """The time by the clock, which `openssl` dates by."""
    return datetime.now(UTC) + timedelta(minutes=1)


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_a_root_of_version_1(digest: str, tmp_path: Path) -> None:
    made = ByOpenssl(tmp_path, digest)
    verify(made.file, Trust((made.root,), crl_files=(made.lists,), crl_check="chain"), now())
    assert is_root(made.root, "pem", now())


def test_md5_proves_nothing(tmp_path: Path) -> None:
    made, sound = ByOpenssl(tmp_path, "md5"), tmp_path / "sound"
    with pytest.raises(CertificateRejected) as caught:
        verify(made.file, Trust((made.root,)), now())
    assert str(caught.value) == '"CN=old" is signed in a way that is not accepted (MD5)'
    assert is_root(made.root, "pem", now())  # whose own signature proves nothing, of whatever kind
    sound.mkdir()
    other = ByOpenssl(sound, "sha256")
    with pytest.raises(CertificateRejected) as caught:
        verify(other.file, Trust((other.root,), crl_files=(made.lists,)), now())
    assert (
        str(caught.value)
        == 'the revocation list of "CN=Old Root" is signed in a way that is not accepted (MD5)'
    )


# Roots ---------------------------------------------------------------------------------------------


def why_no_root(identity: Identity, folder: Path) -> str:
    """Return why a certificate is no valid root; empty if it is one."""
    path = identity.certificate_file(folder)
    assert is_root(path, "pem", NOW) == is_root(identity.certificate_file(folder, "der"), "der", NOW)
    try:
        verify_root(path, "pem", NOW)
    except CertificateRejected as error:
        assert not is_root(path, "pem", NOW)
        return str(error)
    assert is_root(path, "pem", NOW)
    return ""


ROOTS = {
    "root": (CAST.root, ""),
    "CA:FALSE": (CAST.own, ""),
    "RSA": (Authority(key="rsa2048"), ""),
    "not self-signed": (CAST.server, f"{LEAF} is not self-signed: its issuer is {ROOT}"),
    "intermediate": (CAST.intermediate, f"{MIDDLE} is not self-signed: its issuer is {ROOT}"),
    "expired": (Authority(validity=EXPIRED), f"{ROOT} expired on 2002-01-01 00:00 UTC"),
    "not yet valid": (
        self_signed(key="p256", validity=FUTURE),
        f"{LEAF} is not yet valid: it will be from 2098-01-01 00:00 UTC",
    ),
    "signed by another of the same name": (
        CAST.root.authority("Test Root CA"),
        f"{ROOT} is not self-signed: its issuer is {ROOT}",
    ),
    "unknown critical extension": (
        root("Test Root CA", CA, (UNKNOWN, True)),
        f"{ROOT} has an extension that must be understood and is not: 1.2.3.4",
    ),
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots(name: str, tmp_path: Path) -> None:
    identity, reason = ROOTS[name]
    assert why_no_root(identity, tmp_path) == reason
    run = run_echoscu("+rc", identity.certificate_file(tmp_path))
    assert run.returncode == (22 if reason else 0)


def test_a_root_is_the_first_certificate_of_a_file(tmp_path: Path) -> None:
    assert is_root(write_all(tmp_path, "both.pem", CAST.root, CAST.server), "pem", NOW)
    assert not is_root(write_all(tmp_path, "both.pem", CAST.server, CAST.root), "pem", NOW)


def test_a_root_that_cannot_be_read(tmp_path: Path) -> None:
    path = CAST.root.key_file(tmp_path)
    with pytest.raises(InputFileError) as caught:
        is_root(path, "pem", NOW)
    assert str(caught.value) == f"{path}: holds a private key and no certificate"


def test_both_dates_belong_to_a_certificate(tmp_path: Path) -> None:
    path = CAST.root.certificate_file(tmp_path)
    first, last = VALID
    second = timedelta(seconds=1)
    assert [is_root(path, "pem", now) for now in (first - second, first, last, last + second)] == [
        False,
        True,
        True,
        False,
    ]
