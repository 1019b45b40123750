"""The images of README and guide are what the code draws, and each is shown once."""

import re
from pathlib import Path

import pytest

from tools import make_images

ROOT = Path(__file__).parent.parent
PAGES = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *ROOT.glob("docs/guide/*.md"))]


@pytest.mark.parametrize("name", make_images.NAMES)
def test_image_is_what_the_code_draws(name: str) -> None:
    assert (make_images.FOLDER / name).read_text(encoding="utf-8") == make_images.svg(name), "run `make docs`"


def test_every_image_is_shown_once() -> None:
    drawn = sorted(path.name for path in make_images.FOLDER.iterdir())
    shown = sorted(
        name for page in PAGES for name in re.findall(r"!\[.*?\]\((?:docs|\.\.)/img/(.*?)\)", page)
    )
    assert drawn == sorted(make_images.NAMES) == shown
