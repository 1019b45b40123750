"""The images of the README are what the code draws."""

from pathlib import Path

import pytest

from docs import make_images

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", make_images.IMAGES)
def test_image_is_what_the_code_draws(name: str) -> None:
    assert (make_images.FOLDER / name).read_text(encoding="utf-8") == make_images.svg(name), "run `make docs`"


def test_every_image_is_shown() -> None:
    drawn = {path.name for path in make_images.FOLDER.iterdir()}
    assert drawn == make_images.IMAGES.keys() == {name for name in drawn if f"(docs/img/{name})" in README}
