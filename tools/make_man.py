"""Write docs/man: a man page a command, made of the commands' own help; `make docs` runs this.

click-man gives no sections, exit codes or variables, and finds no command that is loaded by name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from dcmtool import __version__
from tools import surroundings
from tools.command_model import Page, Row, Section, program
from tools.prose import runs, sentence

FOLDER = Path(__file__).parents[1] / "docs" / "man"
MADE = r'.\" Made of the program\(aqs own help by "make docs".'
ELSEWHERE = {"dcmtool echo": ("echoscu(1)",)}  # pages of others that a reader may want


def pages() -> dict[str, str]:
    """Return the man pages by the names of their files; they are the same every day."""
    whole = program()
    every = list(whole.all())
    return {f"{_file(each.words)}.1": "\n".join(_page(each, every)) + "\n" for each in every}


def _file(words: Sequence[str]) -> str:
    return "-".join(words)


def _page(page: Page, every: Sequence[Page]) -> Iterator[str]:
    yield MADE
    yield f'.TH {_file(page.words).upper()} 1 "" "dcmtool {__version__}" "dcmtool manual"'
    yield ".nh"  # a hyphen at the end of a line would look as if it were part of an option
    yield from (".SH NAME", rf"{_typed(_file(page.words))} \-", *_filled(page.summary.removesuffix(".")))
    yield from (".SH SYNOPSIS", _synopsis(page))
    yield from (".SH DESCRIPTION", *_paragraphs(page.text))
    if page.commands:
        yield ".SH COMMANDS"
        for each in page.commands:
            yield from _tagged(_reference(each.words), each.summary)
    yield from _options(page)
    yield from (".SH NOTES", *_paragraphs(page.epilog)) if page.epilog else ()
    yield from _things("EXAMPLES", page.examples)
    yield from _things("ENVIRONMENT", surroundings.environment(page))
    yield from _things("FILES", surroundings.files(page))
    codes = surroundings.exit_codes(page).items()
    yield from _things("EXIT STATUS", ((str(code), text) for code, text in codes))
    if other := surroundings.other_exit_codes(page):
        yield from (".PP", *_paragraphs([other]))
    yield from (".SH SEE ALSO", ",\n".join(_see_also(page, every)))


def _synopsis(page: Page) -> str:
    pieces = page.usage.removeprefix(page.name).split()
    return " ".join([rf"\fB{_typed(page.name)}\fR", *(rf"\fI{_plain(piece)}\fR" for piece in pieces)])


def _options(page: Page) -> Iterator[str]:
    heading = ""
    for section in page.sections:
        if section.heading != heading:
            heading = section.heading
            yield f'.SH "{_plain(heading.upper())}"'
        if section.subheading:
            yield f'.SS "{_plain(section.subheading[:1].upper() + section.subheading[1:])}"'
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    for row in section.rows:
        limits = f" [{row.limits}]" if row.limits else ""
        yield from _tagged(_tag(row), "; ".join([row.text, *row.rules]) + limits)
    if section.rules:
        yield from (".PP", *_filled(" ".join(map(sentence, section.rules))))


def _tag(row: Row) -> str:
    spelled = ", ".join(rf"\fB{_typed(spelling)}\fR" for spelling in row.spellings)
    return rf"{spelled} \fI{_plain(row.value)}\fR" if row.value else spelled


def _things(title: str, things: Iterable[tuple[str, str]]) -> Iterator[str]:
    listed = list(things)
    if listed:
        yield f'.SH "{title}"'
        for name, text in listed:
            yield from _tagged(rf"\fB{_typed(name)}\fR", text)


def _see_also(page: Page, every: Sequence[Page]) -> list[str]:
    """Return the command above, those beside and those below."""
    above = page.words[:-1]
    near = [each for each in every if each.words == above or each.words[:-1] in (above, page.words)]
    return [*(_reference(each.words) for each in near if each is not page), *ELSEWHERE.get(page.name, ())]


def _reference(words: Sequence[str]) -> str:
    return rf"\fB{_typed(_file(words))}\fR(1)"


def _tagged(tag: str, text: str) -> Iterator[str]:
    yield from (".TP", tag, *_filled(text))


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number:
            yield ".PP"
        yield from _filled(text)


def _filled(text: str) -> Iterator[str]:
    """Yield lines of roff source; one that begins with a full stop or an apostrophe would be a request."""
    marked = "".join(rf"\fB{_typed(run.text)}\fR" if run.typed else _plain(run.text) for run in runs(text))
    for line in wrap(marked, 78, break_long_words=False, break_on_hyphens=False):
        yield rf"\&{line}" if line.startswith((".", "'")) else line


def _plain(text: str) -> str:
    return re.sub(r"[\\`^~]|-(?=[0-9])", _escape, text)


def _typed(text: str) -> str:
    """Return what is to be typed as it is: roff would make typographical signs of some of it."""
    return re.sub(r"[\\`^~'-]", _escape, text)


def _escape(found: re.Match[str]) -> str:
    return {"\\": r"\e", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", "'": r"\(aq", "-": r"\-"}[found[0]]


if __name__ == "__main__":
    from tools.folders import write

    write(FOLDER, pages())
