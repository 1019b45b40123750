"""Single echoes and single associations, beside a bare socket and beside the dicom-echo package (Rust)."""

import os
import socket
import time
from functools import partial

import dicom_echo

import dcmtool
from benchmarks.bare import bare_echoes, receive_pdu
from benchmarks.comparison import Row, compare
from benchmarks.processors import pinned_to
from benchmarks.scp import running
from dcmtool.association.proposal import associate_rq
from dcmtool.settings import Negotiation
from dcmtool.upper_layer.pdus import ReleaseRq
from dcmtool.verification.echo import proposal

ECHOES = 4000


def per_echo() -> Row:
    """An echo of `--repeat` beside a loop that sends prebuilt bytes, client and SCP on one processor."""
    processor = min(os.sched_getaffinity(0))
    with running(processor) as port, pinned_to(processor):
        return compare(
            "an echo of `--repeat` / a bare socket loop with prebuilt bytes",
            1.5,
            lambda: _echoes(port),
            lambda: _bare_loop(port),
            15,
            "client and SCP on one processor",
        )


def per_association() -> list[Row]:
    """An association beside dicom-echo's, which closes the connection without A-RELEASE.

    The first row is DCMTK's storescp as it is installed; the others are without its delay: what both do,
    up to the release, and with our release in it.
    """
    name = "an association by `dcmtool.echo()` / by `dicom_echo.send()`"
    with running(delays=True) as port:
        ours, theirs = partial(_associations, port, True, 20), partial(_rust_associations, port, 20)
        rows = [compare(name, 1.5, ours, theirs, 5, "connect to release")]
    with running() as port:
        theirs = partial(_rust_associations, port, 200)
        for with_release, note in (
            (False, "up to the release"),
            (True, "with A-RELEASE, which theirs omits"),
        ):
            ours = partial(_associations, port, with_release, 200)
            rows.append(compare("the same, the SCP with TCP_NODELAY", None, ours, theirs, 15, note))
    return rows


def _rust_associations(port: int, count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        dicom_echo.send(f"127.0.0.1:{port}")
    return (time.perf_counter() - begun) / count


def _echoes(port: int) -> float:
    report = dcmtool.echo("127.0.0.1", port, repeat=ECHOES)
    assert report.phases.echo is not None, report.error
    return report.phases.echo / ECHOES / 1e9


def _bare_loop(port: int) -> float:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(associate_rq(proposal(Negotiation())).encode())
        receive_pdu(connection)
        elapsed = bare_echoes(connection, ECHOES)
        connection.sendall(ReleaseRq().encode())
        receive_pdu(connection)
        return elapsed / (ECHOES - 1)


def _associations(port: int, with_release: bool, count: int) -> float:
    releasing = 0
    begun = time.perf_counter()
    for _ in range(count):
        report = dcmtool.echo("127.0.0.1", port)
        assert report.phases.release is not None, report.error
        releasing += report.phases.release
    elapsed = time.perf_counter() - begun
    return (elapsed - (0 if with_release else releasing / 1e9)) / count
