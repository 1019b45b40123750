"""What is being waited for, in one line of the terminal that moves and is gone when the wait is over."""

from collections.abc import Callable

from rich.console import Console
from rich.status import Status

from dcmtool.trace.tables import shown


class Spinner:
    """Called with what is awaited and since when (monotonic ns), None once the wait is over."""

    def __init__(self, console: Console, clock: Callable[[], int]) -> None:
        self._console, self._clock = console, clock
        self._status: Status | None = None

    def __call__(self, awaited: str | None, begun: int) -> None:
        """Show what is awaited, or take the line away."""
        if awaited is None:
            self._stop()
            return
        seconds = (self._clock() - begun) // 1_000_000_000
        text = shown(f"waiting for the {awaited}, {seconds} s; Ctrl-C ends it", "dim")
        text.truncate(self._console.width - 2)  # beside the spinner
        if self._status is None:
            spinner = "dots" if (self._console.encoding or "").lower().startswith("utf") else "line"
            self._status = self._console.status(text, spinner=spinner)
            self._status.start()
        else:
            self._status.update(text)

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
