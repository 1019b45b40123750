"""Write the images of the README: runs with fixed times, as a terminal shows them; `make docs` runs this."""

import io
import re
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from dcmtool.trace.levels import Level
from dcmtool.trace.terminal import Terminal
from tests.trace.scenes import NOW, SCENES

FOLDER = Path(__file__).parent / "img"
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


def svg(name: str) -> str:
    """Return an image; it is the same every time."""
    image = IMAGES[name]
    console = Console(
        file=io.StringIO(),
        width=COLUMNS,
        force_terminal=True,
        color_system="standard",
        no_color=False,
        legacy_windows=False,
        record=True,
    )
    terminal = Terminal(console, image.level, lambda: NOW)
    for record in SCENES[image.scene]().records:
        terminal.show(record)
    drawn = console.export_svg(title=f"$ {image.command}", unique_id=name.removesuffix(".svg"))
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # which are elsewhere on the network
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


if __name__ == "__main__":
    from docs.folders import write

    write(FOLDER, {name: svg(name) for name in IMAGES})
