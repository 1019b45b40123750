"""Nodes and defaults: which of several places counts, for one option and for those that are rivals."""

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from dcmtool.cli.main import main
from dcmtool.settings import EchoRequest, Output, Peer, TlsSettings
from tests.cli.configuration import Asked, Configuration, refusal
from tests.peers.scp import Scp

PLACES = ("command line", "environment", "node", "defaults")  # the strongest first


def _arrange(configuration: Configuration, wanted: dict[str, tuple[str, str]]) -> list[str]:
    """Set each option (long name and value, none for a flag) in its place; return the command line."""
    args, node = [], ""
    for place, (name, value) in wanted.items():
        setting = f'{name} = "{value}"' if value else f"{name} = true"
        match place:
            case "command line":
                args = [f"--{name}", value] if value else [f"--{name}"]
            case "environment":
                configuration.variable(name.upper().replace("-", "_"), value or "1")
            case "node":
                node = setting
            case "defaults":
                configuration.default(setting)
    configuration.node(node)
    return [*args, "pacs"]


@pytest.mark.parametrize(("stronger", "weaker"), list(combinations(PLACES, 2)))
class TestEachPlaceBeatsThoseAfterIt:
    def test_for_one_option(
        self, stronger: str, weaker: str, configuration: Configuration, asked: Asked
    ) -> None:
        args = _arrange(configuration, {stronger: ("call", "STRONG"), weaker: ("call", "WEAK")})
        assert asked(*args).request.negotiation.called_aet == "STRONG"

    @pytest.mark.parametrize(("name", "output"), [("quiet", Output("fatal")), ("debug", Output("debug"))])
    def test_in_a_block(
        self,
        stronger: str,
        weaker: str,
        name: str,
        output: Output,
        configuration: Configuration,
        asked: Asked,
    ) -> None:
        args = _arrange(configuration, {stronger: (name, ""), weaker: ("verbose", "")})
        assert asked(*args).output == output

    @pytest.mark.parametrize(
        ("one", "other", "output"),
        [
            (("log-level", "error"), ("debug", ""), Output("error")),
            (("debug", ""), ("log-level", "error"), Output("debug")),
            (("debug", ""), ("log-level", "trace"), Output("debug")),
            (("log-level", "trace"), ("quiet", ""), Output("trace")),
        ],
    )
    def test_where_two_exclude_each_other(
        self,
        stronger: str,
        weaker: str,
        one: tuple[str, str],
        other: tuple[str, str],
        output: Output,
        configuration: Configuration,
        asked: Asked,
    ) -> None:
        args = _arrange(configuration, {stronger: one, weaker: other})
        assert asked(*args).output == output

    def test_and_takes_along_what_needs_the_loser(
        self, stronger: str, weaker: str, configuration: Configuration, asked: Asked
    ) -> None:
        args = _arrange(configuration, {stronger: ("disable-tls", ""), weaker: ("anonymous-tls", "")})
        if weaker == "environment":
            configuration.variable("MIN_DAYS", "3")
        elif weaker == "node":
            configuration.node("anonymous-tls = true\nmin-days = 3")
        else:
            configuration.default("anonymous-tls = true\nmin-days = 3")
        assert asked(*args).request.tls is None


@pytest.mark.parametrize("place", PLACES)
def test_each_place_beats_what_is_built_in(place: str, configuration: Configuration, asked: Asked) -> None:
    assert asked(*_arrange(configuration, {place: ("call", "X")})).request.negotiation.called_aet == "X"
    assert asked(*_arrange(configuration, {place: ("ipv6", "")})).request.peer.family == "ipv6"
    assert asked(*_arrange(configuration, {place: ("quiet", "")})).output == Output("fatal")


@pytest.mark.parametrize(("stronger", "weaker"), list(combinations(PLACES[1:], 2)))
def test_a_flag_may_be_turned_off_again(
    stronger: str, weaker: str, configuration: Configuration, asked: Asked
) -> None:
    args = _arrange(configuration, {stronger: ("abort", ""), weaker: ("abort", "")})
    assert asked(*args).request.abort is True
    if stronger == "environment":
        configuration.variable("ABORT", "0")
    else:
        configuration.node("abort = false")
    assert asked(*args).request.abort is False


@pytest.mark.parametrize(("base", "dependent"), [(a, b) for a in PLACES for b in PLACES if a != b])
def test_what_needs_another_finds_it_in_any_place(
    base: str, dependent: str, configuration: Configuration, asked: Asked
) -> None:
    args = _arrange(configuration, {base: ("anonymous-tls", ""), dependent: ("system-ca", "")})
    assert asked(*args).request.tls == TlsSettings(system_ca=True)


class TestNode:
    def test_its_address(self, configuration: Configuration, asked: Asked) -> None:
        configuration.node()
        assert asked("pacs").request == EchoRequest(Peer("h", 104))

    def test_everything_it_may_say(
        self, configuration: Configuration, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        configuration.node(
            'call = "YOU"\naetitle = "ME"\ntimeout = 1\nacse-timeout = 2\ndimse-timeout = 3\n'
            "socket-timeout = 0\ndeadline = 4.5\nmax-pdu = 8192\npropose-ts = 2\nipv4 = true\nrepeat = 2\n"
            'enable-tls = ["key.pem", "~/c.pem"]\nadd-cert-file = ["a", "/b"]\nadd-cert-dir = ["d"]\n'
            'profile = "8996"\ncheck-hostname = true\npassword-env = "PW"\nrequest-sni = "x"\ntags = ["t"]\n'
            'cipher = ["TLS_A", "TLS_B"]\nlog-level = "info"'
        )
        monkeypatch.setenv("PW", "secret")
        request, output = asked("pacs")
        folder = configuration.folder
        assert output == Output("info")
        assert (request.peer.family, request.repeat) == ("ipv4", 2)
        negotiation, timeouts = request.negotiation, request.timeouts
        assert (negotiation.called_aet, negotiation.calling_aet, negotiation.max_pdu) == ("YOU", "ME", 8192)
        assert len(negotiation.transfer_syntaxes) == 2
        assert (timeouts.connect, timeouts.acse, timeouts.dimse) == (1, 2, 3)
        assert (timeouts.socket, timeouts.deadline) == (None, 4.5)
        assert request.tls == TlsSettings(
            f"{folder}/key.pem",
            os.path.expanduser("~/c.pem"),
            "secret",
            ca_files=(f"{folder}/a", "/b"),
            ca_directories=(f"{folder}/d",),
            profile="8996",
            ciphers=("TLS_A", "TLS_B"),
            server_name="x",
            check_hostname=True,
        )

    @pytest.mark.parametrize(
        ("args", "tls"),
        [
            ([], TlsSettings("/k", "/c", "x", profile="8996")),
            (["-tls"], None),
            (["+tla"], TlsSettings(profile="8996")),
            (["+pz"], TlsSettings("/k", "/c", "x", profile="bcp195-ex")),
            (["-pw"], TlsSettings("/k", "/c", "", profile="8996")),
            (["+tls", "a", "b"], TlsSettings("a", "b", "x", profile="8996")),
        ],
    )
    def test_a_rival_on_the_command_line_beats_it(
        self, args: list[str], tls: TlsSettings | None, configuration: Configuration, asked: Asked
    ) -> None:
        configuration.node('enable-tls = ["/k", "/c"]\npassword-env = "PW"\nprofile = "8996"')
        configuration.monkeypatch.setenv("PW", "x")
        assert asked(*args, "pacs").request.tls == tls

    @pytest.mark.parametrize(("word", "tls"), [("off", None), ("anonymous", TlsSettings())])
    def test_tls_in_a_word(
        self, word: str, tls: TlsSettings | None, configuration: Configuration, asked: Asked
    ) -> None:
        configuration.node(f'tls = "{word}"')
        assert asked("pacs").request.tls == tls

    def test_the_parameter_may_stand_anywhere(self, configuration: Configuration, asked: Asked) -> None:
        configuration.node(name="a-b_c")
        assert asked("-aec", "X", "a-b_c", "-v").request.peer == Peer("h", 104)
        assert asked("--", "a-b_c").request.peer == Peer("h", 104)

    def test_two_parameters_are_host_and_port(self, configuration: Configuration, asked: Asked) -> None:
        configuration.node('call = "YOU"')
        assert asked("pacs", "1").request == EchoRequest(Peer("pacs", 1))

    def test_another_file(self, configuration: Configuration, asked: Asked, tmp_path: Path) -> None:
        configuration.node('call = "OWN"')
        for name in ("a", "b"):
            (tmp_path / name).write_text(f'[nodes.pacs]\nhost = "{name}"\nport = 1')
        assert asked("--nodes", f"{tmp_path}/a", "pacs").request.peer.host == "a"
        configuration.monkeypatch.setenv("DCMTOOL_NODES", f"{tmp_path}/b")
        assert asked("pacs").request.peer.host == "b"
        assert asked("--nodes", "nowhere", f"--nodes={tmp_path}/a", "pacs").request.peer.host == "a"
        assert asked("h", "104").request == EchoRequest(Peer("h", 104))

    def test_paths_are_relative_to_the_file(
        self, configuration: Configuration, asked: Asked, tmp_path: Path
    ) -> None:
        configuration.monkeypatch.chdir(tmp_path)
        (tmp_path / "n").write_text(
            '[nodes.a]\nhost = "a"\nport = 1\ntls = "anonymous"\nadd-cert-file = ["ca"]'
        )
        tls = asked("--nodes", "n", "a").request.tls
        assert tls is not None
        assert tls.ca_files == ("ca",)

    def test_help_looks_at_no_file(
        self, configuration: Configuration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path(configuration.defaults).write_text("[")
        for args in (["-h"], ["pacs", "--version"], ["+cc"], ["+ph", "pacs"]):
            assert main(["echo", *args]) == 0
        assert capsys.readouterr().err == ""

    def test_it_is_called(
        self, configuration: Configuration, pynetdicom_scp: Scp, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = f'[nodes.pacs]\nhost = "127.0.0.1"\nport = {pynetdicom_scp.port}\ncall = "X"\nrepeat = 2\n'
        Path(configuration.nodes).write_text(text)
        assert main(["echo", "pacs"]) == 0
        assert capsys.readouterr() == ("", "")
        assert len(pynetdicom_scp.echoes) == 2


class TestUnknownNode:
    def test_its_like_are_named(
        self, configuration: Configuration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configuration.node()
        sentence = f"there is no node 'pcas' in {configuration.nodes} (did you mean pacs?)"
        assert refusal(["echo", "pcas"], capsys) == (1, f"Error: Missing parameter port: {sentence}")
        sentence = f"there is no node '\\x1b' in {configuration.nodes}"
        assert refusal(["echo", "\x1b"], capsys) == (1, f"Error: Missing parameter port: {sentence}")

    def test_without_a_file(self, configuration: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
        sentence = f"there is no node 'pacs', as there is no file {configuration.nodes}"
        assert refusal(["echo", "pacs"], capsys) == (1, f"Error: Missing parameter port: {sentence}")


NOT_A_FILE = [
    ("none", "cannot be read: No such file or directory"),
    (".", "cannot be read: Is a directory"),
    ("loop", "cannot be read: Too many levels of symbolic links"),
    ("binary", "holds a NUL byte, so it is not a text file"),
    ("/dev/zero", "is larger than 4194304 bytes, as no {} is"),
    ("image", "is not UTF-8, as TOML is (byte 0)"),
    ("prose", "is not valid TOML: Expected '=' after a key in a key/value pair (at line 1, column 6)"),
]


@pytest.fixture
def strange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of what is no configuration."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "binary").write_bytes(b"a\0")
    (tmp_path / "image").write_bytes(b"\x89PNG")
    (tmp_path / "prose").write_text("dear nodes")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("path", "reason"), NOT_A_FILE)
def test_a_node_file_that_cannot_be_used(
    path: str, reason: str, strange: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = (20, f"Error: {path}: {reason.format('node file')}")
    assert refusal(["echo", "--nodes", path, "pacs"], capsys) == expected
    assert refusal(["nodes", "list", "--nodes", path], capsys) == expected
    assert refusal(["nodes", "show", "--nodes", path, "x"], capsys) == expected
    if path != "none":
        command = "nodes", "import", path
        assert refusal([*command], capsys)[0] == 20


@pytest.mark.parametrize(("path", "reason"), NOT_A_FILE[1:])
def test_defaults_that_cannot_be_used(
    path: str, reason: str, strange: Path, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(configuration.defaults).symlink_to(strange / path)
    expected = (20, f"Error: {configuration.defaults}: {reason.format('configuration')}")
    assert refusal(["echo", "h", "104"], capsys) == expected
    assert refusal(["echo", "--show-settings"], capsys) == expected


def _in_node(problem: str, configuration: Configuration) -> tuple[int, str]:
    return 20, f"Error: {configuration.at_its_end(configuration.nodes)}: [nodes.pacs] {problem}"


BAD = [
    ('calling = "X"', "calling means nothing here (did you mean aetitle?)"),
    ('"\\u001b" = 1', '"\\u001b" means nothing here'),
    ("verify-cert = 1", "verify-cert means nothing here (did you mean verify-peer-cert?)"),
    ("help = true", "help means nothing here"),
    ('nodes = "f"', "nodes means nothing here"),
    ("show-settings = true", "show-settings means nothing here"),
    ("call = 5", "call should be text, but is 5"),
    ('verbose = "yes"', 'verbose should be true or false, but is "yes"'),
    ("verbose = 1", "verbose should be true or false, but is 1"),
    ('acse-timeout = "5"', 'acse-timeout should be a whole number, at least 1, but is "5"'),
    ("acse-timeout = 0", "acse-timeout should be a whole number, at least 1, but is 0"),
    ("acse-timeout = 1.5", "acse-timeout should be a whole number, at least 1, but is 1.5"),
    ("acse-timeout = true", "acse-timeout should be a whole number, at least 1, but is true"),
    ("deadline = inf", "deadline should be a number, at least 0.001, but is inf"),
    ("deadline = 2026-01-02", "deadline should be a number, at least 0.001, but is 2026-01-02"),
    ("max-pdu = 200000", "max-pdu should be a whole number, 4096 to 131072, but is 200000"),
    (
        'log-level = "loud"',
        'log-level should be one of fatal, error, warn, info, debug, trace, off, all, but is "loud"',
    ),
    ('tls = "on"', 'tls should be one of off, anonymous, but is "on"'),
    ("tls = true", "tls should be one of off, anonymous, but is true"),
    (
        'profile = "x"',
        'profile should be one of 8996, 8996-mod, bcp195-nd, bcp195, bcp195-ex, basic, aes, null, but is "x"',
    ),
    ('enable-tls = "k c"', 'enable-tls should be a list of 2 texts, but is "k c"'),
    ('enable-tls = ["k"]', 'enable-tls should be a list of 2 texts, but is ["k"]'),
    ('add-cert-file = "ca"', 'add-cert-file should be a list of texts, but is "ca"'),
    ("add-cert-file = [1]", "add-cert-file should be a list of texts, but is [1]"),
    ("cipher = [[]]", "cipher should be a list of texts, but is [[]]"),
    ('tls = "off"\ndisable-tls = true', "tls and disable-tls set the same"),
    ('anonymous-tls = true\ntls = "off"', "tls and anonymous-tls exclude each other"),
    ("verbose = true\nquiet = true", "quiet and verbose exclude each other"),
    ('verbose = true\nlog-level = "off"', "log-level and verbose exclude each other"),
]


@pytest.mark.parametrize(("settings", "problem"), BAD)
def test_what_no_node_may_say(
    settings: str, problem: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(settings)
    assert refusal(["echo", "pacs"], capsys) == _in_node(problem, configuration)


def test_a_secret_is_said_to_have_its_own_places(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = "use-passwd is a secret, which has no place in this file: use password-env"
    configuration.node('use-passwd = "x"')
    assert refusal(["echo", "pacs"], capsys) == _in_node(problem, configuration)
    configuration.default('use-passwd = "x"')
    place = configuration.at_its_end(configuration.defaults)
    expected = f"Error: {place}: [defaults.echo] {problem} or password-file"
    assert refusal(["echo", "h", "104"], capsys) == (20, expected)


def test_a_logging_configuration_of_the_defaults(configuration: Configuration, asked: Asked) -> None:
    configuration.default('log-config = "log.toml"\ntrace-file = "t"')
    folder = configuration.folder
    assert asked("h", "104").output == Output("warn", f"{folder}/log.toml", trace_file=f"{folder}/t")
    assert asked("-ll", "error", "h", "104").output == Output("error", trace_file=f"{folder}/t")


@pytest.mark.parametrize(("settings", "problem"), BAD)
def test_what_no_defaults_may_say(
    settings: str, problem: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.default(settings)
    expected = (20, f"Error: {configuration.at_its_end(configuration.defaults)}: [defaults.echo] {problem}")
    assert refusal(["echo", "h", "104"], capsys) == expected


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ('add-cert-file = ["x"]', "add-cert-file only allowed with enable-tls or anonymous-tls"),
        (
            'call = "12345678901234567"',
            "call: called AE title '12345678901234567' has 17 characters: "
            "an AE title has at most 16 (PS3.5 6.2, VR AE)",
        ),
        (
            'enable-tls = ["k", "c"]\npassword-env = "NOT_THERE"',
            "password-env: environment variable 'NOT_THERE' is not set",
        ),
        (
            "[nodes.pacs.example]",
            'example is a table: a name with a dot needs quotes, such as [nodes."pacs.example"]',
        ),
    ],
)
def test_what_does_not_go_together_in_a_node(
    settings: str, problem: str, configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.node(settings)
    assert refusal(["echo", "pacs"], capsys) == _in_node(problem, configuration)


def test_a_default_that_needs_another_option_waits_for_it(configuration: Configuration, asked: Asked) -> None:
    configuration.default('add-cert-file = ["ca.pem"]\npassword-file = "none"')
    assert asked("h", "1").request.tls is None
    ca_files = (f"{configuration.folder}/ca.pem",)
    assert asked("+tla", "h", "1").request.tls == TlsSettings(ca_files=ca_files)


def test_defaults_serve_what_is_done_in_place_of_the_run(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration.default('add-cert-file = ["none.pem"]')
    (configuration.folder / "x").touch()
    code, sentence = refusal(["echo", "+vc", f"{configuration.folder}/x"], capsys)
    assert code == 20
    assert str(configuration.folder) in sentence


def test_the_plain_path_loads_nothing_more(configuration: Configuration, pynetdicom_scp: Scp) -> None:
    """Without a file nothing that reads one is loaded, and with defaults not what finds nodes."""

    def loaded() -> set[str]:
        port = str(pynetdicom_scp.port)
        program = (
            "import sys; from dcmtool.cli.main import main;"
            f"assert main(['echo', '127.0.0.1', '{port}']) == 0; print(*sys.modules)"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return set(run.stdout.split())

    more = {"tomllib", "platformdirs", "json", "csv", "difflib", "dcmtool.config.nodes"}
    more |= {"dcmtool.options.file_values"}
    assert loaded() & more == set()
    configuration.default("timeout = 9")
    assert loaded() & more == {"tomllib", "dcmtool.options.file_values"}
