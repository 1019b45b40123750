"""The options of `dcmtool scp`: spellings, what the settings become, needs, variables, usage errors."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.shell_completion import ShellComplete

from dcmtool.cli.commands import scp
from dcmtool.cli.main import main
from dcmtool.cli.output import scp_run
from dcmtool.errors import Rejection
from dcmtool.options.scp import SCP
from dcmtool.scp.settings import Faults, ScpSettings
from dcmtool.settings import ServerTls, TlsSettings
from dcmtool.trace.levels import Level

OWN_SPELLINGS = [
    (["-V", "--version"], 0),
    (["-q", "--quiet"], 0),
    (["-v", "--verbose"], 0),
    (["-d", "--debug"], 0),
    (["--bind"], 1),
    (["--port-file"], 1),
    (["-aet", "--aetitle"], 1),
    (["--require-called"], 0),
    (["--allow-calling"], 1),
    (["--max-associations"], 1),
    (["-pdu", "--max-pdu"], 1),
    (["-ta", "--acse-timeout"], 1),
    (["--idle-timeout"], 1),
    (["--reject"], 1),
    (["--refuse-contexts"], 0),
    (["--status"], 1),
    (["--delay-accept"], 1),
    (["--delay-echo"], 1),
    (["--abort-after"], 1),
    (["--once"], 0),
    (["--count"], 1),
    (["-o", "--output"], 1),
    (["-tls", "--disable-tls"], 0),
    (["+tls", "--enable-tls"], 2),
    (["--self-signed"], 0),
    (["--save-cert"], 1),
    (["-ic", "--ignore-peer-cert"], 0),
    (["-vc", "--verify-peer-cert"], 0),
    (["-rc", "--require-peer-cert"], 0),
]
NOT_FOR_A_SERVER = {
    "+tla",
    "--check-hostname",
    "--no-check-hostname",
    "--min-days",
    "--no-sni",
    "+ws",
    "+wf",
    "+vc",
}


class Call(NamedTuple):
    """What the console was asked to do."""

    settings: ScpSettings
    level: Level
    form: str
    port_file: str | None
    certificate_file: str | None
    explains: bool = False


Asked = Callable[..., Call]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return a function that runs `dcmtool scp` and returns what it would have done."""

    def run(*args: str) -> Call:
        calls: list[Call] = []
        monkeypatch.setattr(
            *(scp_run, "serve"),
            lambda *given, explains: calls.append(Call(*given)._replace(explains=explains)),
        )
        assert main(["scp", *args]) == 0
        return calls[0]

    return run


def served_with(tls: TlsSettings, clients: Any = "none") -> ScpSettings:
    """Return the settings of an SCP with TLS."""
    return ScpSettings(tls=ServerTls(tls, clients))


def test_the_spellings() -> None:
    options = {each.spellings: each for each in SCP.options}
    for spellings, arity in OWN_SPELLINGS:
        assert options[tuple(spellings)].arity == arity
    assert not NOT_FOR_A_SERVER & {spelling for spellings in options for spelling in spellings}


def test_the_defaults(asked: Asked) -> None:
    assert asked() == Call(ScpSettings(), Level.INFO, "text", None, None)
    assert asked("4711").settings.port == 4711
    assert asked("0").settings.port == 0


@pytest.mark.parametrize(
    ("args", "changed"),
    [
        ("--bind ::1", {"host": "::1"}),
        ("-aet PACS", {"title": "PACS"}),
        ("--aetitle PACS", {"title": "PACS"}),
        ("--require-called", {"require_called": True}),
        ("--allow-calling A --allow-calling B", {"allowed_calling": ("A", "B")}),
        ("--max-associations 100", {"max_associations": 100}),
        ("-pdu 4096", {"max_pdu": 4096}),
        ("--max-pdu 131072", {"max_pdu": 131072}),
        ("-ta 0.5", {"acse_timeout": 0.5}),
        ("--acse-timeout 5", {"acse_timeout": 5}),
        ("--idle-timeout .25", {"idle_timeout": 0.25}),
        ("--once", {"count": 1}),
        ("--count 7", {"count": 7}),
        ("--once --count 7", {"count": 7}),
        ("--count 7 --once", {"count": 1}),
        ("-tls", {}),
        ("--self-signed -tls", {}),
        ("+tls k c -tls", {}),
    ],
)
def test_what_the_settings_become(asked: Asked, args: str, changed: dict[str, Any]) -> None:
    assert asked(*args.split()).settings == replace(ScpSettings(), **changed)


@pytest.mark.parametrize(
    ("args", "faults"),
    [
        ("--refuse-contexts", Faults(refuse_contexts=True)),
        ("--status 0110", Faults(status=0x0110)),
        ("--status 0xB000", Faults(status=0xB000)),
        ("--status 0Xb000", Faults(status=0xB000)),
        ("--status ffff", Faults(status=0xFFFF)),
        ("--status 0", Faults()),
        ("--delay-accept 1.5", Faults(delay_accept=1.5)),
        ("--delay-echo 3600", Faults(delay_echo=3600)),
        ("--abort-after 0", Faults(abort_after=0)),
        ("--abort-after 2 --status 1", Faults(abort_after=2, status=1)),
        ("--reject 1/1/1 --reject 2/3/2", Faults(reject=Rejection(2, 3, 2))),
    ],
)
def test_what_the_faults_become(asked: Asked, args: str, faults: Faults) -> None:
    got, wanted = asked(*args.split()).settings.faults, faults
    assert replace(got, reject=None) == replace(wanted, reject=None)
    assert (got.reject and got.reject.args) == (wanted.reject and wanted.reject.args)


RESULTS = {1: "permanent", 2: "transient"}
SOURCES = {1: "service-user", 2: "acse", 3: "presentation"}
REASONS = {
    (1, 1): "no-reason",
    (1, 2): "app-context-name-not-supported",
    (1, 3): "calling-ae-title-not-recognized",
    (1, 7): "called-ae-title-not-recognized",
    (2, 1): "no-reason",
    (2, 2): "protocol-version-not-supported",
    (3, 1): "temporary-congestion",
    (3, 2): "local-limit-exceeded",
}
MIXTURES = [
    ("/".join(words), (result, source, reason))
    for result, (source, reason) in product(RESULTS, REASONS)
    for words in product(
        (str(result), RESULTS[result]),
        (str(source), SOURCES[source]),
        (str(reason), REASONS[source, reason]),
    )
]


def test_rejections_in_every_mixture_of_words_and_numbers(asked: Asked) -> None:
    for text, numbers in MIXTURES:
        for each in (text, text.upper()):
            rejection = asked("--reject", each).settings.faults.reject
            assert rejection is not None
            assert rejection.args == numbers


@pytest.mark.parametrize("text", ["1/3/8", "1/3/56", "2/1/2", "0/0/0", "255/255/255", "1/1/007"])
def test_rejections_that_the_standard_does_not_define(asked: Asked, text: str) -> None:
    rejection = asked("--reject", text).settings.faults.reject
    assert rejection is not None
    assert rejection.args == tuple(map(int, text.split("/")))


@pytest.mark.parametrize(
    ("args", "call"),
    [
        ("-q", {"level": Level.ERROR}),
        ("-v", {"level": Level.DEBUG}),
        ("-d", {"level": Level.TRACE}),
        ("-d -v -q", {"level": Level.ERROR}),
        ("--output ndjson", {"form": "ndjson"}),
        ("--port-file p", {"port_file": "p"}),
        ("--explain", {"explains": True}),
    ],
)
def test_what_the_report_becomes(asked: Asked, args: str, call: dict[str, Any]) -> None:
    assert asked(*args.split()) == Call(ScpSettings(), Level.INFO, "text", None, None)._replace(**call)


@pytest.mark.parametrize(
    ("args", "settings"),
    [
        ("--self-signed", served_with(TlsSettings())),
        ("+tls k c --self-signed", served_with(TlsSettings())),
        ("+tls k c +pw secret", served_with(TlsSettings("k", "c", "secret"))),
        ("+tls k c -pw", served_with(TlsSettings("k", "c", ""))),
        ("--self-signed -tls --self-signed +pz", served_with(TlsSettings(profile="bcp195-ex"))),
        ("--self-signed +pn", served_with(TlsSettings(profile="null"))),
        ("--self-signed +dp d", served_with(TlsSettings(dh_parameters="d"))),
        ("--self-signed +rs s", served_with(TlsSettings(seed_file="s"))),
        ("--self-signed -vc +cf a", served_with(TlsSettings(ca_files=("a",)), "optional")),
        ("--self-signed -rc +cf a +cf b", served_with(TlsSettings(ca_files=("a", "b")), "required")),
        ("--self-signed -rc +cd d", served_with(TlsSettings(ca_directories=("d",)), "required")),
        ("--self-signed -rc --system-ca", served_with(TlsSettings(system_ca=True), "required")),
        ("--self-signed -rc +cf a -ic -vc", served_with(TlsSettings(ca_files=("a",)), "optional")),
        (
            "--self-signed -rc +cf a +crl l",
            served_with(TlsSettings(ca_files=("a",), crl_files=("l",)), "required"),
        ),
    ],
)
def test_what_tls_becomes(asked: Asked, args: str, settings: ScpSettings) -> None:
    assert asked(*args.split()).settings == settings


def test_a_certificate_to_save(asked: Asked) -> None:
    assert asked("--self-signed", "--save-cert", "f").certificate_file == "f"


def test_variables_stand_for_options_and_the_command_line_beats_them(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCMTOOL_SCP_AETITLE", "PACS")
    monkeypatch.setenv("DCMTOOL_SCP_STATUS", "0110")
    monkeypatch.setenv("DCMTOOL_SCP_SELF_SIGNED", "1")
    settings = asked().settings
    assert (settings.title, settings.faults.status, settings.tls) == ("PACS", 0x0110, ServerTls())
    settings = asked("-aet", "OTHER", "--status", "0", "-tls").settings
    assert (settings.title, settings.faults.status, settings.tls) == ("OTHER", 0, None)


def test_a_command_file_stands_for_options(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "options").write_text("-aet PACS\n--reject 1/1/7\n")
    assert asked(f"@{tmp_path}/options", "0").settings.title == "PACS"


ERRORS = {
    "x": "x",
    "-1": "-1",
    "65536": "65536",
    "1 2": "Too many parameters: PORT is '1', and '2' is left over",
    "--bogus": "--bogus",
    "-aet": "-aet",
    "--aetitle 12345678901234567": "option --aetitle: AE title",
    "--aetitle=": "option --aetitle: AE title",
    "--allow-calling A --allow-calling 12345678901234567": "option --allow-calling: calling AE title",
    "--max-associations 0": "max-associations",
    "--max-associations 10001": "max-associations",
    "-pdu 4095": "max-pdu",
    "-ta 0": "acse-timeout",
    "--idle-timeout nan": "idle-timeout",
    "--delay-echo -1": "delay-echo",
    "--delay-accept x": "delay-accept",
    "--abort-after -1": "abort-after",
    "--abort-after 1.5": "abort-after",
    "--count 0": "count",
    "--status 10000": "a status has one to four hexadecimal digits",
    "--status 0x": "a status has one to four hexadecimal digits",
    "--status -1": "a status has one to four hexadecimal digits",
    "--status x": "a status has one to four hexadecimal digits",
    "--reject 1/1": "three numbers of 0 to 255 such as 1/1/7, or permanent/service-user/called-ae",
    "--reject 1/1/256": "three numbers of 0 to 255",
    "--reject 1/1/-1": "three numbers of 0 to 255",
    "--reject 1/1/7/1": "three numbers of 0 to 255",
    "--reject 1/1/\u0667": "three numbers of 0 to 255",
    "--reject 3/service-user/no-reason": "three numbers of 0 to 255",
    "--reject permanent/service-user/temporary-congestion": "three numbers of 0 to 255",
    "--output json": "output",
    "--save-cert f": "--self-signed",
    "+tls k c --save-cert f": "--self-signed",
    "--self-signed +pw x": "--enable-tls",
    "-rc": "--enable-tls",
    "--self-signed -rc": "--add-cert-file",
    "--self-signed -vc": "--add-cert-file",
    "--self-signed +cf a": "--require-peer-cert",
    "-der": "--enable-tls",
    "+pg": "--enable-tls",
    "+cs TLS_AES_128_GCM_SHA256": "--enable-tls",
    "--self-signed +pz +cs TLS_AES_128_GCM_SHA256": "--cipher",
    "+tls k": "Missing value for option --enable-tls",
    "+tla": "+tla",
}


@pytest.mark.parametrize(("args", "words"), ERRORS.items(), ids=ERRORS)
def test_usage_errors_are_one_sentence(args: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scp", *args.split()]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert len([line for line in captured.err.splitlines() if "rror: " in line]) == 1


def test_what_is_escaped_in_errors(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--status", "--reject", "--bind", "-aet"):
        main(["scp", option, "\x1b[31m\n", "99999"])
    assert "\x1b" not in capsys.readouterr().err


def test_rejections_are_completed() -> None:
    complete = ShellComplete(
        scp.command, {"auto_envvar_prefix": "DCMTOOL_SCP"}, "dcmtool", "_DCMTOOL_COMPLETE"
    )
    offered = [each.value for each in complete.get_completions(["--reject"], "Trans")]
    assert len(offered) == 8
    assert "transient/presentation/local-limit-exceeded" in offered


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scp", "--help"]) == 0
    shown = capsys.readouterr().out
    for spellings, _ in OWN_SPELLINGS:
        for spelling in spellings:
            assert spelling in shown
    assert "[PORT]" in shown
