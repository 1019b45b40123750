"""Where the password of a private key comes from; what is typed is never shown."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dcmtool.cli.asked_password import Asked
from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.errors import SettingsError, TlsSettingsError
from dcmtool.options.passwords import LONGEST, of_variable
from dcmtool.settings import EchoRequest, Output, TlsSettings
from tests.peers.pki import CLIENT, Authority
from tests.peers.programs import ROOT, refusing_port
from tests.peers.terminal import FATAL, Terminal
from tests.trace.snapshots import SGR

SECRET = "pässwörd\u2026 1"
UNANSWERED = (
    "the private key k.pem is encrypted and the input ended without its password: "
    "give it with --password-file or --password-env"
)


class Files(NamedTuple):
    """A certificate, its key encrypted with `SECRET`, and the same key in clear."""

    certificate: str
    encrypted: str
    clear: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return the files of a client."""
    folder = tmp_path_factory.mktemp("client")
    client = Authority().issue("client", (), usage=CLIENT, key="p256")
    return Files(
        client.certificate_file(folder), client.key_file(folder, password=SECRET), client.key_file(folder)
    )


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return a port that refuses connections."""
    with refusing_port() as port:
        yield str(port)


def test_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", SECRET)
    monkeypatch.setenv("EMPTY", "")
    assert (of_variable("HERE"), of_variable("EMPTY")) == (SECRET, "")
    with pytest.raises(SettingsError, match=r"^environment variable 'ab\\nsent' is not set$"):
        of_variable("ab\nsent")


def settings(monkeypatch: pytest.MonkeyPatch, *args: str) -> TlsSettings:
    """Return the settings that `dcmtool echo` makes of arguments; it must not be refused."""
    made: list[EchoRequest] = []

    def record(request: EchoRequest, output: Output) -> int:
        made.append(request)
        return 0

    monkeypatch.setattr(echo_run, "run", record)
    assert main(["echo", "+tls", "k.pem", "c.pem", *args, "h", "1"]) == 0
    tls = made[0].tls
    assert tls is not None
    return tls


class TestFile:
    @pytest.mark.parametrize(
        ("content", "password"),
        [
            (b"secret", "secret"),
            (b"secret\n", "secret"),
            (b"secret\r\nmore\n", "secret"),
            (b" a b \n", " a b "),
            (b"\nsecret\n", ""),
            (SECRET.encode(), SECRET),
            (b"\xff\n", "\udcff"),
            (b"x" * LONGEST, "x" * LONGEST),
            (b"x" * LONGEST + b"\nmore", "x" * LONGEST),
        ],
    )
    def test_its_first_line_is_the_password(
        self, content: bytes, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_bytes(content)
        (tmp_path / "file").chmod(0o640)
        assert settings(monkeypatch, "--password-file", f"{tmp_path}/file").password == password

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "No such file or directory"),
            (b"", "it is empty, but its first line should be a password"),
            (b"x" * (LONGEST + 1), "its first line is longer than 1024 bytes, as no password may be"),
            (b"x" * 9999, "its first line is longer than 1024 bytes, as no password may be"),
        ],
    )
    def test_one_that_holds_none(
        self, content: bytes | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "file"
        if content is not None:
            path.write_bytes(content)
            path.chmod(0o600)
        assert main(["echo", "+tls", "k", "c", "--password-file", str(path), "h", "1"]) == 20
        assert capsys.readouterr() == ("", f"Error: {path}: {reason}\n")

    def test_a_directory(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["echo", "+tls", "k", "c", "--password-file", str(tmp_path), "h", "1"]) == 20
        assert capsys.readouterr().err == f"Error: {tmp_path}: Is a directory\n"

    @pytest.mark.parametrize(
        ("mode", "args", "warned"),
        [
            (0o644, [], True),
            (0o604, ["-v"], True),
            (0o640, [], False),
            (0o600, ["-v"], False),
            (0o644, ["-q"], False),
            (0o644, ["-ll", "error"], False),
        ],
    )
    def test_one_that_everybody_can_read(
        self,
        mode: int,
        args: list[str],
        warned: bool,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "file").write_text("secret")
        (tmp_path / "file").chmod(mode)
        assert settings(monkeypatch, *args, "--password-file", f"{tmp_path}/file").password == "secret"
        sentence = f"W: every user of this machine can read the password file {tmp_path}/file\n"
        assert capsys.readouterr().err == (sentence if warned else "")


class TestStandardInput:
    @pytest.mark.parametrize(
        ("given", "password"),
        [(b"secret\nmore\n", "secret"), (b"secret", "secret"), (b"\r\n", ""), (SECRET.encode(), SECRET)],
    )
    def test_a_line_of_it_is_the_password(
        self, given: bytes, password: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "ascii"))
        assert Asked("k.pem")() == password
        assert capsys.readouterr() == ("", "")

    @pytest.mark.parametrize("closed", [True, False])
    def test_its_end(self, closed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", None if closed else io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(TlsSettingsError) as caught:
            Asked("k.pem")()
        assert str(caught.value) == UNANSWERED

    @pytest.mark.parametrize("encrypted", [True, False])
    def test_it_is_read_only_if_the_key_is_encrypted(
        self, encrypted: bool, files: Files, nobody: str, tmp_path: Path
    ) -> None:
        (tmp_path / "answer").write_text(f"{SECRET}\n")
        with (tmp_path / "answer").open("rb") as answer:
            key = files.encrypted if encrypted else files.clear
            done = _run(files, key, nobody, stdin=answer.fileno())
            left = answer.read().decode()
        assert (done.returncode, done.stdout, SECRET in done.stderr) == (60, "", False)
        assert left == ("" if encrypted else f"{SECRET}\n")


def _command(files: Files, key: str, port: str) -> list[str]:
    tls = ["+tls", key, files.certificate, "-ic"]
    return [sys.executable, "-W", "error", "-m", "dcmtool", "echo", *tls, "127.0.0.1", port]


def _run(files: Files, key: str, port: str, stdin: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(files, key, port), cwd=ROOT, stdin=stdin, capture_output=True, text=True, check=False
    )


class TestTerminal:
    def start(self, files: Files, key: str, port: str) -> Terminal:
        return Terminal(_command(files, key, port), columns=200)

    def question(self, files: Files) -> str:
        return f"Password of the private key {files.encrypted}: "  # after the blank nothing is shown any more

    def test_what_is_typed_is_not_shown(self, files: Files, nobody: str) -> None:
        terminal = self.start(files, files.encrypted, nobody)
        terminal.wait_for(self.question(files).encode())
        terminal.type(f"{SECRET}\n".encode())
        assert terminal.end() == 60
        question, failure, hint = terminal.lines
        assert question == self.question(files)
        assert SGR.sub("", hint).startswith("hint: nothing listens on port ")
        assert failure.startswith(f"{FATAL}: Association Request Failed: no connection to 127.0.0.1")

    def test_a_key_that_is_not_encrypted_asks_for_nothing(self, files: Files, nobody: str) -> None:
        terminal = self.start(files, files.clear, nobody)
        assert terminal.end() == 60
        lines = zip(terminal.lines, (FATAL, "\x1b[36m\x1b[1mhint\x1b[0m: "), strict=True)
        assert [line.startswith(start) for line, start in lines] == [True] * 2

    @pytest.mark.parametrize("typed", ["", "wrong"])
    def test_a_wrong_one_is_asked_for_once(self, typed: str, files: Files, nobody: str) -> None:
        terminal = self.start(files, files.encrypted, nobody)
        terminal.wait_for(self.question(files).encode())
        terminal.type(f"{typed}\n".encode())
        assert terminal.end() == 71
        sentence = f"Error: the password does not open the private key {files.encrypted}"
        assert terminal.lines == [self.question(files), sentence]

    def test_the_end_of_input(self, files: Files, nobody: str) -> None:
        terminal = self.start(files, files.encrypted, nobody)
        terminal.wait_for(self.question(files).encode())
        terminal.type(b"\x04")
        assert terminal.end() == 71
        shown = " ".join(map(str.strip, terminal.lines))  # which is broken at words
        assert shown.endswith(f"Error: {UNANSWERED.replace('k.pem', files.encrypted)}")

    def test_an_interrupt(self, files: Files, nobody: str) -> None:
        terminal = self.start(files, files.encrypted, nobody)
        terminal.wait_for(self.question(files).encode())
        terminal.type(b"\x03")
        assert terminal.end() == 130
        assert "".join(terminal.lines).removesuffix("^C") == self.question(files)
