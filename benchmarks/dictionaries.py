"""Data dictionary files: loading DCMTK's own, beside reading them and splitting each line on tabs."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.comparison import Measure, Row, compare
from dcmtool.dictionary.pydicom import register
from dcmtool.dictionary.sources import read_all

FILES = [
    str(path) for name in ("dicom", "private") for path in Path("/usr/share").glob(f"libdcmtk*/{name}.dic")
]


def loading() -> list[Row]:
    """Loading the files, and loading them and registering the entries with pydicom."""
    name = "loading DCMTK's data dictionaries / splitting their lines on tabs"
    rows: list[tuple[str, float | None, Callable[[], object]]] = [
        (name, 6.0, _load),
        ("the same, and telling pydicom of each entry", None, lambda: register(read_all(FILES).parsed())),
    ]
    if len(FILES) != 2:
        return [Row(name, 6.0, None, note="needs the data dictionaries of one release of DCMTK")]
    return [compare(what, limit, _timed(load), _timed(_split), 25) for what, limit, load in rows]


def _load() -> None:
    """Load them as far as to know what is in them, with one look-up."""
    assert read_all(FILES).parsed().label(0x00100010) == ("PN", "PatientName")


def _split() -> None:
    for path in FILES:
        with open(path, encoding="utf-8") as file:
            for line in file:
                line.split("\t")


def _timed(work: Callable[[], object]) -> Measure:
    def measure() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return measure
