"""What `pki` makes is what `openssl` takes it for."""

import subprocess
from pathlib import Path

import pytest

from tests.peers import pki
from tests.peers.programs import require

CAST = pki.standard()


def openssl(*args: str) -> int:
    """Run `openssl` and return its exit code."""
    return subprocess.run([require(pki.OPENSSL), *args], capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("name", "passes"), [("server", 0), ("client_only", 2), ("expired", 2), ("untrusted", 2)]
)
def test_servers(name: str, passes: int, tmp_path: Path) -> None:
    identity: pki.Identity = getattr(CAST, name)
    trust = ("-CAfile", CAST.root.certificate_file(tmp_path), "-purpose", "sslserver")
    assert openssl("verify", *trust, identity.certificate_file(tmp_path)) == passes


def test_a_chain_and_hashed_names(tmp_path: Path) -> None:
    directory = pki.hashed_directory(
        tmp_path, pki.Authority(), CAST.root, CAST.root.revocation_list(), CAST.intermediate.revocation_list()
    )
    path = CAST.chained.certificate_file(tmp_path, chain=True)
    assert openssl("verify", "-CApath", directory, "-crl_check_all", "-untrusted", path, path) == 0
    assert openssl("verify", "-CApath", directory, CAST.chained.certificate_file(tmp_path)) == 2


@pytest.mark.parametrize("kind", pki.KEYS)
@pytest.mark.parametrize(
    ("file_format", "password", "traditional"),
    [
        ("pem", None, False),
        ("pem", "x", False),
        ("pem", None, True),
        ("der", None, False),
        ("der", "x", False),
    ],
)
def test_keys(
    kind: str, file_format: pki.Format, password: str | None, traditional: bool, tmp_path: Path
) -> None:
    identity = CAST.root.issue(key=kind)
    path = identity.key_file(
        tmp_path, file_format, password=password, traditional=traditional and kind != "ed25519"
    )
    assert openssl("pkey", "-in", path, "-inform", file_format, "-passin", "pass:x", "-noout") == 0


def test_files_of_one_folder_do_not_overwrite_each_other(tmp_path: Path) -> None:
    made = [each.certificate_file(tmp_path, chain=chain) for each in CAST for chain in (False, True)]
    lists = [CAST.root.revocation_list_file(tmp_path), CAST.root.revocation_list_file(tmp_path, CAST.server)]
    assert len(list(tmp_path.iterdir())) == len(made) + len(lists) == len({*made, *lists})


def test_rsa_keys_are_shared_unless_told_otherwise() -> None:
    assert CAST.server.key is CAST.revoked.key
    assert CAST.root.issue(key=pki.new_key("rsa1024")).key is not CAST.small.key
    assert pki.standard() is CAST
