"""What goes wrong on purpose, and what an association is told where the SCP ends."""

import pytest

import dcmtool
from dcmtool.cli.exit_codes import exit_code
from dcmtool.errors import Rejection
from dcmtool.scp.record import ConnectionOutcome
from dcmtool.scp.settings import Faults
from dcmtool.settings import Timeouts
from dcmtool.verification.report import EchoReport
from tests.peers.dcmtool_scp import wait_for
from tests.peers.scu import (
    ECHO,
    USER_ABORT,
    Client,
    associate_request,
)
from tests.scp.serving import ABORTED_BY_PEER, AC, HOST, LOST, RELEASED, SPLIT, serving

OF_THE_FIELD = [Rejection(1, 3, 8), Rejection(1, 3, 56), Rejection(2, 1, 2), Rejection(0, 255, 0)]
REJECTIONS = [
    *(Rejection(result, *numbers) for result in Rejection.RESULTS for numbers in Rejection.REASONS),
    *OF_THE_FIELD,
]


def exit_code_of(report: EchoReport) -> int:
    """Return the exit code that `dcmtool echo` would have."""
    return 0 if report.error is None else exit_code(report.error)


# Faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rejection", REJECTIONS, ids=lambda each: "/".join(map(str, each.args)))
def test_every_association_is_rejected(rejection: Rejection) -> None:
    with serving(Faults(reject=rejection)) as heard:
        report = dcmtool.echo(HOST, heard.port)
        (record,) = heard.wait()
    assert exit_code_of(report) == 61
    assert str(rejection) in str(report.error)
    assert (record.outcome, record.reason) == (ConnectionOutcome.REJECTED, rejection.reason_text)
    assert record.rejection is not None
    assert record.rejection.args == rejection.args


@pytest.mark.parametrize("status", [0x0000, 0x0110, 0x0122, 0xB000, 0xFFFF])
def test_every_echo_is_answered_with_the_status(status: int) -> None:
    with serving(Faults(status=status)) as heard, Client(heard.port) as client:
        client.associate()
        assert [client.echo(), client.echo()] == [status, status]
        client.release()
        assert heard.ended == RELEASED


def test_no_context_is_accepted() -> None:
    with serving(Faults(refuse_contexts=True)) as heard:
        assert exit_code_of(dcmtool.echo(HOST, heard.port, contexts=3)) == 66
        (record,) = heard.wait()
    assert record.request is not None
    assert (record.accepted, record.request.contexts) == (0, 3)


@pytest.mark.parametrize("echoes", [0, 1, 2])
def test_the_association_is_aborted_after_so_many_echoes(echoes: int) -> None:
    with serving(Faults(abort_after=echoes)) as heard, Client(heard.port) as client:
        client.associate()
        for _ in range(echoes):
            assert client.echo() == 0
        client.send(ECHO)
        assert client.read_all() == [AC, *["P-DATA-TF"] * echoes, "A-ABORT 0/0"]
        assert heard.ended == (ConnectionOutcome.ABORTED, f"on purpose, after {echoes} echoes")
        assert heard.records[0].echoes == echoes


def test_who_echoes_no_more_often_is_not_aborted() -> None:
    with serving(Faults(abort_after=2)) as heard:
        assert exit_code_of(dcmtool.echo(HOST, heard.port, repeat=2)) == 0
        assert exit_code_of(dcmtool.echo(HOST, heard.port, repeat=3)) == 70


def test_delays_are_waited_for() -> None:
    with serving(Faults(delay_accept=0.75, delay_echo=0.75, status=0x0110), idle_timeout=0.7) as heard:
        report = dcmtool.echo(HOST, heard.port)
        (record,) = heard.wait()
    assert exit_code_of(report) == 62
    assert record.duration >= 1_500_000_000
    assert record.outcome is ConnectionOutcome.RELEASED


@pytest.mark.parametrize(
    ("faults", "timeouts", "exit_code"),
    [
        (Faults(delay_accept=60), Timeouts(acse=0.1), 61),
        (Faults(delay_echo=60), Timeouts(dimse=0.1), 62),
        (Faults(delay_accept=60, reject=Rejection(1, 1, 1)), Timeouts(acse=0.1), 61),
    ],
)
def test_the_client_loses_patience_first(faults: Faults, timeouts: Timeouts, exit_code: int) -> None:
    with serving(faults) as heard:
        assert exit_code_of(dcmtool.echo(HOST, heard.port, timeouts=timeouts)) == exit_code
        assert heard.ended == ABORTED_BY_PEER
        assert heard.records[0].echoes == 0


@pytest.mark.parametrize("faults", [Faults(delay_accept=60), Faults(delay_echo=60)])
@pytest.mark.parametrize(("end", "ended"), [(USER_ABORT, ABORTED_BY_PEER), (b"", LOST)])
def test_the_client_goes_during_a_delay(
    faults: Faults, end: bytes, ended: tuple[ConnectionOutcome, str]
) -> None:
    with serving(faults) as heard, Client(heard.port) as client:
        client.send(associate_request())
        if faults.delay_echo:
            client.read()
            client.send(ECHO)
        client.send(end)
        client.socket.shutdown(1)
        assert heard.ended == ended


# The end of the SCP ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "data"),
    [
        (Faults(), b""),
        (Faults(), ECHO[:30]),
        (Faults(), SPLIT),
        (Faults(delay_echo=60), ECHO),
        (Faults(delay_accept=60), b""),
    ],
    ids=["idle", "half a PDU", "half a message", "delay of an echo", "delay of the acceptance"],
)
def test_open_associations_are_aborted_at_the_end(faults: Faults, data: bytes) -> None:
    with serving(faults) as heard:
        client = Client(heard.port)
        client.send(associate_request())
        if not faults.delay_accept:
            client.read()
            client.send(data)
        wait_for(lambda: heard.scp.open_associations == 1)
    with client:
        assert client.read_all() == [*([] if faults.delay_accept else [AC]), "A-ABORT 0/0"]
        assert heard.ended == (ConnectionOutcome.ABORTED, "the SCP was ended")
