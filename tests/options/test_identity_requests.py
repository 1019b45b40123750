"""The options of user identity negotiation: where each secret comes from, and who may say so."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from dcmtool.cli.main import main
from dcmtool.config import nodes
from dcmtool.errors import InputFileError
from dcmtool.identity import LONGEST, Identity
from dcmtool.options.requests import of_node
from dcmtool.options.values import UsageError
from tests.cli.configuration import Asked, Configuration, refusal

SECRET = "s3cret"
PATH = "request.negotiation.identity"


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of a file that holds the secret, which two variables hold as well."""
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    monkeypatch.setenv("CODE", SECRET)
    monkeypatch.setenv("DCMTOOL_PASSCODE_PACS", SECRET)
    return str(path)


def identity(asked: Asked, *args: str) -> Any:
    return asked(*args, "h", "1").field(PATH)


def test_nobody_by_default(asked: Asked) -> None:
    assert identity(asked) is None


def test_who_it_is(asked: Asked, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert identity(asked, "--identity-user", "anna") == Identity("anna")
    user = ("--identity-user", "anna")
    assert identity(asked, *user, "--identity-passcode-env", "CODE") == Identity("anna", SECRET)
    assert identity(asked, *user, "--identity-passcode-file", secret) == Identity("anna", SECRET)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"typed\n"), "ascii"))
    assert identity(asked, *user, "--identity-passcode-prompt") == Identity("anna", "typed")
    assert identity(asked, *user, "--identity-response") == Identity("anna", positive_response=True)
    assert identity(asked, "--identity-kerberos", secret) == Identity(kerberos_ticket=f"{SECRET}\n".encode())
    assert identity(asked, "--identity-saml", secret) == Identity(saml_assertion=SECRET.encode())
    assert identity(asked, "--identity-jwt", secret) == Identity(jwt=SECRET.encode())


def test_the_rightmost_counts(asked: Asked, secret: str) -> None:
    assert identity(asked, "--identity-jwt", secret, "--identity-user", "anna") == Identity("anna")
    code = ("--identity-passcode-env", "UNSET", "--identity-passcode-file", secret)
    assert identity(asked, "--identity-user", "anna", *code) == Identity("anna", SECRET)


def test_the_environment_and_the_defaults(asked: Asked, secret: str, configuration: Configuration) -> None:
    configuration.variable("IDENTITY_USER", "anna")
    configuration.variable("IDENTITY_PASSCODE_ENV", "CODE")
    assert identity(asked) == Identity("anna", SECRET)
    assert identity(asked, "--identity-jwt", secret) == Identity(jwt=SECRET.encode())
    configuration.default(f'identity-user = "bert"\nidentity-passcode-file = "{secret}"')
    assert identity(asked, "--identity-user", "cleo") == Identity("cleo", SECRET)


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (["--identity-user", ""], 1, "Invalid value for option --identity-user: user name '' is empty"),
        (["--identity-response"], 1, "--identity-response only allowed with --identity-user, "),
        (["--identity-passcode-env", "CODE"], 1, "--identity-passcode-env only allowed with --identity-user"),
        (
            ["--identity-user", "a", "--identity-passcode-env", "UNSET"],
            1,
            "Invalid value for option --identity-passcode-env: environment variable 'UNSET' is not set",
        ),
        (
            ["--identity-user", "a", "--identity-passcode-env", "EMPTY"],
            1,
            "Environment variable EMPTY is empty, but should be the passcode of the user",
        ),
        (
            ["--identity-user", "a", "--identity-passcode-prompt"],
            1,
            "the input ended without the passcode of the user a: give it with --identity-passcode-file or ",
        ),
        (["--identity-user", "a", "--identity-passcode-file", "none"], 20, "none: No such file or directory"),
        (["--identity-jwt", "empty"], 20, "empty: it is empty, but should be a JSON web token"),
        (["--identity-saml", "blank"], 20, "blank: it is empty, but should be a SAML assertion"),
        (["--identity-kerberos", "empty"], 20, "empty: it is empty, but should be a Kerberos ticket"),
        (["--identity-jwt", "nul"], 20, "nul: holds a NUL byte, so it is no JSON web token"),
        (
            ["--identity-saml", "long"],
            20,
            f"long: is longer than the {LONGEST} bytes that a request has room",
        ),
        (["-usr", "anna"], 1, "Unknown option -usr (did you mean --identity-user?)"),
        (["--identity-passcode", "x"], 1, "Unknown option --identity-passcode (did you mean "),
    ],
)
def test_what_cannot_be(
    args: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), "ascii"))
    for name, content in (("empty", b""), ("blank", b" \n"), ("nul", b"a\0"), ("long", b"a" * (LONGEST + 1))):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    assert refusal(["echo", *args, "h", "1"], capsys)[0] == code
    main(["echo", *args, "h", "1"])
    assert f"Error: {sentence}" in capsys.readouterr().err


def test_nothing_typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n"), "ascii"))
    code, sentence = refusal(["echo", "--identity-user", "a", "--identity-passcode-prompt", "h", "1"], capsys)
    assert (code, sentence.startswith("Error: nothing was typed as the passcode of the user a: ")) == (
        1,
        True,
    )


def test_a_secret_that_everybody_can_read(
    asked: Asked, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(secret).chmod(0o644)
    identity(asked, "--identity-user", "a", "--identity-passcode-file", secret)
    identity(asked, "--identity-jwt", secret)
    assert capsys.readouterr().err == (
        f"W: every user of this machine can read the passcode file {secret}\n"
        f"W: every user of this machine can read the JSON web token file {secret}\n"
    )


class TestNode:
    def test_names_the_user_and_a_variable_meant_for_it(
        self, asked: Asked, secret: str, configuration: Configuration
    ) -> None:
        configuration.node(
            'identity-user = "anna"\nidentity-response = true\n'
            'identity-passcode-env = "DCMTOOL_PASSCODE_PACS"'
        )
        assert asked("pacs").field(PATH) == Identity("anna", SECRET, positive_response=True)
        assert asked("pacs", "--identity-jwt", secret).field(PATH) == Identity(
            jwt=SECRET.encode(), positive_response=True
        )
        assert of_node(nodes.read(configuration.nodes).node("pacs")).negotiation.identity == Identity(
            "anna", SECRET, positive_response=True
        )

    @pytest.mark.parametrize(
        ("setting", "sentence"),
        [
            (
                'identity-passcode-env = "AWS_SECRET_ACCESS_KEY"',
                "identity-passcode-env should begin with DCMTOOL_PASSCODE_ in a node, so that no other is "
                'sent, but is "AWS_SECRET_ACCESS_KEY"',
            ),
            *(
                (f'{key} = "/home/me/.netrc"', f"{key} has no place in a node, which is data: ")
                for key in (
                    *("identity-passcode-file", "identity-kerberos", "identity-saml", "identity-jwt"),
                )
            ),
            ('identity-passcode = "s3cret"', "identity-passcode means nothing here"),
        ],
    )
    def test_can_have_nothing_else_sent(
        self, setting: str, sentence: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configuration.node(f'identity-user = "anna"\n{setting}')
        code, text = refusal(["echo", "pacs"], capsys)
        assert code == 20
        assert f"[nodes.pacs] {sentence}" in text
        assert SECRET not in text

    def test_without_anybody_to_ask(self, configuration: Configuration) -> None:
        configuration.node('identity-user = "anna"\nidentity-passcode-prompt = true')
        with pytest.raises(UsageError, match="nobody here to ask"):
            of_node(nodes.read(configuration.nodes).node("pacs"))

    def test_two_ways_exclude_each_other(self, configuration: Configuration) -> None:
        configuration.node(
            'identity-user = "a"\nidentity-passcode-prompt = true\n'
            'identity-passcode-env = "DCMTOOL_PASSCODE_A"'
        )
        with pytest.raises(InputFileError, match="exclude each other"):
            of_node(nodes.read(configuration.nodes).node("pacs"))


def test_an_imported_list_names_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text(
        "name,host,port,identity-user,identity-passcode-env,identity-passcode-file,identity-jwt\n"
        "pacs,h,104,anna,DCMTOOL_PASSCODE_PACS,/etc/passwd,/etc/passwd\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["nodes", "import", "list.csv"]) == 0
    out, err = capsys.readouterr()
    assert out == '[nodes.pacs]\nhost = "h"\nport = 104\nidentity-user = "anna"\n'
    assert [line.partition(" is left out: it ")[0] for line in err.splitlines()] == [
        "Warning: identity-jwt",
        "Warning: identity-passcode-env",
        "Warning: identity-passcode-file",
    ]
