"""A file that a node's entry names for TLS and that cannot be used: the sentence names the node as well."""

import json
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from tests.cli.configuration import Configuration, refusal
from tests.peers import pki

EVERYWHERE = pytest.mark.parametrize("command", ["echo", "diagnose", "sweep"])
CHECK = ["nodes", "check", "--output", "json"]


@pytest.fixture(autouse=True)
def folder(configuration: Configuration) -> Path:
    """The folder of the node file and of what it names, which is the current one."""
    cast, folder = pki.standard(), configuration.folder
    files = {
        "key.pem": cast.client.key_bytes(),
        "encrypted.pem": cast.client.key_bytes(password="secret"),
        "cert.pem": cast.client.pem,
        "other.pem": cast.elliptic.pem,
        "text.pem": b"no certificate\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "hashed").mkdir()
    (folder / "hashed" / "0a0a0a0a.0").mkdir()
    configuration.monkeypatch.chdir(folder)
    return folder


def checked(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[list[object]]]:
    """Return the exit code of `nodes check`, and the line, field and text of each problem."""
    code = main(CHECK)
    found = json.loads(capsys.readouterr().out)["problems"]
    return code, [[each["line"], each["field"], each["problem"]] for each in found]


@pytest.mark.parametrize(
    ("settings", "key", "fact", "code"),
    [
        ('enable-tls = ["none.pem", "cert.pem"]', "enable-tls", "{}/none.pem: No such file or directory", 20),
        ('enable-tls = ["key.pem", "none.pem"]', "enable-tls", "{}/none.pem: No such file or directory", 20),
        ('enable-tls = ["key.pem", "text.pem"]', "enable-tls", "{}/text.pem: holds no certificate", 20),
        (
            'anonymous-tls = true\nadd-cert-file = ["cert.pem", "none.pem"]',
            "add-cert-file",
            "{}/none.pem: No such file or directory",
            20,
        ),
        (
            'anonymous-tls = true\nadd-cert-dir = ["hashed"]',
            "add-cert-dir",
            "{}/hashed/0a0a0a0a.0: is no regular file",
            20,
        ),
        (
            'enable-tls = ["key.pem", "other.pem"]',
            "enable-tls",
            "the private key {0}/key.pem does not belong to the certificate {0}/other.pem",
            71,
        ),
    ],
)
@EVERYWHERE
def test_the_sentence(
    command: str,
    settings: str,
    key: str,
    fact: str,
    code: int,
    configuration: Configuration,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configuration.node(settings)
    line = 4 + key.startswith("add")
    fact = fact.format(configuration.folder)
    sentence = f"Error: {configuration.nodes} line {line}: [nodes.pacs] {key}: {fact}"
    assert refusal([command, "pacs"], capsys) == (code, sentence)
    assert checked(capsys) == (20, [[line, key, fact]])


@EVERYWHERE
def test_a_file_of_the_command_line_is_no_nodes(
    command: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('enable-tls = ["key.pem", "cert.pem"]')
    sentence = "Error: none.pem: No such file or directory"
    assert refusal([command, "pacs", "--add-cert-file", "none.pem"], capsys) == (20, sentence)
    assert refusal([command, "h:104", "+tla", "+cf", "none.pem"], capsys) == (20, sentence)


@EVERYWHERE
def test_what_is_wrong_with_settings_is_as_ever(
    command: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('anonymous-tls = true\nadd-cert-file = ["cert.pem"]')
    code, sentence = refusal([command, "pacs", "--cipher", "TLS_NONE"], capsys)
    assert (code, "nodes.pacs" in sentence) == (71, False)


def test_a_report_names_the_node_too(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('enable-tls = ["none.pem", "cert.pem"]')
    assert main(["echo", "pacs", "--output", "json"]) == 20
    message = json.loads(capsys.readouterr().out)["message"]
    assert message.startswith(f"{configuration.nodes} line 4: [nodes.pacs] enable-tls: ")


def test_no_password_is_asked_for_where_nodes_are_checked(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('enable-tls = ["encrypted.pem", "cert.pem"]\nadd-cert-file = ["cert.pem"]')
    assert checked(capsys) == (0, [])
    configuration.node('enable-tls = ["encrypted.pem", "cert.pem"]\nadd-cert-file = ["none.pem"]')
    fact = f"{configuration.folder}/none.pem: No such file or directory"
    assert checked(capsys) == (20, [[5, "add-cert-file", fact]])


def test_what_is_wrong_with_a_node_comes_before_its_files(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node('bogus = 1\nenable-tls = ["none.pem", "cert.pem"]')
    code, found = checked(capsys)
    assert (code, [field for _, field, _ in found]) == (20, ["bogus"])
