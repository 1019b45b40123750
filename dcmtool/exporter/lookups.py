"""Names looked up for probes, by a bounded number of threads."""

import asyncio
from contextlib import suppress
from time import monotonic_ns

from dcmtool.errors import TransportError
from dcmtool.steps import Connect, Deadline
from dcmtool.transport.addresses import MOST_LOOKUPS, Address, is_numeric, look_up, look_up_aside
from dcmtool.transport.failures import too_late

Found = list[Address] | TransportError


class NameLookups:
    """Looks names up; one that takes too long keeps its thread until the system gives up."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_LOOKUPS)

    async def find(self, step: Connect, deadline: Deadline) -> Found:
        """Return the addresses that a step would connect to, or why there are none."""
        try:
            if is_numeric(step.host):
                return look_up(step)
            async with asyncio.timeout(deadline.remaining(monotonic_ns())):
                await self._free.acquire()
                return await self._looked_up(step)
        except TimeoutError:
            return too_late(deadline, f"address of {step.host}")
        except TransportError as error:
            return error

    async def _looked_up(self, step: Connect) -> Found:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Found] = loop.create_future()

        def take(answer: Found) -> None:
            self._free.release()
            if not answered.done():
                answered.set_result(answer)

        def deliver(answer: Found) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(take, answer)

        look_up_aside(step, deliver)
        return await answered
