"""How far a long run is, in one line of the terminal that is gone when it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dcmtool.upper_layer.events import TraceEvent
from dcmtool.verification.progress import EchoAnswered, Listener, ProgressEvent

_EVERY = 100_000_000  # nanoseconds between two looks; an echo may take a thousandth of that


@contextmanager
def progress_bar(console: Console, repeat: int, clock: Callable[[], int]) -> Iterator[Listener]:
    """Show how many of `repeat` echoes were answered (0 for no end), and how long the last one took.

    Give the listener that is to be told of them; the clock is in monotonic nanoseconds.
    """
    columns = (TextColumn("echoes"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    last = TextColumn("{task.description}", style="dim")
    with Progress(*columns, last, console=console, transient=True) as bar:
        task = bar.add_task("", total=repeat or None)
        answered, shown_at = 0, clock() - _EVERY

        def listen(event: ProgressEvent | TraceEvent) -> None:
            nonlocal answered, shown_at
            if not isinstance(event, EchoAnswered):
                return
            answered += 1
            now = clock()
            if now - shown_at >= _EVERY or answered == repeat:
                shown_at = now
                words = f"last {event.round_trip / 1_000_000:.3f} ms"
                bar.update(task, completed=answered, description=words)

        yield listen
