"""Every option that the documentation names exists, of the command that a line calls where it calls one.

An option that stands alone (`--min-days 30`) is one of dcmtool. Those of other programs stand behind the name
of their program (`openssl verify -CAfile FILE`) and are not looked at.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice, takewhile

import click
import pytest
from markdown_it.token import Token

from dcmtool.cli.group import cli
from tests import markdown

_LONG = r"--[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*"
SPELLED = re.compile(rf"(?<![^\s(\[])(?:{_LONG}|[-+][a-z][a-z0-9]*(?![a-z0-9-]))")
IN_PROSE = re.compile(rf"(?<![\w-]){_LONG}")
OF_OTHERS = {"greet"}  # the example of a command from another package
FOR_ANY = {"--option", "--long"}  # stand for whichever option one likes
PROGRAM = re.compile(r"(?:.*/)?dcmtool(?:\.pyz)?")


def _walk(
    command: click.Command, path: tuple[str, ...] = (), parent: click.Context | None = None
) -> Iterator[tuple[tuple[str, ...], dict[str, int]]]:
    context = click.Context(command, parent, **command.context_settings)
    yield (
        path,
        {
            spelling: 0 if param.is_flag or param.count else param.nargs
            for param in command.get_params(context)
            if isinstance(param, click.Option)
            for spelling in (*param.opts, *param.secondary_opts)
        },
    )
    group = command if isinstance(command, click.Group) else click.Group()
    for name in group.list_commands(context):
        if found := group.get_command(context, name):
            yield from _walk(found, (*path, name), context)


# Each command by its path, with the spellings of its options and the number of values that they take.
COMMANDS = dict(_walk(cli))
ALL = {spelling: values for arities in COMMANDS.values() for spelling, values in arities.items()}


def test_the_table_has_options_and_commands() -> None:
    assert COMMANDS["echo",]["+tls"] == 2
    assert COMMANDS["nodes", "list"]["--tag"] == 1
    assert "--version" in COMMANDS[()]
    assert "--version" not in COMMANDS["nodes", "list"]


def unknown(spellings: Iterable[str], known: Collection[str] = ALL) -> list[str]:
    """Return what is no option; one that ends in a dash stands for all that begin so."""
    return [
        word
        for word in spellings
        if not (word in known or word in FOR_ANY or (word.endswith("-") and word in _beginnings(known)))
    ]


def _beginnings(known: Iterable[str]) -> set[str]:
    return {spelling[: place + 1] for spelling in known for place, sign in enumerate(spelling) if sign == "-"}


def call(line: str) -> list[str] | None:
    """Return the words after the name of the program, where a line of a shell, YAML or the like calls it."""
    words = re.sub(r"""["'`,()[\]]""", " ", line.removeprefix("$ ")).split()
    for place, word in enumerate(words):
        rest = words[place + 1 :]
        if PROGRAM.fullmatch(word) and (place == 0 or (*rest[:1],) in COMMANDS.keys() - {()}):
            return list(takewhile(lambda each: each[0] not in "|;&<>#", rest))
    return None


def wrong_options(words: list[str], known: Mapping[str, int] = ALL) -> list[str]:
    """Return what is no option; their values are passed over, which may begin with a dash."""
    wrong = []
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if SPELLED.fullmatch(name):
            wrong += unknown([name], known)
            deque(islice(rest, 0 if equals else known.get(name, 0)), maxlen=0)
    return wrong


def wrong_in_call(words: list[str]) -> list[str]:
    """Return what is no command, or no option of the one that is called."""
    if words[:1] == ["help"]:  # then the words of a command
        words = words[1:]
    depth = 0
    while depth < len(words) and tuple(words[: depth + 1]) in COMMANDS:
        depth += 1
    known = COMMANDS[tuple(words[:depth])]
    unheard_of = [
        word for word in words[:1] if depth == 0 and re.fullmatch("[a-z]+", word) and word not in OF_OTHERS
    ]
    return unheard_of + wrong_options(words[depth:], known)


def wrong_in_block(text: str, answered: bool) -> list[str]:
    """Return the same of a block of code: of calls, what is remarked behind them, and what they answer."""
    wrong, ours = [], False
    for line in text.replace("\\\n", " ").splitlines():
        words = call(line)
        if words is not None or line.startswith("$ "):
            ours = words is not None
        wrong += wrong_in_call(words or [])
        if ours and answered:
            wrong += unknown(SPELLED.findall(line if words is None else line.partition(" # ")[2]))
    return wrong


def wrong_in(token: Token) -> list[str]:
    """Return what a part of a page names that does not exist."""
    if token.type == "text":
        return unknown(IN_PROSE.findall(token.content))
    if token.type in ("fence", "code_block"):
        return wrong_in_block(token.content, token.info == "console")
    if token.type != "code_inline":
        return []
    if (words := call(token.content)) is not None:
        return wrong_in_call(words)
    return wrong_options(token.content.split()) if SPELLED.match(token.content) else []


@pytest.mark.parametrize("name", markdown.NAMES)
def test_every_option_exists(name: str) -> None:
    assert [wrong for token in markdown.tokens_of(markdown.ROOT / name) for wrong in wrong_in(token)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("as `--min-days 30` and --min-days", "`-q -v`", "`-aet -foo`", "`--profile-`", "`--option=value`"),
        *("well-known -- or -so", "`openssl verify -CAfile x --none`", "`-o-`", "`dcmtool dict lookup -h`"),
        *(
            "`dcmtool nodes list --tag=x`",
            "`dcmtool --version`",
            "`dcmtool ec<TAB>`",
            "`dcmtool COMMAND --help`",
        ),
        "```console\n$ dcmtool echo +pw --none -aet -x p # or --call\nF: -aec\n$ jq --none\n{--none}\n```",
        "```yaml\ncommand: [dcmtool, echo, --call, X]\nother: --none\n```",
        "```python\nimport dcmtool\n```",
    ],
)
def test_what_is_in_order(text: str) -> None:
    assert [wrong for token in markdown.tokens(text) for wrong in wrong_in(token)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("by --none", ["--none"]),
        ("by `--none` or `-q -none`", ["--none", "-none"]),
        ("`--none-`", ["--none-"]),
        ("`dcmtool echo --tag x`", ["--tag"]),
        ("`dcmtool nodes list -v --none=1`", ["-v", "--none"]),
        ("`dcmtool none`", ["none"]),
        ("`exec /usr/bin/dcmtool echo -none`", ["-none"]),
        ("    dcmtool echo -none\n", ["-none"]),
        (
            "```console\n$ dcmtool echo a \\\n  -none # or --nothing\nF: give -any\n```",
            ["-none", "--nothing", "-any"],
        ),
        ('```yaml\ncommand: ["dcmtool", "echo", "--none", "X"]\n```', ["--none"]),
        ("```ini\nExecStart=/usr/bin/env dcmtool echo --none p\n```", ["--none"]),
        ("| a |\n|---|\n| `+none` |", ["+none"]),
    ],
)
def test_what_is_not(text: str, wrong: list[str]) -> None:
    assert [each for token in markdown.tokens(text) for each in wrong_in(token)] == wrong
