"""The secrets of our own sessions in a file: who may read it, what it does to the context, and Wireshark."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from dcmtool.errors import OutputFileError
from dcmtool.settings import TlsSettings
from dcmtool.tls import key_log
from dcmtool.tls.contexts import prepare
from tests.peers import pki, tls
from tests.peers.pcap import ACCEPTOR, capture
from tests.peers.programs import require, run_dcmtool
from tests.peers.tls import Relay


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_is_made_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    prepared = prepare(TlsSettings(key_log_file=str(path), verify_peer=False))
    assert mode(path) == 0o600
    assert prepared.context.keylog_filename == str(path)
    assert prepared.without_verifying().keylog_filename == str(path)
    assert prepared.warnings == (
        f"the secrets of the TLS sessions go to {path}: whoever has it can read what they carry",
    )


def test_a_file_that_is_there_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("# mine\n")
    path.chmod(0o644)
    key_log.make(str(path))
    assert (path.read_text(), mode(path)) == ("# mine\n", 0o600)


def test_the_context_is_kept_while_the_file_grows_and_made_anew_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    settings = TlsSettings(key_log_file=str(path), verify_peer=False)
    first = prepare(settings).context
    path.write_text("more")
    assert prepare(settings).context is first
    path.rename(tmp_path / "old")
    assert prepare(settings).context is not first
    assert mode(path) == 0o600


def test_without_it_no_secrets_are_written() -> None:
    prepared = prepare(TlsSettings(verify_peer=False))
    for context in (prepared.context, prepared.without_verifying()):
        assert not context.keylog_filename


@pytest.mark.parametrize(
    ("name", "reason"), [("no/keys", "No such file or directory"), ("", "Is a directory")]
)
def test_a_file_that_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(OutputFileError, match=f"cannot be written: {reason}"):
        prepare(TlsSettings(key_log_file=str(tmp_path / name), verify_peer=False))


def test_what_is_no_file(tmp_path: Path) -> None:
    """A pipe without a reader is not waited for, and a link is not followed."""
    with pytest.raises(OutputFileError, match="cannot be written: it is no file"):
        key_log.make(os.devnull)
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(tmp_path / "elsewhere")
    os.mkfifo(pipe)
    for path in (link, pipe):
        with pytest.raises(OutputFileError):
            key_log.make(str(path))


def test_openssl_cannot_write_it(tmp_path: Path) -> None:
    context = prepare(TlsSettings(verify_peer=False)).context
    with pytest.raises(OutputFileError, match="cannot be written"):
        key_log.write_secrets(context, str(tmp_path / "no" / "keys"))


@pytest.mark.parametrize("profile", ["+py", "+pz"])
def test_wireshark_reads_what_we_sent(tmp_path: Path, profile: str) -> None:
    """With TLS 1.3 and with TLS 1.2: every PDU, which without the file nobody can."""
    tshark, keys, file = require("/usr/bin/tshark"), tmp_path / "keys", tmp_path / "talk.pcap"
    with tls.storescp(tmp_path, pki.standard().server, profile) as port, Relay(port) as relay:
        ran = run_dcmtool("+tla", "-ic", profile, "--keylog", str(keys), "127.0.0.1", str(relay.port))
    assert ran.returncode == 0
    assert "whoever has it can read what they carry" in ran.stderr
    file.write_bytes(capture(relay.talk))
    command = [tshark, "-n", "-r", str(file), "-d", f"tcp.port=={ACCEPTOR[1]},tls", "-q"]
    with_keys, without = (
        subprocess.run(
            [*command, *more, "-z", "follow,tls,raw,0"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for more in (["-o", f"tls.keylog_file:{keys}"], [])
    )
    assert [line.strip()[:2] for line in with_keys.splitlines() if re.match(r"\s*0[1-7]00", line)] == [
        *("01", "02", "04", "04", "05", "06"),
    ]
    assert not re.search(r"^\s*[0-9a-f]{8}", without, re.MULTILINE)
