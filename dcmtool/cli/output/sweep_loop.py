"""How a sweep is run in a loop of asyncio: until it ends or is told to end, and drawn meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from time import monotonic_ns
from typing import Protocol

from dcmtool.fleet.limits import Limits
from dcmtool.fleet.result import NodeResult, Summary
from dcmtool.fleet.sweep import sweep
from dcmtool.fleet.target import Target
from dcmtool.transport.interrupts import CancellingInterrupts

DRAWN_EVERY = 0.1  # seconds; a frame takes a hundredth of that

Begun = Callable[[Target], object]
Sweep = Callable[[Sequence[Target], Limits, Begun | None], AsyncGenerator[NodeResult, None]]


class Taker(Protocol):
    """What takes each result."""

    def add(self, result: NodeResult) -> None:
        """Take a result, as soon as it is there."""


class Drawing(Protocol):
    """What shows a run on a terminal while it goes on."""

    def draw(self) -> None:
        """Show how it is now."""

    def close(self) -> None:
        """Take away what was shown."""


def until_told(work: Callable[[], Coroutine[None, None, None]]) -> bool:
    """Do what work there is, and return whether Ctrl-C and SIGTERM let it end: either cancels it."""
    task: asyncio.Task[None] | None = None
    loop: asyncio.AbstractEventLoop | None = None

    def cancel() -> None:
        if loop is not None and task is not None:
            with suppress(RuntimeError):  # the loop is closed: the work is done
                loop.call_soon_threadsafe(task.cancel)

    async def main() -> None:
        nonlocal loop, task
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work())
        if interrupts.is_kept:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    with CancellingInterrupts(cancel) as interrupts:
        asyncio.run(main())
    return not interrupts.is_kept


async def gather(
    targets: Sequence[Target],
    limits: Limits,
    takers: Sequence[Taker],
    total: Summary,
    *,
    ask: Sweep = sweep,
    begun: Begun | None = None,
) -> None:
    """Verify the targets, give each result to the takers, and count it in, whether all of them come or not.

    Raises as `sweep` does.
    """
    started = monotonic_ns()
    try:
        async with aclosing(ask(targets, limits, begun)) as results:
            async for result in results:
                total.add(result)
                for taker in takers:
                    taker.add(result)
    finally:
        total.seconds = (monotonic_ns() - started) / 1_000_000_000


@contextmanager
def drawn(view: Drawing | None) -> Iterator[None]:
    """Draw a view every so often, and take it away at the end; a run that is over at once shows none."""
    if view is None:
        yield
        return
    drawing = asyncio.ensure_future(_draw(view))
    try:
        yield
    finally:
        drawing.cancel()
        with suppress(OSError):  # the terminal is gone
            view.close()


async def _draw(view: Drawing) -> None:
    with suppress(OSError):
        while True:
            await asyncio.sleep(DRAWN_EVERY)
            view.draw()
