"""The line for monitors: its state by thresholds, its figures, and that it stays one line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.advice import Advice
from dcmtool.errors import EchoFailed, Interrupted, StatusNotSuccess, TlsFailed, TlsFailure
from dcmtool.reporting.nagios import ServiceState, judged, unknown
from dcmtool.settings import Output
from dcmtool.verification.report import EchoReport, Phases, Reply

MS = 1_000_000  # nanoseconds
FIGURE = r"[a-z]+=[0-9]+(\.[0-9]+)?s?;[0-9.]*;[0-9.]*;0(;[0-9]+)?"


def report_of(*round_trips: int) -> EchoReport:
    """Return the report of a success with these round trips (ns)."""
    report = EchoReport("pacs", 104, phases=Phases(connect=2 * MS, associate=1500))
    for number, round_trip in enumerate(round_trips, 1):
        report.echoes.sent += 1
        report.echoes.add(Reply(number, 0, round_trip))
    return report


@pytest.mark.parametrize(
    ("warning", "critical", "state"),
    [
        (None, None, ServiceState.OK),
        (10, 20, ServiceState.OK),
        (9.999999, 20, ServiceState.WARNING),
        (9, None, ServiceState.WARNING),
        (None, 10, ServiceState.OK),
        (None, 9.5, ServiceState.CRITICAL),
        (9, 9, ServiceState.CRITICAL),
        (0, 0, ServiceState.CRITICAL),
    ],
)
def test_a_threshold_is_passed_above_it(
    warning: float | None, critical: float | None, state: ServiceState
) -> None:
    status = judged(report_of(8 * MS, 12 * MS), Output(form="nagios", warning=warning, critical=critical))
    assert status.state == state


def test_the_states_are_the_exit_codes_of_the_guidelines() -> None:
    assert {state.name: int(state) for state in ServiceState} == {
        "OK": 0,
        "WARNING": 1,
        "CRITICAL": 2,
        "UNKNOWN": 3,
    }


def test_a_success() -> None:
    status = judged(report_of(MS), Output(form="nagios", warning=1.5, critical=3000))
    assert str(status) == (
        "DICOM OK - pacs port 104 answered an echo in 1.000 ms "
        "| rtt=0.001s;0.0015;3;0 connect=0.002s;;;0 associate=0.0000015s;;;0 lost=0;;;0;1"
    )


def test_a_slow_one() -> None:
    report = report_of(10 * MS, 20 * MS)
    report.phases.tls = 0
    status = judged(report, Output(form="nagios", warning=5))
    assert str(status) == (
        "DICOM WARNING - pacs port 104 answered 2 echoes in 15.000 ms on average, more than 5 ms "
        "| rtt=0.015s;0.005;;0 connect=0.002s;;;0 tls=0s;;;0 associate=0.0000015s;;;0 lost=0;;;0;2"
    )


def test_a_failure_keeps_what_was_measured() -> None:
    report = report_of(MS)
    report.echoes.sent = 2
    report.error = EchoFailed("echo", StatusNotSuccess(0x0110, "Failure: Processing Failure", "a|b\nc"))
    assert str(judged(report, Output(form="nagios", warning=0))) == (
        'DICOM CRITICAL - status 0x0110 (Failure: Processing Failure), the peer says "a/b\\nc" '
        "| rtt=0.001s;0;;0 connect=0.002s;;;0 associate=0.0000015s;;;0 lost=1;;;0;2"
    )


def test_advice_is_left_to_people() -> None:
    report = EchoReport("pacs", 104, error=TlsFailed("tls", TlsFailure("kind", "what", Advice("log"))))
    assert str(judged(report, Output(form="nagios"))) == "DICOM CRITICAL - what | lost=0;;;0;0"


def test_an_interrupt_says_nothing_of_the_node() -> None:
    report = EchoReport("pacs", 104, error=Interrupted("echo", KeyboardInterrupt()))
    assert judged(report, Output(form="nagios")).state == ServiceState.UNKNOWN


@given(st.text())
def test_whatever_is_said_is_one_line(text: str) -> None:
    line = str(unknown(text))
    assert line.isprintable()
    assert "|" not in line


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=5),
    st.one_of(st.none(), st.floats(0, 2**31 - 1)),
    st.integers(0, 10**13),
)
def test_figures_are_plain_numbers(round_trips: list[int], warning: float | None, connect: int) -> None:
    report = report_of(*round_trips)
    report.phases.connect = connect
    _, _, figures = str(judged(report, Output(form="nagios", warning=warning))).partition(" | ")
    assert all(re.fullmatch(FIGURE, figure) for figure in figures.split(" "))
