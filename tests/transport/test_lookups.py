"""Many names at once: how many threads, and for how long."""

import threading

import pytest

from dcmtool.errors import NameNotResolved
from dcmtool.steps import Connect
from dcmtool.transport import lookups
from dcmtool.transport.addresses import MOST_LOOKUPS


def test_names_with_and_without_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def look_up(step: Connect) -> list[object]:
        asked.append(step.host)
        if step.host.startswith("bad"):
            raise NameNotResolved(step.host, step.port, "unknown", temporary=step.host == "bad-7")
        return []

    monkeypatch.setattr(lookups, "look_up", look_up)
    names = [f"{kind}-{number}" for number in range(500) for kind in ("good", "bad")]
    found = lookups.unresolved([*names, *names], 30)
    assert sorted(asked) == sorted(names)
    assert [*found] == names[1::2]
    assert [name for name, error in found.items() if error.temporary] == ["bad-7"]


def test_silent_name_services_take_few_threads_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, asked = threading.Event(), threading.Semaphore(0)

    def look_up(_step: Connect) -> list[object]:
        asked.release()
        silent.wait(30)
        return []

    monkeypatch.setattr(lookups, "look_up", look_up)
    before = threading.active_count()
    names = [f"name-{number}" for number in range(1000)]
    try:
        found = lookups.unresolved(names, 0.2)
        assert threading.active_count() - before <= MOST_LOOKUPS
        assert asked.acquire(timeout=10)
    finally:
        silent.set()
    assert [*found] == names
    assert all(error.temporary and error.reason.endswith("within 0.2 s") for error in found.values())


def test_no_names() -> None:
    assert lookups.unresolved([], 30) == {}
