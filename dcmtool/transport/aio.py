"""The driver on asyncio: many connections in one thread, the same procedures."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from dcmtool.steps import Connect, Procedure
from dcmtool.transport.addresses import is_numeric, look_up, look_up_aside
from dcmtool.transport.driven import PENDING
from dcmtool.transport.running import Done, Find, Found, Running

if TYPE_CHECKING:
    from dcmtool.tls.contexts import PreparedTls

_Report = TypeVar("_Report")


async def run(
    procedure: Procedure[_Report],
    tls: "PreparedTls | None" = None,
    find: Find | None = None,
    *,
    leaving: float = 0,
) -> _Report:
    """Take every step that a procedure asks for, over TLS if it is given, and return the report.

    Cancelling closes the connection; where so many seconds are given for `leaving` the procedure is told
    before, as of Ctrl-C, and has them to end the association. `find` is as for `start`.
    """
    loop = asyncio.get_running_loop()
    waits: list[asyncio.Future[Any]] = [loop.create_future()]  # cancelling ends the first one
    running = start(procedure, tls, lambda *ended: _settle(waits[-1], *ended), find)
    try:
        report: _Report = await waits[0]
        return report
    except asyncio.CancelledError:
        if leaving and waits[0].cancelled():  # and the procedure has not ended just before
            waits.append(loop.create_future())
            running.interrupt(KeyboardInterrupt())
            await asyncio.wait(waits[1:], timeout=leaving)
        raise
    finally:
        running.close()


def _settle(ended: "asyncio.Future[Any]", report: object, failure: BaseException | None) -> None:
    if ended.done():
        return
    if failure is None:
        ended.set_result(report)
    else:
        ended.set_exception(failure)


def start(
    procedure: Procedure[_Report],
    tls: "PreparedTls | None",
    done: Done[_Report],
    find: Find | None = None,
) -> Running[_Report]:
    """Begin with a procedure; `done` is called at its end, which may be before this returns.

    Where something is given to `find` the addresses of hosts, no name is looked up here.
    """
    if tls is not None:
        from dcmtool.tls.layer import over_tls

        procedure = over_tls(procedure, tls)
    loop = asyncio.get_running_loop()
    kind: type[Running[_Report]] = Running
    if type(loop).add_reader is asyncio.AbstractEventLoop.add_reader:  # which is not implemented
        from dcmtool.transport.completing import CompletingRunning

        kind = CompletingRunning
    running = kind(loop, procedure, done, find or partial(_looked_up, loop))
    running.begin()
    return running


def _looked_up(loop: asyncio.AbstractEventLoop, step: Connect, deliver: Callable[[Found], None]) -> Any:
    if is_numeric(step.host):
        return look_up(step)
    look_up_aside(step, partial(_call_if_running, loop, deliver))
    return PENDING


def _call_if_running(
    loop: asyncio.AbstractEventLoop, deliver: Callable[[Found], None], answer: Found
) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(deliver, answer)
