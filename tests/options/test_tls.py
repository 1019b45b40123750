"""The TLS options of `dcmtool echo`: spellings, what the settings become, dependencies, order, completion."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from dcmtool.cli.asked_password import Asked
from dcmtool.cli.commands import echo
from dcmtool.cli.main import main
from dcmtool.cli.output import echo_run
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.options.echo import ECHO
from dcmtool.options.tls import SECTIONS
from dcmtool.settings import EchoRequest, Output, TlsSettings
from dcmtool.tls.cipher_suites import selectable
from dcmtool.tls.profiles import PROFILES
from tests.peers.programs import run_echoscu

WHOLE = "it should be a whole number,"

SPELLINGS = [
    (["-tls", "--disable-tls"], 0),
    (["+tls", "--enable-tls"], 2),
    (["+tla", "--anonymous-tls"], 0),
    (["+ps", "--std-passwd"], 0),
    (["+pw", "--use-passwd"], 1),
    (["-pw", "--null-passwd"], 0),
    (["--password-env"], 1),
    (["--password-file"], 1),
    (["-pem", "--pem-keys"], 0),
    (["-der", "--der-keys"], 0),
    (["+cf", "--add-cert-file"], 1),
    (["+cd", "--add-cert-dir"], 1),
    (["--system-ca"], 0),
    (["+crl", "--add-crl-file"], 1),
    (["+crv", "--enable-crl-vfy"], 0),
    (["+cra", "--enable-crl-all"], 0),
    (["+ph", "--list-profiles"], 0),
    (["+pg", "--profile-8996"], 0),
    (["+pm", "--profile-8996-mod"], 0),
    (["+py", "--profile-bcp195-nd"], 0),
    (["+px", "--profile-bcp195"], 0),
    (["+pz", "--profile-bcp195-ex"], 0),
    (["+pb", "--profile-basic"], 0),
    (["+pa", "--profile-aes"], 0),
    (["+pn", "--profile-null"], 0),
    (["+cc", "--list-ciphers"], 0),
    (["+cs", "--cipher"], 1),
    (["+dp", "--dhparam"], 1),
    (["--no-sni"], 0),
    (["--request-sni"], 1),
    (["+rs", "--seed"], 1),
    (["+ws", "--write-seed"], 0),
    (["+wf", "--write-seed-file"], 1),
    (["-rc", "--require-peer-cert"], 0),
    (["-vc", "--verify-peer-cert"], 0),
    (["-ic", "--ignore-peer-cert"], 0),
    (["--check-hostname"], 0),
    (["--no-check-hostname"], 0),
    (["--min-days"], 1),
    (["--keylog"], 1),
    (["+vc", "--verify-cert"], 1),
    (["+rc", "--is-root-cert"], 1),
]

Secured = Callable[..., TlsSettings | None]


@pytest.fixture
def secured(monkeypatch: pytest.MonkeyPatch) -> Secured:
    """Return a function that runs `dcmtool echo` and returns the TLS settings that it would have used."""

    def run(*args: str) -> TlsSettings | None:
        asked: list[TlsSettings | None] = []

        def record(request: EchoRequest, output: Output) -> int:
            asked.append(request.tls)
            return 0

        monkeypatch.setattr(echo_run, "run", record)
        assert main(["echo", *args, "host", "104"]) == 0
        return asked[0]

    return run


def refusal(args: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the sentence that a command line is refused with."""
    assert main(["echo", *args, "host", "104"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()[-1].removeprefix("Error: ")


def test_the_options_are_those_of_echoscu_and_our_own() -> None:
    options = [
        ([*option.spellings], option.arity)
        for section in SECTIONS
        for option in ECHO.options
        if option.section == section
    ]
    assert options == SPELLINGS


@pytest.mark.parametrize(
    "args", ["", "-tls", "+tls k c -tls", "+tla -tls", "-tls +tla -tls", "--no-sni", "--request-sni x"]
)
def test_no_tls(secured: Secured, args: str) -> None:
    assert secured(*args.split()) is None


@pytest.mark.parametrize("args", ["+tla", "-tls +tla", "+tls k c +tla", "+tls a b -tls +tla", "+tla +tla"])
def test_anonymous_tls(secured: Secured, args: str) -> None:
    assert secured(*args.split()) == TlsSettings()


@pytest.mark.parametrize(
    "args", ["+tls k c", "+tls a b +tls k c", "+tla +tls k c", "-tls +tls k c", "+tls k c +ps"]
)
def test_authenticated_tls_asks_for_the_password_of_its_key(secured: Secured, args: str) -> None:
    assert secured(*args.split()) == TlsSettings("k", "c", Asked("k"))


@pytest.mark.parametrize(
    ("args", "field", "value"),
    [
        ("+tls k c +pw secret", "password", "secret"),
        ("+tls k c +pw -pw", "password", "-pw"),
        ("+tls k c --use-passwd=+pw", "password", "+pw"),
        ("+tls k c --use-passwd=", "password", ""),
        ("+tls k c -pw", "password", ""),
        ("+pw a -pw +pw b +tls k c", "password", "b"),
        ("+pw a -pw +ps +tls k c", "password", Asked("k")),
        ("+tls k c --password-env PASSWORD", "password", "of the environment"),
        ("+tls k c --password-file nowhere --password-env PASSWORD", "password", "of the environment"),
        ("+tla", "file_format", None),
        ("-der +tla -pem", "file_format", "pem"),
        ("-pem +tla -der", "file_format", "der"),
        ("+tla +cf a +cf b", "ca_files", ("a", "b")),
        ("+cf +tla --add-cert-file=-cf +tla", "ca_files", ("+tla", "-cf")),
        ("+tla +cd a --add-cert-dir b", "ca_directories", ("a", "b")),
        ("+tla --system-ca", "system_ca", True),
        ("+tla +crl a +crl b", "crl_files", ("a", "b")),
        ("+tla +crl a", "crl_check", None),
        ("+tla +crl a +crv", "crl_check", "leaf"),
        ("+tla +cra +crl a", "crl_check", "chain"),
        ("+tla +cs A --cipher B", "ciphers", ("A", "B")),
        ("+tla +dp f", "dh_parameters", "f"),
        ("+tla --no-sni", "server_name", None),
        ("+tla --request-sni pacs", "server_name", "pacs"),
        ("+tla +rs f", "seed_file", "f"),
        ("+tla", "key_log_file", None),
        ("+tla --keylog f", "key_log_file", "f"),
        ("+tla +rs f", "write_seed_file", None),
        ("+tla +ws +rs f", "write_seed_file", "f"),
        ("+tla +rs f +wf g", "write_seed_file", "g"),
        ("+tla +rs f +ws +wf g", "write_seed_file", "g"),
        ("+tla +rs f +wf g +ws", "write_seed_file", "f"),
        ("+tla +wf a +rs f +wf +ws", "write_seed_file", "+ws"),
        ("+tla", "verify_peer", True),
        ("+tla -ic", "verify_peer", False),
        ("+tla -ic -vc", "verify_peer", True),
        ("+tla -ic -rc", "verify_peer", True),
        ("+tla -rc -vc -ic", "verify_peer", False),
        ("+tla --check-hostname", "check_hostname", True),
        ("+tla --check-hostname --no-check-hostname", "check_hostname", False),
        ("+tla --no-check-hostname --check-hostname", "check_hostname", True),
        ("+tla --min-days 0", "min_days", 0),
        ("+tla --min-days 30", "min_days", 30),
    ],
)
def test_what_an_option_sets(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, args: str, field: str, value: object
) -> None:
    monkeypatch.setenv("PASSWORD", "of the environment")
    assert getattr(secured(*args.split()), field) == value


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_profile_by_either_spelling(secured: Secured, profile: Any) -> None:
    assert secured("+tla", COMMAND_LINE[f"profile {profile.word}"]) == TlsSettings(profile=profile.word)
    assert secured(f"--profile-{profile.word}", "+tla") == TlsSettings(profile=profile.word)


def test_the_rightmost_profile_counts(secured: Secured) -> None:
    assert secured("+tla", "+px", "+pg", "+pz", "+pg") == TlsSettings(profile="8996")


def test_a_password_file(secured: Secured, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of the file\nand a line more\n")
    (tmp_path / "password").chmod(0o600)
    settings = secured("+tls", "k", "c", "--password-file", str(tmp_path / "password"))
    assert settings == TlsSettings("k", "c", "of the file")


def test_a_command_file_may_hold_them(tmp_path: Path, secured: Secured) -> None:
    (tmp_path / "tls").write_text("+tls '-my key' +cert +pw '-pw x'\n+cf -cf\n-ic")
    assert secured(f"@{tmp_path}/tls") == TlsSettings(
        "-my key", "+cert", "-pw x", ca_files=("-cf",), verify_peer=False
    )


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ANONYMOUS_TLS": "1"}, TlsSettings()),
        ({"ENABLE_TLS": "a key:a cert"}, TlsSettings("a key", "a cert", Asked("a key"))),
        ({"ENABLE_TLS": "k:c", "DISABLE_TLS": "no"}, TlsSettings("k", "c", Asked("k"))),
        ({"ENABLE_TLS": "k:c", "USE_PASSWD": "a b:c"}, TlsSettings("k", "c", "a b:c")),
        ({"ENABLE_TLS": "k:c", "NULL_PASSWD": "1"}, TlsSettings("k", "c", "")),
        ({"ENABLE_TLS": "k:c", "PASSWORD_ENV": "HERE", "HERE": "x"}, None),
        ({"ANONYMOUS_TLS": "1", "DER_KEYS": "yes"}, TlsSettings(file_format="der")),
        ({"ANONYMOUS_TLS": "1", "ADD_CERT_FILE": "a b:c"}, TlsSettings(ca_files=("a b", "c"))),
        ({"ANONYMOUS_TLS": "1", "ADD_CERT_DIR": "a:b"}, TlsSettings(ca_directories=("a", "b"))),
        ({"ANONYMOUS_TLS": "1", "SYSTEM_CA": "1"}, TlsSettings(system_ca=True)),
        ({"ANONYMOUS_TLS": "1", "ADD_CRL_FILE": "a:b"}, TlsSettings(crl_files=("a", "b"))),
        ({"ANONYMOUS_TLS": "1", "ENABLE_CRL_VFY": "1"}, TlsSettings(crl_check="leaf")),
        ({"ANONYMOUS_TLS": "1", "ENABLE_CRL_ALL": "1"}, TlsSettings(crl_check="chain")),
        ({"ANONYMOUS_TLS": "1", "PROFILE_8996_MOD": "1"}, TlsSettings(profile="8996-mod")),
        ({"ANONYMOUS_TLS": "1", "CIPHER": "A B"}, TlsSettings(ciphers=("A", "B"))),
        ({"ANONYMOUS_TLS": "1", "DHPARAM": "f"}, TlsSettings(dh_parameters="f")),
        ({"ANONYMOUS_TLS": "1", "REQUEST_SNI": "x"}, TlsSettings(server_name="x")),
        ({"ANONYMOUS_TLS": "1", "SEED": "f"}, TlsSettings(seed_file="f")),
        (
            {"ANONYMOUS_TLS": "1", "SEED": "f", "WRITE_SEED": "1"},
            TlsSettings(seed_file="f", write_seed_file="f"),
        ),
        (
            {"ANONYMOUS_TLS": "1", "SEED": "f", "WRITE_SEED_FILE": "g"},
            TlsSettings(seed_file="f", write_seed_file="g"),
        ),
        ({"ANONYMOUS_TLS": "1", "IGNORE_PEER_CERT": "1"}, TlsSettings(verify_peer=False)),
        ({"ANONYMOUS_TLS": "1", "CHECK_HOSTNAME": "1"}, TlsSettings(check_hostname=True)),
        ({"ANONYMOUS_TLS": "1", "MIN_DAYS": "14"}, TlsSettings(min_days=14)),
        ({"VERIFY_CERT": "f", "IS_ROOT_CERT": "f", "LIST_CIPHERS": "1", "LIST_PROFILES": "1"}, None),
    ],
)
def test_by_the_environment(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: TlsSettings | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"DCMTOOL_ECHO_{name}", value)
    if "PASSWORD_ENV" in variables:
        monkeypatch.setenv("HERE", variables["HERE"])
        expected = TlsSettings("k", "c", "x")
    assert secured() == expected
    assert secured("-tls") is None


def test_the_command_line_beats_the_environment(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_ENABLE_TLS", "k:c")
    monkeypatch.setenv("DCMTOOL_ECHO_PASSWORD_FILE", "nowhere")
    monkeypatch.setenv("DCMTOOL_ECHO_PROFILE_BCP195_EX", "1")
    assert secured("+tls", "a", "b", "-pw", "+cs", "A") == TlsSettings("a", "b", "", ciphers=("A",))
    assert secured("+tla", "+pg") == TlsSettings(profile="8996")


ANY_TLS = "only allowed with --enable-tls or --anonymous-tls"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("+tls", "Missing parameter peer: --enable-tls took 'host' and '104' as its KEY CERT"),
        ("--password-env X", "--password-env only allowed with --enable-tls"),
        ("+tla --password-file X", "--password-file only allowed with --enable-tls"),
        ("+pg", f"--profile-8996 {ANY_TLS}"),
        ("+pm", f"--profile-8996-mod {ANY_TLS}"),
        ("+pb", f"--profile-basic {ANY_TLS}"),
        ("+pa", f"--profile-aes {ANY_TLS}"),
        ("-vc", f"--verify-peer-cert {ANY_TLS}"),
        ("+dp f", f"--dhparam {ANY_TLS}"),
        ("--system-ca", f"--system-ca {ANY_TLS}"),
        ("--check-hostname", f"--check-hostname {ANY_TLS}"),
        ("--no-check-hostname", f"--no-check-hostname {ANY_TLS}"),
        ("--min-days 1", f"--min-days {ANY_TLS}"),
        ("+tls k c -tls +cf x", f"--add-cert-file {ANY_TLS}"),
        ("--request-sni x --no-sni", "--no-sni not allowed with --request-sni"),
        ("--no-sni --request-sni x +tla", "--no-sni not allowed with --request-sni"),
        (
            "--min-days -1 +tla",
            f"Invalid value for option --min-days (-1): {WHOLE} at least 0",
        ),
        (
            "--min-days x +tla",
            f"Invalid value for option --min-days (x): {WHOLE} at least 0",
        ),
        (
            "+tls k c --password-env NOT_THERE",
            "Invalid value for option --password-env: environment variable 'NOT_THERE' is not set",
        ),
        (
            "+tla --request-sni .",
            "Invalid value for option --request-sni: server name '.' is empty: name a host",
        ),
        ("+tls k c +pw= +tla --use-passwd-=secret", "Unknown option +pw=*** (did you mean +pw PASSWORD?)"),
        ("--use-password=secret", "Unknown option --use-password=*** (did you mean --use-passwd?)"),
    ],
)
def test_what_is_refused(args: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(args.split(), capsys) == sentence


def test_an_empty_server_name_is_not_mistaken_for_an_empty_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    args = ["+tls", "k", "c", "+pw", "", "--request-sni", ""]
    expected = "Invalid value for option --request-sni: server name '' is empty: name a host"
    assert refusal(args, capsys) == expected


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"ADD_CERT_FILE": "ca"}, f"DCMTOOL_ECHO_ADD_CERT_FILE {ANY_TLS}"),
        ({"USE_PASSWD": "secret"}, "DCMTOOL_ECHO_USE_PASSWD only allowed with --enable-tls"),
        (
            {"ENABLE_TLS": "k:c", "USE_PASSWD": "secret", "NULL_PASSWD": "1"},
            "Environment variables DCMTOOL_ECHO_USE_PASSWD and DCMTOOL_ECHO_NULL_PASSWD exclude each other",
        ),
        (
            {"ENABLE_TLS": "k:c", "PASSWORD_ENV": "NOT_THERE"},
            "Invalid value for environment variable DCMTOOL_ECHO_PASSWORD_ENV: "
            "environment variable 'NOT_THERE' is not set",
        ),
        (
            {"ENABLE_TLS": "k c"},
            "Invalid value for environment variable DCMTOOL_ECHO_ENABLE_TLS "
            "(Takes 2 values but 1 was given.)",
        ),
    ],
)
def test_what_is_refused_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"DCMTOOL_ECHO_{name}", value)
    assert refusal([], capsys) == sentence


def test_no_password_is_shown(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DCMTOOL_ECHO_USE_PASSWD", "secret")
    for args in (["+pw", "secret"], ["--use-passwd=secret"], ["+pw", "secret", "-pw"], []):
        settings = secured("--arguments", "+tls", "k", "c", *args)
        assert "secret" not in repr(settings) + repr(EchoRequest.__dataclass_fields__)
    assert main(["echo", "--arguments", "+tls", "k", "c", "+pw", "secret", "h", "1"]) == 0
    captured = capsys.readouterr()
    assert "secret" not in captured.out + captured.err
    expected = "8 arguments: '--arguments' '--enable-tls' 'k' 'c' '--use-passwd' '***' 'h' '1' "
    assert captured.err.splitlines()[-2] == f"I: calling 'dcmtool echo' with {expected}"


# Command lines that echoscu refuses as well, with the same sentence. Of two errors it is the one of the group
# that comes first in its order: passwords, format, seed, write seed, peer certificate, profile, authorities,
# revocation, ciphers.
REFUSED_BY_BOTH = [
    "+tls",
    "+tls k",
    "h 1 +cf",
    *[f"{option} h 1" for option in ("+ps", "+pw x", "-pw", "-pem", "-der", "+cf x", "+cd x", "+crl x")],
    *[f"{option} h 1" for option in ("+crv", "+cra", "+py", "+px", "+pz", "+pn", "+cs x", "+rs x", "+ws")],
    *[f"{option} h 1" for option in ("+wf x", "-rc", "-ic")],
    *[f"+tla {option} h 1" for option in ("+ps", "+pw x", "-pw", "+ws", "+wf x")],
    "+tls k c -tls +pw x h 1",
    "+tla -tls +cf x h 1",
    "+tla +crv +cra h 1",
    "+tla +cra +crv h 1",
    "+tla +cs X +pz h 1",
    "+tla +pz +cs X h 1",
    "+tls k c +ws h 1",
    "-der +pw x h 1",
    "+rs f -der h 1",
    "+ws +rs f h 1",
    "-ic +ws h 1",
    "+px -ic h 1",
    "+cf x +px h 1",
    "+crl x +cd x +cf y h 1",
    "+crl x +cd y h 1",
    "+crv +crl x h 1",
    "+cra +crv h 1",
    "+cs x +cra h 1",
    "+cs x +pz h 1",
    "+tla +cra +crv +pw x h 1",
    "+tla +cs x +pz +ws h 1",
    "+tla +cs x +pz +crv +cra h 1",
    "+tla +pw x -v -ll warn h 1",
    "+pw x -to 0 h 1",
    "+vc",
    "+vc f --bogus",
    "+vc f -to 0",
    "+rc f -ppc 0",
    "+vc f +pw x",
    "+vc f +tla +crv +cra",
    "+vc f +cs x",
    "+rc f +cf x",
    "+cc --bogus",
    "+cc +cf",
]


@pytest.mark.interop
@pytest.mark.parametrize("line", REFUSED_BY_BOTH)
def test_the_sentence_is_that_of_echoscu(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = run_echoscu(*line.split())
    assert main(["echo", *line.split()]) == theirs.returncode == 1
    sentence = re.sub(r" \(((under|over)flow: )?.*\)$", "", theirs.stderr.splitlines()[-1])
    assert capsys.readouterr().err.splitlines()[-1].startswith(sentence.replace("error:", "Error:"))


def complete(*args: str, incomplete: str) -> list[CompletionItem]:
    """Return what a shell offers after `args`."""
    return ShellComplete(echo.command, {}, "dcmtool echo", "_DCMTOOL_COMPLETE").get_completions(
        list(args), incomplete
    )


class TestCompletion:
    @pytest.mark.parametrize(
        "args", ["+cf", "+crl", "+dp", "+rs", "+wf", "+vc", "+rc", "+tls", "+tls k", "--password-file"]
    )
    def test_files(self, args: str) -> None:
        assert [item.type for item in complete("+tla", "h", *args.split(), incomplete="x")] == ["file"]

    def test_directories(self) -> None:
        items = complete("+tla", "+cd", incomplete="x")
        assert [(item.type, item.value) for item in items] == [("dir", "x")]

    @pytest.mark.parametrize("incomplete", ["", "TLS_ECDHE_RSA", "tls_rsa"])
    def test_cipher_suites(self, incomplete: str) -> None:
        offered = [item.value for item in complete("+cs", "A", "+cs", incomplete=incomplete)]
        assert offered == [name for name in selectable() if name.startswith(incomplete.upper())]

    def test_options(self) -> None:
        assert [item.value for item in complete(incomplete="+p")] == [
            *("+ph", "+ps", "+pw", "+pg", "+pm", "+py", "+px", "+pz", "+pb", "+pa", "+pn")
        ]
