"""Whole outputs of the renderers; `python -m tests.trace.snapshots` writes the files that the tests compare.

In the files an SGR sequence (a colour) is shown as its numbers between angle quotation marks.
"""

import io
import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.events import Event
from dcmtool.trace.levels import Level
from dcmtool.trace.plain import lines
from dcmtool.trace.terminal import Terminal
from tests.trace.scenes import NOW, REJECTIONS, SCENES, UNDEFINED_REJECTIONS, rejection
from tests.verification.playbook import Playbook

FOLDER = Path(__file__).parent / "snapshots"
SGR = re.compile(r"\x1b\[([0-9;]*)m")


def rendered(shown: Iterable[Event], level: Level, width: int, *, coloured: bool = True) -> str:
    """Return events as a terminal of this width is sent them."""
    file = io.StringIO()
    color_system = "standard" if coloured else None
    console = Console(
        file=file,
        width=width,
        force_terminal=True,
        color_system=color_system,  # type: ignore[arg-type]
        no_color=False,
        legacy_windows=False,
    )
    terminal = Terminal(console, level, lambda: NOW, words=COMMAND_LINE)
    for event in shown:
        terminal.show(event)
    return file.getvalue()


def visible(text: str) -> str:
    """Return text with its SGR sequences as they are in the files."""
    return SGR.sub("\u00ab\\1\u00bb", text)


def _plain(play: Playbook, level: Level) -> str:
    said = [
        str(line)
        for event in play.events
        for line in lines(event, now=lambda: NOW, words=COMMAND_LINE)
        if line.level >= level
    ]
    return "".join(f"{line}\n" for line in said)


def _section(title: str, text: str) -> str:
    return f"---- {title} ----\n{text}"


def of_scene(name: str) -> str:
    """Return everything that the renderers make of a scene."""
    play = SCENES[name]()
    text = (
        _section("plain, -v", _plain(play, Level.INFO))
        + _section("plain, -d", _plain(play, Level.DEBUG))
        + _section("-v, 80 columns, coloured", visible(rendered(play.events, Level.INFO, 80)))
        + _section("-d, 80 columns, coloured", visible(rendered(play.events, Level.DEBUG, 80)))
        + _section("-d, 200 columns", rendered(play.events, Level.DEBUG, 200, coloured=False))
    )
    if name in ("success", "timeout"):
        for width in (80, 200):
            trace = rendered(play.events, Level.TRACE, width, coloured=False)
            text += _section(f"-ll trace, {width} columns", trace)
    return text


def of_rejections() -> str:
    """Return what the renderers make of every rejection that PS3.8 9.3.4 has, and of some that it has not."""
    text = ""
    for numbers in (*REJECTIONS, *UNDEFINED_REJECTIONS):
        play = rejection(*numbers)
        text += _section(f"{numbers}, plain", _plain(play, Level.INFO))
        text += _section(f"{numbers}, 80 columns", visible(rendered(play.events, Level.INFO, 80)))
    return text


def files() -> dict[str, str]:
    """Return what every file holds."""
    return {**{f"{name}.txt": of_scene(name) for name in SCENES}, "rejections.txt": of_rejections()}


if __name__ == "__main__":
    for file, text in files().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
