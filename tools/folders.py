"""A folder whose files are all made by a program."""

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write these files, take away all others, and say what was written."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        print((folder / name).relative_to(ROOT))
