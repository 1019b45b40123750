"""Host names of a sweep: each looked up once, by few threads, none of which holds it up."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from time import monotonic_ns
from typing import Any

import pytest

from dcmtool.fleet.sweep import sweep
from dcmtool.settings import Timeouts
from dcmtool.transport.addresses import MOST_LOOKUPS
from tests.fleet.nodes import outcomes, swept, target
from tests.peers.loop_scp import LoopScp
from tests.transport.scenarios import AddressInfo, Names

SHORT = Timeouts(deadline=0.3)


class NameServer(Names):
    """Counts what is asked; answers nothing for names that are stuck until it is over."""

    def __init__(self, *addresses: str) -> None:
        super().__init__(*addresses)
        self.asked: Counter[str] = Counter()
        self.threads: set[int] = set()
        self.most_at_once = self._at_once = 0
        self.over = threading.Event()
        self._lock = threading.Lock()

    def getaddrinfo(
        self, host: bytes, port: int | None, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0
    ) -> list[AddressInfo]:
        """Answer as `socket.getaddrinfo` does."""
        if not flags:
            with self._lock:
                self.asked[host.decode()] += 1
                self.threads.add(threading.get_ident())
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
            if host.startswith(b"stuck"):
                self.over.wait(30)
            with self._lock:
                self._at_once -= 1
        return super().getaddrinfo(host, port, family, kind, proto, flags)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """Stand in for the system's name service, whose threads are gone at the end."""
    server = NameServer("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", server.getaddrinfo)
    yield server
    server.over.set()
    for thread in threading.enumerate():
        if thread.name == "name lookup":
            thread.join(10)
            assert not thread.is_alive()


def test_a_thousand_names_and_few_threads(names: NameServer) -> None:
    with LoopScp(["127.0.0.1"]) as scp:
        port = scp.places[0][1]
        results = swept((target(f"node-{each}", port) for each in range(1000)), per_host=32)
    assert Counter(outcomes(results).values()) == {"success": 1000}
    assert (len(names.asked), set(names.asked.values())) == (1000, {1})
    assert max(len(names.threads), names.most_at_once) <= MOST_LOOKUPS


def test_a_name_is_asked_for_once_whatever_the_port(names: NameServer) -> None:
    with LoopScp(["127.0.0.1", "127.0.0.1"]) as scp:
        results = swept(target("pacs", port, f"N{each}") for _, port in scp.places for each in range(5))
        places = {(each.report.address, each.report.port) for each in results if each.report}
        assert places == {*scp.places}
    assert names.asked == {"pacs": 1}


def test_a_name_that_is_stuck_costs_its_own_time_alone(names: NameServer) -> None:
    with LoopScp(["127.0.0.1"]) as scp:
        port = scp.places[0][1]
        stuck = [target("stuck", port, f"S{each}", SHORT) for each in range(300)]
        results = swept([*stuck, *(target(f"node-{each}", port) for each in range(5))])
    assert Counter(outcomes(results).values()) == {"no-connection": 300, "success": 5}
    told = {str(each.report.error) for each in results if each.report is not None}
    assert told == {"no address of stuck within 0.3 s (timeouts.deadline)", "None"}
    assert names.asked["stuck"] == 1


def test_a_name_service_that_is_stuck_ends_the_sweep_all_the_same(names: NameServer) -> None:
    targets = [target(f"stuck-{each}", 104, timeouts=SHORT) for each in range(100)]
    results = swept(targets)
    assert Counter(outcomes(results).values()) == {"no-connection": 100}
    assert len(names.asked) == MOST_LOOKUPS


def test_the_time_for_a_name_counts_from_when_it_is_begun_with(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread takes one name after the other, all of which together take longer than any of them may."""
    monkeypatch.setattr("dcmtool.fleet.sweep.MOST_LOOKUPS", 1)
    seconds, answer = 1.0, names.getaddrinfo

    def slow(host: bytes, *args: Any, **named: Any) -> list[AddressInfo]:
        threading.Event().wait(0 if named else seconds / 10)
        return answer(host, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with LoopScp(["127.0.0.1"]) as scp:
        begun = monotonic_ns()
        results = swept(
            target(f"node-{each}", scp.places[0][1], timeouts=Timeouts(connect=seconds)) for each in range(12)
        )
    assert Counter(outcomes(results).values()) == {"success": 12}
    assert monotonic_ns() - begun > 1.2 * seconds * 1_000_000_000
    for each in results:
        assert each.report is not None
        assert each.report.phases.resolve is not None
        assert each.report.phases.resolve > seconds / 10 * 1_000_000_000


def test_no_thread_is_left_when_a_sweep_is_broken_off(names: NameServer) -> None:
    async def broken_off() -> None:
        task = asyncio.create_task(anext(sweep([target("stuck", 104), target("node", 104)])))
        while "stuck" not in names.asked:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(broken_off())
