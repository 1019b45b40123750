"""Reading a command line by DCMTK's rules: blocks, needs, conflicts, the environment, help and completion."""

from typing import Any

import click
import pytest
from click.shell_completion import CompletionItem, ShellComplete
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.cli.grammar.command import DicomCommand
from dcmtool.cli.grammar.command_line import CommandLine, read_command_line
from dcmtool.options.general import GENERAL, HELP
from dcmtool.options.kinds import PATH, Number
from dcmtool.options.option import Option, Parameter, Signature, flag
from dcmtool.options.values import Values

WHOLE = "it should be a whole number,"

TLS = ("security options", "stack")
FILES = ("security options", "files")
ANY_TLS = [("--enable-tls", "--anonymous-tls")]

OPTIONS = (
    HELP,
    flag("-v", "--verbose", section=GENERAL, block="verbosity", help="say more"),
    flag("-q", "--quiet", section=GENERAL, block="verbosity", help="say less"),
    Option(
        "-ll",
        "--log-level",
        section=GENERAL,
        default="warn",
        show_default=True,
        conflicts=[("--verbose", "--quiet")],
        metavar="LEVEL",
        help="choose what is said",
    ),
    Option("-n", "--name", section=GENERAL, default="ANY", metavar="TITLE"),
    Option("-t", "--time", section=GENERAL, kind=Number(-1, 99), metavar="SECONDS", help="limit"),
    Option("--secret", section=GENERAL, hidden=True),
    flag("-tls", "--disable-tls", section=TLS, block="tls", default=True),
    Option("+tls", "--enable-tls", section=TLS, arity=2, block="tls", metavar="KEY CERT"),
    flag("+tla", "--anonymous-tls", section=TLS, block="tls"),
    Option("+cf", "--add-cert-file", section=FILES, multiple=True, needs=ANY_TLS, kind=PATH),
    flag("+crv", "--enable-crl-vfy", section=FILES, needs=ANY_TLS),
    flag("+cra", "--enable-crl-all", section=FILES, needs=ANY_TLS, conflicts=[("--enable-crl-vfy",)]),
    flag("+ws", "--write-seed", section=FILES, needs=[*ANY_TLS, ("--secret",)]),
)
SIGNATURE = Signature(
    "tool", "T", (Parameter("peer", "the node"), Parameter("port", "its port", Number(1, 65535))), OPTIONS
)
READ: list[dict[str, Any]] = []


def _record(values: Values, line: CommandLine, _called: str) -> int:
    READ.append({**{name: values[name] for name in values}, "words": line.words})
    return 7


COMMAND = DicomCommand(SIGNATURE, _record, actions={}, completions={}, no_args_is_help=True)


def run(*args: str) -> dict[str, Any]:
    """Run the command and return all values; `--long` words come back under `words`."""
    assert COMMAND.main(list(args), prog_name="tool", standalone_mode=False) == 7
    return READ.pop()


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
    assert (
        refused("--", "--", "1", "-v")
        == "Too many parameters: PEER is '--', PORT is '1', and '-v' is left over"
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--bogus h 1", "Unknown option --bogus"),
        ("-vq h 1", "Unknown option -vq"),
        ("-V h 1", "Unknown option -V"),
        ("-nX h 1", "Unknown option -nX"),
        ("-n=X h 1", "Unknown option -n=X (did you mean -n TITLE?)"),
        ("--verbose=1 h 1", "Unknown option --verbose=1 (did you mean --verbose?)"),
        ("--enable-tls=k c h 1", "Unknown option --enable-tls=k (did you mean --enable-tls KEY CERT?)"),
        ("--nam X h 1", "Unknown option --nam (did you mean --name?)"),
        ("+bogus h 1", "Unknown option +bogus"),
        ("h 1 -n", "Missing value for option --name"),
        ("h 1 +tls k", "Missing value for option --enable-tls"),
        ("-v", "Missing parameter peer"),
        ("-v h", "Missing parameter port"),
        ("-v h 1 2", "Too many parameters: PEER is 'h', PORT is '1', and '2' is left over"),
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


TIME = "should be a whole number, -1 to 99"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("-2", f"Invalid value for option --time (-2): {WHOLE} -1 to 99"),
        ("100", f"Invalid value for option --time (100): {WHOLE} -1 to 99"),
        ("9" * 5000, f"Invalid value for option --time ({'9' * 60}...): it {TIME}"),
        ("-" + "9" * 5000, f"Invalid value for option --time (-{'9' * 59}...): it {TIME}"),
        ("", f"Invalid value for option --time: it is empty, but {TIME}"),
        *[
            (text, f"Invalid value for option --time ({text}): it {TIME}")
            for text in ("abc", "5x", "1.5", "0x10", "1_0", "1e1", " 5", "+", "--5", "٣")
        ],
    ],
)
def test_a_number_that_does_not_fit(value: str, sentence: str) -> None:
    assert refused("-t", value, "h", "1") == sentence


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("+3", 3), ("007", 7), ("-1", -1), ("0", 0)])
def test_a_whole_number(text: str, number: int) -> None:
    assert run("-t", text, "h", "1")["time"] == number


PORT = "should be a whole number, 1 to 65535"


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("0", f"Invalid parameter value 0: PORT {PORT}"),
        ("-1", f"Invalid parameter value -1: PORT {PORT}"),
        ("65536", f"Invalid parameter value 65536: PORT {PORT}"),
        ("abc", f"Invalid parameter value abc: PORT {PORT}"),
        ("12abc", f"Invalid parameter value 12abc: PORT {PORT}"),
        ("", f"Invalid parameter value: PORT is empty, but {PORT}"),
    ],
)
def test_a_parameter_that_does_not_fit(port: str, sentence: str) -> None:
    assert refused("h", port) == sentence


def test_only_the_rightmost_of_a_repeated_option_counts_and_is_validated() -> None:
    assert run("-t", "bad", "h", "-t", "100", "1", "--time", "7")["time"] == 7
    assert (
        refused("-t", "7", "h", "1", "-t", "100")
        == f"Invalid value for option --time (100): {WHOLE} -1 to 99"
    )


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
            (
                "T_TIME",
                "100",
                f"Invalid value for environment variable T_TIME (100): {WHOLE} -1 to 99",
            ),
            (
                "T_TIME",
                "x",
                f"Invalid value for environment variable T_TIME (x): {WHOLE} -1 to 99",
            ),
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


PAGE = """\
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
    assert [text.rstrip() for text in out.splitlines()] == PAGE.splitlines()


def test_no_arguments_at_all_show_the_help_as_an_error() -> None:
    assert [text.rstrip() for text in refused().splitlines()] == PAGE.splitlines()


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
    counting = line.counting(OPTIONS)
    assert list(counting) == [option for option in OPTIONS if option in counting]
