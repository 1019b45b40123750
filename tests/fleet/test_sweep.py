"""A sweep over loopback: what is open at once, how fast, what is tried again, how it is broken off."""

import asyncio
import errno
import os
import resource
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from statistics import median
from time import monotonic

import pytest

from dcmtool.fleet import sweep as engine
from dcmtool.fleet.limits import Limits, within_descriptors
from dcmtool.fleet.sweep import sweep
from dcmtool.fleet.target import Target, distinct
from dcmtool.settings import Timeouts
from dcmtool.steps import Procedure, clock
from dcmtool.transport import arrival
from dcmtool.transport.running import Running
from tests.fleet.nodes import outcomes, swept, target
from tests.peers import wire
from tests.peers.loop_scp import LoopScp, truthful
from tests.peers.programs import ROOT, environment, refusing_port
from tests.transport.scenarios import Names, unanswering_port

BrokenOff = Callable[[LoopScp, list[Target], Limits], Coroutine[None, None, None]]
HOSTS = [f"127.0.0.{number}" for number in range(1, 5)]


def test_one_association_at_an_address_whatever_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Names("127.0.0.1").getaddrinfo
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **named: (answer if b"node" in host else real)(host, *args, **named),
    )
    with LoopScp(["127.0.0.1", "127.0.0.1", "127.0.0.2"], delay=0.01) as scp:
        (_, first), (_, second), (other, third) = scp.places
        targets = [
            *(target("127.0.0.1", first, f"A{each}") for each in range(4)),
            *(target("node-a", second, f"B{each}") for each in range(4)),
            target("node-b", first, "C"),
            target("::ffff:127.0.0.1", second, "D"),
            *(target(other, third, f"E{each}") for each in range(4)),
        ]
        results = swept(targets)
    assert set(outcomes(results).values()) == {"success"}
    assert scp.most_at_once == {"127.0.0.1": 1, "127.0.0.2": 1}
    assert Counter(scp.endings) == {"released": len(targets)}
    assert all(each.report and each.report.phases.resolve is not None for each in results)


@pytest.mark.parametrize(("concurrency", "per_host"), [(5, 3), (1, 8), (100, 2)])
def test_no_more_than_what_may_be_open_at_once(concurrency: int, per_host: int) -> None:
    with LoopScp(HOSTS, delay=0.005) as scp:
        targets = [target(*place, f"N{each}") for each in range(20) for place in scp.places]
        results = swept(targets, concurrency=concurrency, per_host=per_host)
    assert Counter(outcomes(results).values()) == {"success": 80}
    assert scp.most_open <= min(concurrency, 4 * per_host)
    assert max(scp.most_at_once.values()) <= per_host


def test_all_at_once_where_that_is_wanted() -> None:
    """Nobody is answered before all of them are there."""
    asked = []

    def when_all_are_there(kind: int, data: bytes) -> bytes | None:
        asked.append(data)
        return truthful(kind, data)

    with LoopScp(HOSTS, when_all_are_there, delay=0.2) as scp:
        swept([target(*place, f"N{each}") for place in scp.places for each in range(5)], per_host=5)
    assert scp.most_open > 4


def test_in_the_order_given() -> None:
    with LoopScp(["127.0.0.1"]) as scp:
        swept([target(*scp.places[0], f"N{each}") for each in range(30)])
    assert scp.titles == [f"N{each}" for each in range(30)]


def test_the_rate_is_never_passed() -> None:
    """A machine that has no time may make it slower, and never faster; what retries are counts as well."""
    with LoopScp(HOSTS) as scp:
        swept([target(*place, f"N{each}") for each in range(4) for place in scp.places], rate=40, per_host=9)
    gaps = [later - sooner for sooner, later in zip(scp.begun, scp.begun[4:], strict=False)]
    assert min(gaps) > 4 / 40 * 0.8  # the peer may have been late to see the first of four


# What may pass by itself -------------------------------------------------------------------------------


def rejecting(result: int, times: int) -> LoopScp:
    """Return an SCP that rejects the first requests, then accepts."""
    rejected: list[bytes] = []

    def answer(kind: int, data: bytes) -> bytes | None:
        if kind == wire.ASSOCIATE_RQ and len(rejected) < times:
            rejected.append(data)
            return wire.reject(result, 3, 2)
        return truthful(kind, data)

    return LoopScp(["127.0.0.1"], answer)


@pytest.mark.parametrize(
    ("result", "times", "retries", "outcome", "attempts"),
    [
        (2, 1, 0, "rejected", 1),
        (2, 2, 2, "success", 3),
        (2, 9, 1, "rejected", 2),
        (1, 1, 5, "rejected", 1),
    ],
)
def test_a_transient_rejection_is_tried_again(
    result: int, times: int, retries: int, outcome: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_PAUSE", 0.01)
    with rejecting(result, times) as scp:
        (node,) = swept([target(*scp.places[0])], retries=retries)
    assert (node.outcome, node.attempts, len(scp.titles)) == (outcome, attempts, attempts)


def test_a_connect_timeout_is_tried_again_and_a_refusal_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_PAUSE", 0.01)
    short = Timeouts(deadline=0.2)
    with unanswering_port() as silent, refusing_port() as refusing:
        targets = [target("127.0.0.1", silent, timeouts=short), target("127.0.0.2", refusing)]
        results = swept(targets, retries=2)
    assert {each.target.request.peer.port: each.attempts for each in results} == {silent: 3, refusing: 1}


# What this machine has not -----------------------------------------------------------------------------


@contextmanager
def descriptors(soft: int) -> Iterator[None]:
    """Let this process have no more of them."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_no_descriptor_is_left_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for one; that is no failure of the node, and none of its attempts."""
    monkeypatch.setattr(engine, "within_descriptors", lambda limits, _most: (limits, None))
    with LoopScp(HOSTS, delay=0.02) as scp:
        targets = [target(*place, f"N{each}") for place in scp.places for each in range(10)]

        async def in_want() -> list[tuple[str, int]]:
            with socket.socket() as lowest:
                room = lowest.fileno() + 6
            results: list[tuple[str, int]] = []
            async for result in sweep(targets, Limits(per_host=10)):
                if not results:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (room, hard))
                results.append((result.outcome, result.attempts))
            return results

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with descriptors(soft):
            found = asyncio.run(in_want())
    assert found == [("success", 1)] * 40


def test_want_of_descriptors_that_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else in this process has them all: a sweep ends."""

    def nothing_left(*_args: object) -> socket.socket:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def swept_in_want() -> list[str]:
        monkeypatch.setattr(Running, "_new_socket", nothing_left)
        return [each.outcome async for each in sweep([target("127.0.0.1", 104)])]

    monkeypatch.setattr(engine, "_MOST_SHORT", 0.2)
    assert asyncio.run(swept_in_want()) == ["no-connection"]


def test_the_limit_of_descriptors_is_noticed_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmtool.fleet.limits.allow_descriptors", lambda _wanted: 100)
    monkeypatch.setattr("dcmtool.fleet.limits.open_descriptors", lambda: 24)
    limits, sentence = within_descriptors(Limits(rate=5, retries=1), 500)
    assert limits == Limits(20, 1, 5, 1)
    assert sentence == (
        "20 associations at once instead of 128: the system lets this process have 100 open files"
    )
    assert within_descriptors(Limits(), 4) == (Limits(), None)


# How it is broken off ----------------------------------------------------------------------------------


def stalling(stage: int) -> LoopScp:
    """Return an SCP that falls silent at this PDU."""
    return LoopScp(HOSTS, lambda kind, data: None if kind == stage else truthful(kind, data))


async def cancelled(scp: LoopScp, targets: list[Target], limits: Limits) -> None:
    async def endless() -> None:
        async for _ in sweep(targets, limits):
            pytest.fail("nobody answers")

    task = asyncio.create_task(endless())
    await asyncio.to_thread(scp.wait_until, lambda: len(scp.titles) == limits.concurrency)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def closed(scp: LoopScp, targets: list[Target], limits: Limits) -> None:
    async with aclosing(sweep([SKIPPED, *targets], limits)) as results:
        async for _ in results:
            await asyncio.to_thread(scp.wait_until, lambda: len(scp.titles) == limits.concurrency)
            break


async def left_behind(scp: LoopScp, targets: list[Target], limits: Limits) -> None:
    await anext(sweep([SKIPPED, *targets], limits))
    await asyncio.to_thread(scp.wait_until, lambda: len(scp.titles) == limits.concurrency)


SKIPPED = target("127.0.0.1", 1, do_not_probe="it may not")


@pytest.mark.parametrize("broken_off", [cancelled, closed, left_behind])
@pytest.mark.parametrize("stage", [wire.ASSOCIATE_RQ, wire.P_DATA, wire.RELEASE_RQ])
def test_what_is_open_is_aborted_and_nothing_more_begun(broken_off: BrokenOff, stage: int) -> None:
    with stalling(stage) as scp:
        targets = [target(*place, f"N{each}") for each in range(9) for place in scp.places]
        asyncio.run(broken_off(scp, targets, Limits(concurrency=8, per_host=2)))
        scp.wait_until(lambda: len(scp.endings) == 8)
    assert (Counter(scp.endings), len(scp.begun)) == ({"aborted": 8}, 8)


def test_a_node_that_does_not_close_is_not_waited_for() -> None:
    """It is told of the abort all the same."""

    def deaf(kind: int, data: bytes) -> bytes | None:
        return truthful(kind, data) if kind == wire.ASSOCIATE_RQ else None

    with LoopScp(["127.0.0.1"], deaf) as scp:
        asyncio.run(cancelled(scp, [target(*scp.places[0])], Limits(concurrency=1)))
        scp.wait_until(lambda: scp.endings == ["aborted"])


# And else ----------------------------------------------------------------------------------------------


def test_who_must_be_left_alone_is_skipped() -> None:
    with LoopScp(["127.0.0.1"]) as scp:
        node = target(*scp.places[0], do_not_probe="it restarts")
        (result,) = swept([node])
    assert (result.outcome, result.report, scp.begun) == ("skipped", None, [])


def test_the_same_node_twice() -> None:
    first, again = target("pacs", 104), target("PACS", 104)
    same, other = target("pacs", 104), target("pacs", 104, "OTHER")
    kept, left_out = distinct([first, again, same, other, same._replace(name="alias")])
    assert [each.name for each in kept] == [first.name, again.name, other.name]
    assert left_out == [(first.name, first.name), ("alias", first.name)]


def test_who_does_not_fetch_results_holds_the_sweep_up() -> None:
    with LoopScp(HOSTS) as scp:

        async def slow() -> int:
            targets = [target(*place, f"N{each}") for each in range(20) for place in scp.places]
            async with aclosing(sweep(targets, Limits(concurrency=4))) as results:
                await anext(results)
                await asyncio.to_thread(scp.wait_until, lambda: len(scp.endings) >= 4)
                for _ in range(100):
                    await asyncio.sleep(0)
                begun = len(scp.begun)
                assert len([each async for each in results]) == 79
            return begun

        assert asyncio.run(slow()) <= 12


def test_what_a_procedure_should_not_raise_ends_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> Procedure[None]:
        yield from clock()
        raise RuntimeError("a mistake")

    monkeypatch.setattr(engine, "verify", broken)
    with pytest.raises(RuntimeError, match="a mistake"):
        swept([target("127.0.0.1", 104)])


@pytest.mark.parametrize("stamped", [True, False])
def test_what_this_machine_was_late_by(stamped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not say when something arrived the result says what may be in its times."""
    monkeypatch.setattr(arrival, "_IS_LINUX", stamped)

    def block() -> None:
        end = monotonic() + 0.2
        while monotonic() < end:
            pass

    async def blocked() -> int:
        def begun(_target: Target) -> None:
            asyncio.get_running_loop().call_soon(block)

        (result,) = [each async for each in sweep([target(*scp.places[0])], begun=begun)]
        assert result.outcome == "success"
        return result.late

    with LoopScp(["127.0.0.1"]) as scp:
        late = asyncio.run(blocked())
    assert late == 0 if stamped else late > 150_000_000


def _share_of_the_nodes_time(count: int) -> float:
    """Sweep nodes that take 50 ms each, and return the median of round trip by what the node took."""
    command = [sys.executable, "-m", "tests.peers.loop_scp", "0.05", str(count)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        targets = [target("127.0.0.1", int(port)) for port in process.stdout.readline().split()]
        results = swept(targets, concurrency=128, per_host=128)
        process.stdin.close()
        took = dict(zip((each.name for each in targets), process.stdout.readline().split(), strict=True))
    trips = {each.target.name: each.report.echoes.total for each in results if each.report}
    assert len(trips) == count
    return median(trip / int(took[name]) for name, trip in trips.items())


def test_round_trips_are_true_however_many_are_open() -> None:
    """That the loop has 128 to serve at once must not show; what other programs take of the machine may."""
    shares = (_share_of_the_nodes_time(200) for _ in range(10))
    assert any(1 <= share < 1.2 for share in shares)
