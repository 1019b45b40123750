"""Write docs/commands: a page a command, made of the commands' own help; `make docs` runs this."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools import surroundings
from tools.command_model import Page, Row, Section, program
from tools.markdown import capital, code, table
from tools.prose import runs, sentence

FOLDER = Path(__file__).parents[1] / "docs" / "commands"
MADE = "<!-- Made of the program's own help by `make docs`. -->"


def pages() -> dict[str, str]:
    """Return the pages by the names of their files: the program, and each command with all below it."""
    whole = program()
    made = {"dcmtool.md": _page([whole], ["", *_list_of_commands(whole)])}
    for command in whole.commands:
        made[f"{command.words[-1]}.md"] = _page(command.all(), ["", "[All commands](dcmtool.md)"])
    return made


def _page(commands: Iterable[Page], end: Sequence[str]) -> str:
    first, *below = commands
    lines = [MADE, *_command(first, "#")]
    for each in below:
        lines += _command(each, "##")
    return "\n".join([*lines, *_surroundings([first, *below]), *end]) + "\n"


def _list_of_commands(whole: Page) -> Iterator[str]:
    yield "## Commands"
    yield from table(
        ("command", "what it does"),
        (
            (f"[{code(each.name)}]({command.words[-1]}.md{_anchor(each)})", _text(each.summary))
            for command in whole.commands
            for each in command.all()
        ),
    )


def _anchor(page: Page) -> str:
    return f"#{'-'.join(page.words)}" if len(page.words) > 2 else ""


def _command(page: Page, mark: str) -> Iterator[str]:
    yield from ("", f"{mark} {page.name}", "", f"```\n{page.usage}\n```")
    for paragraph in page.text:
        yield from ("", _text(paragraph))
    if page.commands and len(page.words) > 1:
        links = ((f"[{code(each.name)}]({_anchor(each)})", _text(each.summary)) for each in page.commands)
        yield from table(("command", "what it does"), links)
    heading = ""
    for section in page.sections:
        if section.heading != heading:
            heading = section.heading
            yield from ("", f"{mark}# {capital(heading)}")
        yield from _options(section, f"{mark}##")
    for paragraph in page.epilog:
        yield from ("", _text(paragraph))
    if page.examples:
        yield from ("", f"{mark}# Examples")
        yield from table(
            ("line to type", "what it does"), ((code(line), text) for line, text in page.examples)
        )


def _options(section: Section, mark: str) -> Iterator[str]:
    if section.subheading:
        yield from ("", f"{mark} {capital(section.subheading)}")
    limited = any(row.limits for row in section.rows)
    titles = ("parameter" if section.heading == "parameters" else "option", "what it does", "value")
    columns = 3 if limited else 2
    yield from table(titles[:columns], (_cells(row)[:columns] for row in section.rows))
    for rule in section.rules:
        yield from ("", _text(sentence(rule)))


def _cells(row: Row) -> tuple[str, str, str]:
    *first, last = row.spellings
    spelled = ", ".join(map(code, [*first, f"{last} {row.value}".strip()]))
    return spelled, _text("; ".join([row.text, *row.rules])), _text(row.limits)


def _surroundings(commands: Sequence[Page]) -> Iterator[str]:
    """Yield what stands once a page, for all of its commands together."""
    for title, column, things in (
        ("Environment", "variable", surroundings.environment),
        ("Files", "file", surroundings.files),
    ):
        rows = dict.fromkeys(row for page in commands for row in things(page))
        if rows:
            yield from ("", f"## {title}")
            yield from table((column, "what it is for"), ((code(name), _text(text)) for name, text in rows))
    yield from ("", "## Exit codes")
    codes = surroundings.exit_codes(commands[0]).items()
    yield from table(("code", "meaning"), ((str(code), _text(text)) for code, text in codes))
    if other := surroundings.other_exit_codes(commands[0]):
        yield from ("", _text(other))


def _text(text: str) -> str:
    """Return a text of the help as Markdown, in which nothing but what is typed stands out."""
    return "".join(
        code(run.text) if run.typed else re.sub(r"([\\*_<\[\]|`])", r"\\\1", run.text) for run in runs(text)
    )


if __name__ == "__main__":
    from tools.folders import write

    write(FOLDER, pages())
