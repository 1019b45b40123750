"""Reading a command line by DCMTK's rules: blocks, needs, conflicts, the environment, help and completion."""

from dataclasses import dataclass
from typing import Any

import click
import pytest
from click.shell_completion import CompletionItem, ShellComplete
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.cli.command_line import read_command_line
from dcmtool.cli.parameters import GENERAL, Choice, DicomArgument, DicomCommand, DicomOption, gathers, words
from dcmtool.cli.values import Number
from dcmtool.errors import SettingsError

TLS = ("security options", "stack")
FILES = ("security options", "files")
ANY_TLS = [("--enable-tls", "--anonymous-tls")]

OPTIONS = [
    DicomOption(["-v", "--verbose"], section=GENERAL, is_flag=True, block="verbosity", help="say more"),
    DicomOption(["-q", "--quiet"], section=GENERAL, is_flag=True, block="verbosity", help="say less"),
    DicomOption(
        ["-ll", "--log-level"],
        section=GENERAL,
        default="warn",
        show_default=True,
        conflicts=[("--verbose", "--quiet")],
        metavar="LEVEL",
        help="choose what is said",
    ),
    DicomOption(["-n", "--name"], section=GENERAL, default="ANY", metavar="TITLE"),
    DicomOption(["-t", "--time"], section=GENERAL, type=Number(-1, 99), metavar="SECONDS", help="limit"),
    DicomOption(["--secret"], section=GENERAL, hidden=True),
    DicomOption(["-tls", "--disable-tls"], section=TLS, is_flag=True, block="tls", default=True),
    DicomOption(["+tls", "--enable-tls"], section=TLS, nargs=2, block="tls", metavar="KEY CERT"),
    DicomOption(["+tla", "--anonymous-tls"], section=TLS, is_flag=True, block="tls"),
    DicomOption(["+cf", "--add-cert-file"], section=FILES, multiple=True, needs=ANY_TLS, type=click.Path()),
    DicomOption(["+crv", "--enable-crl-vfy"], section=FILES, is_flag=True, needs=ANY_TLS),
    DicomOption(
        ["+cra", "--enable-crl-all"],
        section=FILES,
        is_flag=True,
        needs=ANY_TLS,
        conflicts=[("--enable-crl-vfy",)],
    ),
    DicomOption(["+ws", "--write-seed"], section=FILES, is_flag=True, needs=[*ANY_TLS, ("--secret",)]),
]


def _values(**params: Any) -> dict[str, Any]:
    return {**params, "words": words(click.get_current_context())}


COMMAND = DicomCommand(
    "tool",
    callback=_values,
    no_args_is_help=True,
    params=[
        DicomArgument(["peer"], description="the node"),
        DicomArgument(["port"], type=Number(1, 65535), description="its port"),
        *OPTIONS,
    ],
)


def run(*args: str) -> dict[str, Any]:
    """Parse and return all values; `--long` words come back under `words`."""
    values: dict[str, Any] = COMMAND.main(
        list(args), prog_name="tool", standalone_mode=False, auto_envvar_prefix="T"
    )
    return values


def refused(*args: str) -> str:
    """Return the sentence that a command line is refused with."""
    with pytest.raises(click.UsageError) as caught:
        run(*args)
    return caught.value.format_message()


def test_options_stand_before_between_and_after_parameters() -> None:
    expected = {"verbose": True, "name": "X", "time": 5, "peer": "h", "port": 104}
    for line in ("-v -n X -t 5 h 104", "h -v -n X 104 -t 5", "h 104 --name X --verbose --time 5"):
        assert expected.items() <= run(*line.split()).items()


@pytest.mark.parametrize("value", ["-v", "+tla", "--bogus", "-n", "--", "", "-5", "@", "-", "--name=x"])
def test_an_option_takes_its_value_blindly(value: str) -> None:
    assert run("-n", value, "h", "1")["name"] == value


def test_two_values_are_taken_blindly() -> None:
    assert run("+tls", "-v", "--", "h", "1")["enable_tls"] == ("-v", "--")


@pytest.mark.parametrize("peer", ["-5", "+5", "-1", "-", "+", "", "5x"])
def test_these_are_parameters(peer: str) -> None:
    assert run(peer, "1")["peer"] == peer


def test_a_long_name_takes_its_value_after_an_equals_sign_too() -> None:
    assert run("--name=A=B", "--add-cert-file=c", "+tla", "h", "1")["name"] == "A=B"
    assert run("--name=", "h", "1")["name"] == ""
    assert run("--name=-v", "h", "1")["verbose"] is False


def test_two_dashes_end_the_options() -> None:
    assert run("-v", "--", "-x", "1")["peer"] == "-x"
    assert refused("--", "--", "1", "-v") == "Too many parameters"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--bogus h 1", "Unknown option --bogus"),
        ("-vq h 1", "Unknown option -vq"),
        ("-V h 1", "Unknown option -V"),
        ("-nX h 1", "Unknown option -nX"),
        ("-n=X h 1", "Unknown option -n=X"),
        ("--verbose=1 h 1", "Unknown option --verbose=1 (did you mean --verbose?)"),
        ("--enable-tls=k c h 1", "Unknown option --enable-tls=k (did you mean --enable-tls?)"),
        ("--nam X h 1", "Unknown option --nam (did you mean --name?)"),
        ("+bogus h 1", "Unknown option +bogus"),
        ("h 1 -n", "Missing value for option --name"),
        ("h 1 +tls k", "Missing value for option --enable-tls"),
        ("-v", "Missing parameter peer"),
        ("-v h", "Missing parameter port"),
        ("-v h 1 2", "Too many parameters"),
        ("--bogus -n", "Unknown option --bogus"),
        ("-t 100 h", "Missing parameter port"),
        ("-h --bogus", "Unknown option --bogus"),
        ("-h -n", "Missing value for option --name"),
    ],
)
def test_a_command_line_that_cannot_be_read(line: str, sentence: str) -> None:
    assert refused(*line.split()) == sentence


def test_what_is_shown_of_an_unknown_word_cannot_steer_the_terminal() -> None:
    assert refused("--\x1b[2J\udcff") == "Unknown option --\\x1b[2J\\udcff"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("-2", "Invalid value for option --time (underflow: -2)"),
        ("100", "Invalid value for option --time (overflow: 100)"),
        ("9" * 5000, f"Invalid value for option --time (overflow: {'9' * 5000})"),
        ("-" + "9" * 5000, f"Invalid value for option --time (underflow: -{'9' * 5000})"),
        ("", "Invalid value for option --time"),
        *[
            (text, f"Invalid value for option --time ({text})")
            for text in ("abc", "5x", "1.5", "0x10", "1_0", "1e1", " 5", "+", "--5", "٣")
        ],
    ],
)
def test_a_number_that_does_not_fit(value: str, sentence: str) -> None:
    assert refused("-t", value, "h", "1") == sentence


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("+3", 3), ("007", 7), ("-1", -1), ("0", 0)])
def test_a_whole_number(text: str, number: int) -> None:
    assert run("-t", text, "h", "1")["time"] == number


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("0", "Invalid parameter value 0 (underflow)"),
        ("-1", "Invalid parameter value -1 (underflow)"),
        ("65536", "Invalid parameter value 65536 (overflow)"),
        ("abc", "Invalid parameter value abc"),
        ("12abc", "Invalid parameter value 12abc"),
        ("", "Invalid parameter value"),
    ],
)
def test_a_parameter_that_does_not_fit(port: str, sentence: str) -> None:
    assert refused("h", port) == sentence


def test_only_the_rightmost_of_a_repeated_option_counts_and_is_validated() -> None:
    assert run("-t", "bad", "h", "-t", "100", "1", "--time", "7")["time"] == 7
    assert refused("-t", "7", "h", "1", "-t", "100") == "Invalid value for option --time (overflow: 100)"


def test_a_multiple_option_keeps_every_value_in_order() -> None:
    assert run("+tla", "+cf", "a", "h", "+cf", "b", "1")["add_cert_file"] == ("a", "b")


def test_of_a_block_the_rightmost_counts() -> None:
    values = run("+tls", "k", "c", "-tls", "+tla", "-v", "-q", "h", "1")
    assert (values["enable_tls"], values["disable_tls"], values["anonymous_tls"]) == (None, False, True)
    assert (values["verbose"], values["quiet"]) == (False, True)


def test_without_any_of_a_block_its_default_stands() -> None:
    assert run("h", "1")["disable_tls"] is True


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("+cf x h 1", "--add-cert-file only allowed with --enable-tls or --anonymous-tls"),
        ("+tls k c -tls +cf x h 1", "--add-cert-file only allowed with --enable-tls or --anonymous-tls"),
        ("+tla +ws h 1", "--write-seed only allowed with --secret"),
        ("+ws h 1", "--write-seed only allowed with --enable-tls or --anonymous-tls"),
        ("+tla +crv +cra h 1", "--enable-crl-all not allowed with --enable-crl-vfy"),
        ("-ll x -q h 1", "--log-level not allowed with --verbose or --quiet"),
        ("-q h 1 -ll x", "--log-level not allowed with --verbose or --quiet"),
    ],
)
def test_what_needs_or_excludes_what(line: str, sentence: str) -> None:
    assert refused(*line.split()) == sentence


def test_needs_that_are_met_pass() -> None:
    line = "+cra +ws --secret s h 1 +tls k c"
    assert run(*line.split())["write_seed"] is True


class TestEnvironment:
    def test_a_value_of_the_environment_counts_unless_the_command_line_has_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("T_NAME", "-v")
        monkeypatch.setenv("T_TIME", "9")
        values = run("h", "1", "-t", "3")
        assert (values["name"], values["time"], values["verbose"]) == ("-v", 3, False)

    def test_two_values_and_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_ENABLE_TLS", "key cert")
        monkeypatch.setenv("T_ADD_CERT_FILE", "a:b")
        values = run("h", "1")
        assert (values["enable_tls"], values["add_cert_file"]) == (("key", "cert"), ("a", "b"))
        assert values["disable_tls"] is False

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("T_TIME", "100", "Invalid value for environment variable T_TIME (overflow: 100)"),
            ("T_TIME", "x", "Invalid value for environment variable T_TIME (x)"),
            (
                "T_VERBOSE",
                "maybe",
                "Invalid value for environment variable T_VERBOSE (maybe: neither true nor false)",
            ),
        ],
    )
    def test_a_value_that_does_not_fit_names_the_variable(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
    ) -> None:
        monkeypatch.setenv(name, value)
        assert refused("h", "1") == sentence

    @pytest.mark.parametrize(("value", "verbose"), [("1", True), ("true", True), ("0", False), ("", False)])
    def test_a_flag(self, monkeypatch: pytest.MonkeyPatch, value: str, verbose: bool) -> None:
        monkeypatch.setenv("T_VERBOSE", value)
        assert run("h", "1")["verbose"] is verbose

    def test_the_command_line_wins_a_block(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_VERBOSE", "1")
        monkeypatch.setenv("T_ANONYMOUS_TLS", "1")
        values = run("-q", "-tls", "h", "1")
        assert (values["verbose"], values["quiet"]) == (False, True)
        assert (values["disable_tls"], values["anonymous_tls"]) == (True, False)

    def test_two_of_a_block_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_VERBOSE", "1")
        monkeypatch.setenv("T_QUIET", "1")
        assert refused("h", "1") == "Environment variables T_VERBOSE and T_QUIET exclude each other"
        assert run("h", "1", "-v")["quiet"] is False

    def test_a_flag_that_is_set_to_false_is_not_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_VERBOSE", "1")
        monkeypatch.setenv("T_QUIET", "no")
        assert run("h", "1")["verbose"] is True

    def test_the_command_line_beats_a_conflicting_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_LOG_LEVEL", "debug")
        assert run("h", "1")["log_level"] == "debug"
        assert run("-v", "h", "1")["log_level"] == "warn"
        monkeypatch.delenv("T_LOG_LEVEL")
        monkeypatch.setenv("T_QUIET", "1")
        assert run("-ll", "info", "h", "1")["quiet"] is False

    def test_conflicting_values_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_LOG_LEVEL", "debug")
        monkeypatch.setenv("T_QUIET", "1")
        assert refused("h", "1") == "Environment variables T_LOG_LEVEL and T_QUIET exclude each other"

    def test_needs_count_what_is_in_effect(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_ANONYMOUS_TLS", "1")
        assert run("+crv", "h", "1")["enable_crl_vfy"] is True
        expected = "--enable-crl-vfy only allowed with --enable-tls or --anonymous-tls"
        assert refused("+crv", "-tls", "h", "1") == expected

    def test_what_needs_something_that_the_command_line_excludes_goes_with_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("T_ANONYMOUS_TLS", "1")
        monkeypatch.setenv("T_ADD_CERT_FILE", "ca.pem")
        assert run("h", "1")["add_cert_file"] == ("ca.pem",)
        assert run("-tls", "h", "1")["add_cert_file"] == ()

    def test_an_unmet_need_names_the_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_ADD_CERT_FILE", "ca.pem")
        assert refused("h", "1") == "T_ADD_CERT_FILE only allowed with --enable-tls or --anonymous-tls"


def test_the_words_are_all_of_the_command_line_with_long_names() -> None:
    line = "-v -t bad -t 5 h --name=X +tls k c -- 1"
    expected = "--verbose --time bad --time 5 h --name X --enable-tls k c -- 1"
    assert " ".join(run(*line.split())["words"]) == expected


HELP = """\
Usage: tool [OPTIONS] PEER PORT

parameters:
  PEER                           the node
  PORT                           its port

general options:
  -h,   --help                   show this help and exit
  -v,   --verbose                say more
  -q,   --quiet                  say less
  -ll,  --log-level LEVEL        choose what is said  [default: warn]
  -n,   --name TITLE
  -t,   --time SECONDS           limit  [-1 to 99]

security options:
  stack:
    -tls, --disable-tls
    +tls, --enable-tls KEY CERT
    +tla, --anonymous-tls
  files:
    +cf,  --add-cert-file PATH
    +crv, --enable-crl-vfy
    +cra, --enable-crl-all
    +ws,  --write-seed
"""


@pytest.mark.parametrize("line", ["-h", "--help", "-t bad -h", "h 1 2 3 -h", "-ll x -v -h", "+cf x --help"])
def test_help_needs_no_valid_rest(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert COMMAND.main(line.split(), prog_name="tool", standalone_mode=False) == 0
    out = capsys.readouterr().out
    assert [text.rstrip() for text in out.splitlines()] == HELP.splitlines()


def test_no_arguments_at_all_show_the_help_as_an_error() -> None:
    assert [text.rstrip() for text in refused().splitlines()] == HELP.splitlines()


def complete(*args: str, incomplete: str) -> list[CompletionItem]:
    """Return what a shell offers after `args`."""
    return ShellComplete(COMMAND, {}, "tool", "_TOOL_COMPLETE").get_completions(list(args), incomplete)


class TestCompletion:
    @pytest.mark.parametrize(
        ("incomplete", "expected"),
        [
            ("--a", ["--anonymous-tls", "--add-cert-file"]),
            ("+cr", ["+crv", "+cra"]),
            ("-t", ["-t", "-tls"]),
            ("--h", ["--help"]),
            ("--sec", []),
        ],
    )
    def test_options_by_their_prefix(self, incomplete: str, expected: list[str]) -> None:
        assert [item.value for item in complete(incomplete=incomplete)] == expected

    def test_a_file_after_its_option(self) -> None:
        assert [item.type for item in complete("h", "+cf", incomplete="x")] == ["file"]

    @pytest.mark.parametrize(
        "line", ["--bogus -v", "-t bad", "h 1 2 3", "+crv +cra", "-v -ll x", "h --time=", "-n", "+tls"]
    )
    def test_nothing_is_refused(self, line: str) -> None:
        assert "--help" in [item.value for item in complete(*line.split(), incomplete="--")] or line in (
            "-n",
            "+tls",
        )

    def test_what_is_given_is_not_offered_again_unless_it_may_be(self) -> None:
        offered = [item.value for item in complete("-v", "+cf", "a", incomplete="-")]
        assert "--verbose" not in offered
        assert "--add-cert-file" in [item.value for item in complete("+cf", "a", incomplete="--")]


@given(
    st.lists(st.sampled_from(["-v", "-n", "+tls", "--", "--bogus", "--name=x", "-5", "", "h", "-q", "+cf"]))
)
def test_reading_keeps_every_word_in_its_place(args: list[str]) -> None:
    complaints: list[str] = []
    line = read_command_line(args, OPTIONS, complaints.append)
    taken = sum(1 + len(values) for _, values in line.occurrences)
    if not complaints and "--name=x" not in args:
        assert len(line.words) == len(args)
        assert taken + len(line.parameters) + line.words.count("--") >= len(args)
    assert all(len(values) == option.arity for option, values in line.occurrences)
    canonical = line.canonical(OPTIONS)
    assert canonical[len(canonical) - len(line.parameters) :] == line.parameters


@dataclass(frozen=True)
class Speech:
    """Settings to gather into."""

    title: str
    level: str
    seconds: int | None

    def __post_init__(self) -> None:
        if self.title == "BAD":
            raise SettingsError("title", self.title, "is bad")
        if self.level == "quiet" and self.seconds is None:
            raise SettingsError("seconds", "none at all", "are missing")


def _gathering(**source: Any) -> DicomCommand:
    @gathers(
        Speech, "speech", title="name", level=Choice(quiet="quiet", verbose="loud", log_level=None), **source
    )
    def callback(peer: str, speech: Speech, **rest: Any) -> tuple[str, Speech, set[str]]:
        return peer, speech, set(rest)

    arguments: list[click.Parameter] = [DicomArgument(["peer"], description="the node")]
    return DicomCommand("tool", callback=callback, params=[*arguments, *OPTIONS[:5]])


class TestGathers:
    def gather(self, *args: str) -> Any:
        command = _gathering(seconds="time")
        return command.main([*args], prog_name="tool", standalone_mode=False, auto_envvar_prefix="T")

    def test_settings_are_made_of_the_parameters(self) -> None:
        assert self.gather("h", "-n", "X", "-t", "3", "-v") == ("h", Speech("X", "loud", 3), set())
        assert self.gather("h") == ("h", Speech("ANY", "warn", None), set())
        assert self.gather("h", "-ll", "info")[1].level == "info"

    def test_a_setting_that_is_refused_names_its_option(self) -> None:
        with pytest.raises(click.UsageError, match=r"^Invalid value for option --name: title 'BAD' is bad$"):
            self.gather("h", "-n", "BAD")

    def test_or_its_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("T_NAME", "BAD")
        with pytest.raises(click.UsageError, match=r"^Invalid value for environment variable T_NAME: title"):
            self.gather("h")

    def test_or_itself_alone(self) -> None:
        with pytest.raises(click.UsageError, match=r"^Invalid settings: seconds 'none at all' are missing$"):
            self.gather("h", "-q")
