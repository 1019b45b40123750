"""What is shown while a sweep goes on, line by line, and that it goes away."""

import io

import pytest

from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.sweep_live import MOST_FAILURES, Progress, Screen, Size
from dcmtool.fleet.result import NodeResult
from tests.reporting.sweep_results import answered, refused, rejected, target

SECOND = 1_000_000_000


OTHERS = [target(f"other-{number}") for number in range(8)]


class Clock:
    """A clock that is set."""

    now = 0

    def __call__(self) -> int:
        return self.now


def progress(*results: NodeResult, total: int, seconds: float) -> Progress:
    """Return how far a sweep of so many nodes is after these results and seconds, while others are asked."""
    clock = Clock()
    shown = Progress(total, clock)
    for node in (*(result.target for result in results), *OTHERS):
        shown.begin(node)
    for result in results:
        shown.add(result)
    clock.now = int(seconds * SECOND)
    return shown


def screen(shown: Progress, width: int = 60, height: int = 24, *, unicode: bool = False) -> list[str]:
    """Return the lines on a terminal of this size."""
    return [line.plain for line in shown.lines(Size(width, height, unicode))]


def test_before_the_first_result() -> None:
    assert screen(progress(total=10_000, seconds=0)) == [
        "-" * 41 + "  0 of 10,000 nodes",
        "0 failed, 8 running",
        "Ctrl-C ends it",
    ]


def test_how_far_it_is() -> None:
    results = [
        refused("ct1"),
        *(answered(f"node-{number}") for number in range(23)),
        rejected("ct-im-keller"),
    ]
    assert screen(progress(*results, total=50, seconds=0.5), 70) == [
        "#" * 27 + "-" * 27 + "  25 of 50 nodes",
        "2 failed, 8 running, 50 nodes/s, 0 s left",
        "",
        "ct1           nothing listens on port 104 of 192.0.2.7, or a firewa...",
        "ct-im-keller  the node does not know the AE title PACS that it was ...",
        "Ctrl-C ends it",
    ]
    slow = screen(progress(*results, total=10_000, seconds=50), unicode=True)
    assert slow[0] == "━" * 40 + "  25 of 10,000 nodes"
    assert slow[1] == "2 failed, 8 running, 0.5 nodes/s, 5:32:30 left"
    assert slow[-1] == "waiting for other-0, 50 s; Ctrl-C ends it"


@pytest.mark.parametrize("height", [3, 5, 8, 40])
def test_the_last_failures_are_as_many_as_there_is_room_for(height: int) -> None:
    shown = progress(*(refused(f"node-{number}") for number in range(20)), total=20, seconds=1)
    lines = screen(shown, height=height)
    failures = [line for line in lines if line.startswith("node-")]
    assert len(lines) <= height
    assert len(failures) == min(max(height - 4, 0), MOST_FAILURES)
    assert not failures or failures[-1].startswith("node-19 ")


class Terminal(io.StringIO):
    """A terminal of 24 lines."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [30, 60, 100, 160])
def test_it_is_as_wide_as_the_terminal_and_gone_at_the_end(columns: int) -> None:
    file = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("LINES", "24")
        results = [refused("日本語ノード" * 10), rejected("\x1b]0;title\x07")]
        shown = Screen(file, Look.UNCOLOURED, progress(*results, total=5, seconds=1))
        shown.close()
        assert file.getvalue() == ""
        shown.draw()
        shown.draw()
        drawn = file.getvalue()
        shown.close()
    assert "2 of 5 nodes" in drawn
    assert "]0;title" not in drawn.replace("\\x1b]0;title", "")
    assert file.getvalue().endswith("\x1b[2K")
