"""How far a long run is, in one line of the terminal that is gone when it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dcmtool.events import Event, Listener
from dcmtool.trace.watch import Watch
from dcmtool.trace.watched_terminal import time_of_day

EVERY = 100_000_000  # nanoseconds between two looks; an echo may take a thousandth of that


@contextmanager
def progress_bar(console: Console, repeat: int, clock: Callable[[], int], watch: Watch) -> Iterator[Listener]:
    """Show how many of `repeat` echoes are over (0 for no end), how long the last took, and what was lost.

    Give the listener that is to be told of them; the clock is in monotonic nanoseconds.
    """
    columns = (TextColumn("echoes"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    last = TextColumn("{task.description}", style="dim", markup=False)
    with Progress(*columns, last, console=console, transient=True) as bar:
        task = bar.add_task("", total=repeat or None)
        shown_at = clock() - EVERY

        def listen(event: Event) -> None:
            nonlocal shown_at
            if not watch(event):
                return
            now, over = clock(), watch.answered + watch.lost
            if now - shown_at >= EVERY or over == repeat or watch.down is not None:
                shown_at = now
                bar.update(task, completed=over, description=", ".join(_words(watch)))

        yield listen


def _words(watch: Watch) -> Iterator[str]:
    if watch.lost and watch.down is not None:
        yield f"{watch.lost} lost, no answer since {time_of_day(watch.down)}"
    elif watch.recent:
        if watch.recent[-1] is not None:
            yield f"last {watch.recent[-1] / 1_000_000:.3f} ms"
        if watch.lost and watch.last_lost is not None:
            yield f"{watch.lost} lost, the last at {time_of_day(watch.last_lost)}"
