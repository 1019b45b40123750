"""Write the images of README and guide: runs with fixed times, on a terminal; `make docs` runs this."""

import io
import re
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.trace.levels import Level
from dcmtool.trace.terminal import Terminal
from tests.trace.scenes import NOW, SCENES
from tools import diagnosis_picture, sweep_picture

FOLDER = Path(__file__).parents[1] / "docs" / "img"
COLUMNS = 92


class Image(NamedTuple):
    """A scene at a level, and the command line that stands above it."""

    scene: str
    level: Level
    command: str


IMAGES = {
    "success.svg": Image("success", Level.DEBUG, "dcmtool echo -d pacs 104"),
    "rejection.svg": Image("rejection", Level.INFO, "dcmtool echo -v pacs 104"),
    "tls-failure.svg": Image(
        "wrong-host", Level.DEBUG, "dcmtool echo -d +tla +cf ca.pem --check-hostname pacs 104"
    ),
    "trace.svg": Image("timeout", Level.TRACE, "dcmtool echo -ll trace pacs 104"),
}


PICTURES = {"diagnosis.svg": diagnosis_picture, "sweep.svg": sweep_picture}
NAMES = (*IMAGES, *PICTURES)


def svg(name: str) -> str:
    """Return an image; it is the same every time."""
    console = Console(
        file=io.StringIO(),
        width=COLUMNS,
        force_terminal=True,
        color_system="standard",
        no_color=False,
        legacy_windows=False,
        record=True,
    )
    if name in PICTURES:
        command = PICTURES[name].COMMAND
        console.print(Text.from_ansi(PICTURES[name].drawn(COLUMNS)))
    else:
        image = IMAGES[name]
        command = image.command
        terminal = Terminal(console, image.level, lambda: NOW, words=COMMAND_LINE)
        for event in SCENES[image.scene]().events:
            terminal.show(event)
    drawn = console.export_svg(title=f"$ {command}", unique_id=name.removesuffix(".svg"))
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # which are elsewhere on the network
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


if __name__ == "__main__":
    from tools.folders import write

    write(FOLDER, {name: svg(name) for name in NAMES})
