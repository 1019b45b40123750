"""The real echoscu and `dcmtool echo` do the same with the same lines, but for documented differences."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.differential.comparison import differences
from tests.differential.differences import ROWS
from tests.differential.lines import Line, lines
from tests.differential.observation import observe
from tests.peers.programs import run_dcmtool, run_echoscu

LINES = lines()


@pytest.mark.interop
@pytest.mark.parametrize("line", LINES, ids=[f"line{number}" for number in range(len(LINES))])
def test_line(line: Line, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        theirs = pool.submit(observe, run_echoscu, line, tmp_path / "echoscu")
        ours = pool.submit(observe, run_dcmtool, line, tmp_path / "dcmtool")
    echoscu, dcmtool = theirs.result(), ours.result()
    found = list(differences(line, echoscu, dcmtool))
    said = f"echoscu says:\n{echoscu.stderr}dcmtool says:\n{dcmtool.stderr}"
    assert not found, "\n  ".join([f"\n{line}", *found, said])


def test_there_are_enough_distinct_lines() -> None:
    assert len({(line.argv, line.files) for line in LINES}) >= 200
    assert lines() == LINES, "the same seed makes the same lines"


def test_every_documented_difference_is_seen() -> None:
    assert {line.expected.row for line in LINES if line.expected and line.expected.row} == set(ROWS)
