"""Ctrl-C kept back until something is waited for; without a signal, by calling what handles it."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from dcmtool.transport.interrupts import CancellingInterrupts, Interrupts
from tests.transport.scenarios import interrupt_main_thread


@pytest.fixture(name="interrupts")
def _interrupts() -> Iterator[Interrupts]:
    with Interrupts() as interrupts:
        yield interrupts


def test_one_before_a_wait_is_raised_as_it_begins(interrupts: Interrupts) -> None:
    interrupt_main_thread()
    with pytest.raises(KeyboardInterrupt), interrupts.raised:
        pytest.fail("it began")
    with interrupts.raised:  # and only once
        pass


def test_one_during_a_wait_is_raised_there(interrupts: Interrupts) -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.raised:
        interrupt_main_thread()
    interrupt_main_thread()  # kept again


def test_a_second_one_is_raised_anywhere(interrupts: Interrupts) -> None:
    interrupt_main_thread()
    with pytest.raises(KeyboardInterrupt):
        interrupt_main_thread()
    with interrupts.raised:
        pass


def test_one_that_no_wait_follows_is_told(interrupts: Interrupts) -> None:
    assert not interrupts.is_kept
    interrupt_main_thread()
    assert interrupts.is_kept


def test_afterwards_it_is_as_before() -> None:
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda _number, _frame: None], ids=["ignored", "own"])
def test_another_handler_is_left_alone(handler: Any) -> None:
    signal.signal(signal.SIGINT, handler)
    try:
        with Interrupts():
            assert signal.getsignal(signal.SIGINT) is handler
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_one_cancels_and_a_second_one_is_raised(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interrupts, "terminated", False)
    cancelled: list[bool] = []
    with CancellingInterrupts(lambda: cancelled.append(True)) as interrupts:
        assert not interrupts.is_kept
        signal.raise_signal(number)
        assert (interrupts.is_kept, cancelled) == (True, [True])
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert Interrupts.terminated == (number == signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
