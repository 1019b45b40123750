"""Whose turn it is: so many probes at a time, and one at an address."""

import asyncio
from itertools import count

from dcmtool.exporter.refusal import BUSY, RequestRefused
from dcmtool.fleet.limits import Limits
from dcmtool.fleet.schedule import Schedule
from dcmtool.steps import Deadline

Addresses = tuple[str, ...]


class Turns:
    """Gives turns in the order in which they are asked for, as far as addresses are free."""

    def __init__(self, most: int) -> None:
        self.most, self.waiting = most, 0
        self._numbers = count()
        # Who gives up stays there until it would be its turn.
        self._schedule: Schedule[tuple[asyncio.Future[None], Addresses]] = Schedule(Limits(concurrency=most))

    @property
    def in_flight(self) -> int:
        """How many have a turn."""
        return self._schedule.open

    async def take(self, addresses: Addresses, deadline: Deadline, now: int) -> None:
        """Wait for a turn at these addresses, which is given back by `give_back`.

        Raises:
            RequestRefused: there was none in time.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._schedule.add(next(self._numbers), addresses, (turn, addresses))
        self._give()
        if turn.done():
            return
        self.waiting += 1
        try:
            async with asyncio.timeout(deadline.remaining(now)):
                await turn
        except BaseException as error:
            if not turn.cancelled():  # it was given just now
                self.give_back(addresses)
            if isinstance(error, TimeoutError):
                raise self._too_late(deadline) from error
            raise
        finally:
            self.waiting -= 1

    def give_back(self, addresses: Addresses) -> None:
        """Have the next ones begin."""
        self._schedule.give_back(addresses)
        self._give()

    def _give(self) -> None:
        while (next_one := self._schedule.take(now=0)) is not None:
            turn, addresses = next_one
            if turn.cancelled():
                self._schedule.give_back(addresses)
            else:
                turn.set_result(None)

    def _too_late(self, deadline: Deadline) -> RequestRefused:
        return RequestRefused(
            BUSY,
            f"no turn within {deadline.seconds:g} s: {self.in_flight} probes of {self.most} are under way, "
            f"and {self.waiting} wait; there is one at an address",
        )
