"""Whole outputs of the renderers, plain and laid out, with widths and colours pinned."""

import pytest

from tests.trace import snapshots
from tests.trace.scenes import SCENES


@pytest.mark.parametrize("name", SCENES)
def test_a_scene(name: str) -> None:
    expected = (snapshots.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert snapshots.of_scene(name) == expected, "python -m tests.trace.snapshots writes these files"


def test_every_rejection() -> None:
    expected = (snapshots.FOLDER / "rejections.txt").read_text(encoding="utf-8")
    assert snapshots.of_rejections() == expected, "python -m tests.trace.snapshots writes these files"


def test_no_file_is_left_over() -> None:
    assert {path.name for path in snapshots.FOLDER.iterdir()} == snapshots.files().keys()
