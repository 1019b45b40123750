"""The pages and the man pages of the commands are made of the code, all of it, and nothing is left over."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dcmtool.cli.exit_codes import MEANINGS, VERIFYING
from dcmtool.cli.group import COMMANDS, cli
from tests.peers.programs import ROOT, require
from tools import folders, make_man, make_pages, surroundings
from tools.command_model import Page, Row, page_of, program, spelled
from tools.prose import runs, sentence

PAGES, MAN = make_pages.pages(), make_man.pages()
EVERY = {page.name: page for page in program().all()}


def _commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    yield command, ctx
    if isinstance(command, click.Group):
        for name in COMMANDS if command is cli else command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from _commands(below, click.Context(below, parent=ctx, info_name=name))


CLICK = {
    ctx.command_path: (command, ctx) for command, ctx in _commands(cli, click.Context(cli, None, "dcmtool"))
}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_what_the_code_gives(name: str) -> None:
    assert (make_pages.FOLDER / name).read_text(encoding="utf-8") == PAGES[name], "run `make docs`"


@pytest.mark.parametrize("name", MAN)
def test_man_page_is_what_the_code_gives(name: str) -> None:
    assert (make_man.FOLDER / name).read_text(encoding="utf-8") == MAN[name], "run `make docs`"


@pytest.mark.parametrize(("folder", "made"), [(make_pages.FOLDER, PAGES), (make_man.FOLDER, MAN)])
def test_none_is_left_over(folder: Path, made: dict[str, str]) -> None:
    assert {path.name for path in folder.iterdir()} == made.keys(), "run `make docs`"


def test_every_command_has_its_pages() -> None:
    assert EVERY.keys() == CLICK.keys()
    assert PAGES.keys() == {"dcmtool.md", *(f"{name}.md" for name in COMMANDS)}
    assert MAN.keys() == {f"{name.replace(' ', '-')}.1" for name in CLICK}


@pytest.mark.parametrize("name", EVERY)
def test_every_option_is_on_them_with_all_its_spellings(name: str) -> None:
    command, ctx = CLICK[name]
    options = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    rows = {row.spellings: row for section in EVERY[name].sections for row in section.rows}
    man = MAN[f"{name.replace(' ', '-')}.1"].replace(r"\-", "-")
    page = PAGES[f"{name.split()[min(1, name.count(' '))]}.md"]
    for option in options:
        row = rows.pop(spelled(option))
        assert option.help
        assert row.text == option.help.removesuffix(".")
        assert ", ".join(rf"\fB{spelling}\fR" for spelling in row.spellings) in man
        assert f"{', '.join(f'`{spelling}`' for spelling in row.spellings)}"[:-1] in page
    assert all(not spelling.startswith(("-", "+")) for spellings in rows for spelling in spellings)


def _row(name: str, spelling: str) -> Row:
    return next(row for section in EVERY[name].sections for row in section.rows if spelling in row.spellings)


@pytest.mark.parametrize(
    ("spelling", "value", "limits", "rules"),
    [
        ("-pts", "NUMBER", "1 to 53; default: 1", ()),
        ("+tls", "KEY CERT", "", ()),
        ("-py", "", "", None),
        ("+py", "", "default", ()),
        ("+pz", "", "", ("not with --cipher",)),
        ("+cs", "NAME", "", ("not with --profile-bcp195-ex", "may be given more than once")),
        ("+ws", "", "", ("only with --seed",)),
        ("--verbose", "", "", ("not with --log-level or --log-config",)),
        ("--nodes", "FILE", "default: nodes.toml in the user's configuration folder", ()),
    ],
)
def test_what_holds_for_an_option(
    spelling: str, value: str, limits: str, rules: tuple[str, ...] | None
) -> None:
    if rules is None:
        with pytest.raises(StopIteration):
            _row("dcmtool echo", spelling)
        return
    row = _row("dcmtool echo", spelling)
    assert (row.value, row.limits, row.rules) == (value, limits, rules)


def test_options_and_commands_of_clicks_own() -> None:
    @click.group(context_settings={"auto_envvar_prefix": "TOOL"})
    @click.option("--hidden", hidden=True, is_flag=True)
    @click.option("--fast/--no-fast", "-f/-F", help="Be fast.")
    @click.option(
        "--wait", type=int, metavar="NUMBER", default=0, show_default=True, required=True, help="Wait."
    )
    def tool() -> None:
        """Do things. There are many."""

    @tool.command(hidden=True)
    def secret() -> None:
        """Do one."""

    page = page_of(tool, "tool")
    assert (page.commands, page.summary) == ((), "Do things. There are many.")
    ((fast, wait, _),) = (section.rows for section in page.sections)
    assert fast == Row(("-f", "-F", "--fast", "--no-fast"), "", "Be fast")
    assert wait == Row(("--wait",), "NUMBER", "Wait", "required; default: 0")
    assert [name for name, _ in page.variables] == ["TOOL_NAME"]


def test_what_holds_for_a_section_is_said_once() -> None:
    rules = {section.subheading: section.rules for section in EVERY["dcmtool echo"].sections}
    secured = "only with --enable-tls or --anonymous-tls"
    assert rules["application entity titles"] == ()
    assert rules["IP protocol version"] == ("of --ipv4, --ipv6 and --ip-auto the rightmost counts",)
    assert rules["ciphersuite"] == (f"all but --list-ciphers {secured}",)
    assert rules["key and certificate file format"] == (
        "only with --enable-tls, --anonymous-tls, --verify-cert or --is-root-cert",
        "of --pem-keys and --der-keys the rightmost counts",
    )
    assert rules["pseudo random generator"] == (
        secured,
        "of --write-seed and --write-seed-file the rightmost counts",
    )


def test_sections_stand_in_the_order_of_the_help() -> None:
    command, ctx = CLICK["dcmtool echo"]
    shown = command.get_help(ctx)
    places = [
        re.search(f"^ *{re.escape(section.subheading or section.heading)}:$", shown, re.MULTILINE)
        for section in EVERY["dcmtool echo"].sections
    ]
    starts = [place.start() for place in places if place]
    assert len(starts) == len(places)
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("dcmtool", []),
        ("dcmtool echo", ["DCMTOOL_ECHO_NAME", "DCMTOOL_NODES"]),
        ("dcmtool nodes list", ["DCMTOOL_NODES_LIST_NAME", "DCMTOOL_NODES", "DCMTOOL_NODES_LIST_TAGS"]),
        ("dcmtool completion install", ["DCMTOOL_COMPLETION_INSTALL_SHELLS"]),
    ],
)
def test_variables_of_options(name: str, variables: list[str]) -> None:
    assert [variable for variable, _ in EVERY[name].variables] == variables


def test_the_variable_of_an_option_sets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dcmtool.cli.main import main

    nodes = tmp_path / "nodes.toml"
    nodes.write_text("[nodes.a]\nhost = 'h'\nport = 104\ntags = ['x']\n[nodes.b]\nhost = 'h'\nport = 104\n")
    monkeypatch.setenv("DCMTOOL_NODES", str(nodes))
    monkeypatch.setenv("DCMTOOL_NODES_LIST_TAGS", "x")
    monkeypatch.setenv("DCMTOOL_NODES_LIST_OUTPUT", "json")
    assert main(["nodes", "list"]) == 0
    assert re.findall('"name": "(.)"', capsys.readouterr().out) == ["a"]


def test_variables_of_others_are_those_that_the_code_reads() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dcmtool").rglob("*.py"))
    told = {thing.name for thing in surroundings.VARIABLES}
    read = set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', sources))
    assert read - told == {"COMP_WORDS", "COMP_WORD"}  # Click's, our scripts'
    assert [name for name in told if f'"{name}"' not in sources] == []


def test_surroundings_are_those_of_commands_that_exist() -> None:
    things = [*surroundings.VARIABLES, *surroundings.FILES]
    named = {command for thing in things for command in thing.commands}
    assert named | {*VERIFYING, *make_man.ELSEWHERE} <= EVERY.keys()


def test_exit_codes_are_those_of_the_table() -> None:
    assert surroundings.exit_codes(EVERY["dcmtool echo"]) == MEANINGS
    assert surroundings.exit_codes(EVERY["dcmtool nodes list"]).keys() == {0, 1, 20, 40, 130}
    assert PAGES["echo.md"].count("\n| 61 | the association was rejected, or had no answer") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see 'dcmtool nodes --help'.", [("see ", False), ("dcmtool nodes --help", True), (".", False)]),
        ("`openssl rehash` gives", [("openssl rehash", True), (" gives", False)]),
        (
            "as A_B=KEY or DCMTOOL_ECHO_CALL=X:Y.",
            [("as A_B=KEY or ", False), ("DCMTOOL_ECHO_CALL=X:Y", True), (".", False)],
        ),
        ("the peer's -1 and x--y", [("the peer's -1 and x--y", False)]),
    ],
)
def test_what_is_typed_stands_out(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [tuple(run) for run in runs(text)] == expected


def test_sentences() -> None:
    assert sentence("only this") == "Only this."
    assert sentence("--this alone.") == "--this alone."


def test_a_page_does_not_depend_on_terminal_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    monkeypatch.setenv("DCMTOOL_ECHO_CALL", "OTHER")
    assert (make_pages.pages(), make_man.pages()) == (PAGES, MAN)


def _lint(*options: str, text: str) -> list[str]:
    done = subprocess.run(
        [require("/usr/bin/mandoc"), *options, "-Tlint"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if "missing date" not in line]  # they have none


@pytest.mark.parametrize("name", MAN)
def test_man_page_is_sound_roff(name: str) -> None:
    assert _lint(text=MAN[name]) == []


def test_what_the_linter_is_to_find_it_finds() -> None:
    assert _lint(text=MAN["dcmtool.1"] + ".XX\n") != []


def test_man_page_as_it_is_read() -> None:
    done = subprocess.run(
        [require("/usr/bin/mandoc"), "-Tascii", "-O", "width=100"],
        input=MAN["dcmtool-echo.1"],
        capture_output=True,
        text=True,
        check=True,
    )
    shown = re.sub(".\b", "", done.stdout)
    assert "\n       -aet, --aetitle TITLE\n              AE title to call from [default: ECHOSCU]\n" in shown
    assert "\n       +tls, --enable-tls KEY CERT\n" in shown
    assert "\n       DCMTOOL_NODES\n              --nodes\n" in shown
    assert "\n       130    interrupted\n" in shown
    assert "\n       dcmtool(1), dcmtool-diagnose(1), dcmtool-explain(1), dcmtool-sweep(1)," in shown


def test_the_file_names_of_pages_follow_their_commands() -> None:
    page: Page = EVERY["dcmtool nodes list"]
    assert page.words == ("dcmtool", "nodes", "list")
    assert "## dcmtool nodes list\n" in PAGES["nodes.md"]
    assert "(nodes.md#dcmtool-nodes-list)" in PAGES["dcmtool.md"]


def test_writing_a_folder_takes_away_what_is_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old.md").write_text("old")
    folders.write(tmp_path / "made", {"new.md": "new"})
    assert [path.read_text() for path in (tmp_path / "made").iterdir()] == ["new"]
    assert capsys.readouterr().out == "made/new.md\n"
