"""Values of any length in a sentence: cut to 200 characters, wherever from; passwords not shown at all."""

from pathlib import Path

import pytest

from dcmtool.cli.main import main
from dcmtool.errors import ConnectFailed, InputFileError, OutputFileError, SettingsError, UnknownNode
from dcmtool.settings import Peer, TlsSettings
from dcmtool.steps import TlsSession
from dcmtool.text import LONGEST_VALUE
from dcmtool.tls.failures import not_verified
from tests.cli.configuration import Configuration
from tests.peers import pki

LONG = "9" * 5000
MOST = 500  # characters of a sentence with one such value


@pytest.mark.parametrize(
    "args",
    [
        ["h", LONG],
        ["h", f"-{LONG}x"],
        ["-to", LONG, "h", "1"],
        ["-ta", f"-{LONG}", "h", "1"],
        ["-ta", f"{LONG}x", "h", "1"],
        ["--repeat", LONG, "h", "1"],
        ["-aec", LONG, "h", "1"],
        ["-ll", LONG, "h", "1"],
        ["--color", LONG, "h", "1"],
        ["--output", LONG, "h", "1"],
        [f"--x{LONG}", "h", "1"],
        ["+tla", "+cs", LONG, "h", "1"],
        ["+tla", "+cf", f"/{LONG}", "h", "1"],
        ["+tla", "--request-sni", f"a..{LONG}", "h", "1"],
        ["--nodes", f"/{LONG}", "pacs"],
        [f"@/{LONG}", "h", "1"],
        ["+vc", f"/{LONG}"],
        [LONG, "1"],
    ],
)
def test_of_the_command_line(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", *args]) != 0
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert max(map(len, lines)) <= MOST


@pytest.mark.parametrize(
    "entry",
    [
        f"port = 0x{LONG}",
        f"acse-timeout = 0x{LONG}",
        f'call = "{LONG}"',
        f'ipv4 = "{LONG}"',
        f"ipv4 = [0x{LONG}]",
        f'"{LONG}" = 1',
        f'tls = "{LONG}"',
    ],
)
def test_of_a_node(entry: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(configuration.nodes)
    path.parent.mkdir(parents=True, exist_ok=True)
    port = "" if entry.startswith("port") else "port = 1\n"
    path.write_text(f'[nodes.pacs]\nhost = "h"\n{port}{entry}\n')
    assert main(["echo", "pacs"]) == 20
    assert len(capsys.readouterr().err) <= MOST


def test_of_errors() -> None:
    text = "x" * 40_000
    for error in (
        SettingsError("name", text, "is wrong"),
        SettingsError("port", 1 << 99_999, "is wrong"),
        InputFileError(text, "is wrong"),
        OutputFileError(text, "is wrong"),
        UnknownNode(text, text),
        ConnectFailed(text, 1, ()),
    ):
        assert len(str(error)) <= 2 * LONGEST_VALUE + 100


def test_the_subject_of_a_certificate(tmp_path: Path) -> None:
    identity = pki.standard().root.issue("x" * 64, tuple(f"{number}.example" for number in range(3000)))
    session = TlsSession("TLSv1.3", "", 128, identity.der, False, None)
    assert len(str(not_verified(20, "", TlsSettings(), session))) <= 2 * LONGEST_VALUE + 250


@pytest.mark.parametrize(
    "word",
    [
        "+pwSECRET",
        "+pw=SECRET",
        "+pw:SECRET",
        "-pwSECRET",
        "-passSECRET",
        "--passwdSECRET",
        "--use-passwdSECRET",
        "--use-passwd:SECRET",
        "--use-paswd=SECRET",
        "--passwordSECRET",
        "--passwordSECRET=x",
        "--password=SECRET",
        "--password SECRET",
        "+PWSECRET",
        "+pw\nSECRET",
    ],
)
@pytest.mark.parametrize("command", ["echo", "scp"])
def test_a_password_that_stands_at_its_option_is_not_shown(
    command: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, word, "h", "1"]) == 1
    said = capsys.readouterr().err
    assert "Unknown option" in said
    assert "SECRET" not in said
    assert "***" in said


def test_a_slip_is_still_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["echo", "--password-flie", "f", "h", "1"]) == 1
    assert "Unknown option --password-flie (did you mean --password-file?)" in capsys.readouterr().err


def test_a_host_name() -> None:
    with pytest.raises(SettingsError) as caught:
        Peer("h" * 5000, 0)
    assert len(str(caught.value)) <= MOST
