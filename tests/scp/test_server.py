"""The SCP as a whole: where it listens, how many it serves, how it stops, and that nothing of it is left."""

import gc
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dcmtool
from dcmtool.errors import ListenFailed
from dcmtool.scp.record import ConnectionOutcome, Record
from dcmtool.scp.server import VerificationScp
from dcmtool.scp.settings import ScpSettings
from dcmtool.settings import ServerTls, TlsSettings
from tests.peers import wire
from tests.peers.programs import ROOT
from tests.peers.scu import ECHO, RELEASE, USER_ABORT, Client, associate_request
from tests.scp.serving import HOST, Heard, serving
from tests.upper_layer.strategies import ASSOCIATE_RQ, STREAMS, damaged


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid", "a" * 100, "\0", ".."])
def test_what_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(ListenFailed), serving(host=host):
        pass


def test_both_families() -> None:
    with serving(host="::") as heard:
        assert dcmtool.echo("::1", heard.port).outcome == "success"
        assert dcmtool.echo(HOST, heard.port).outcome == "success"
        assert sorted(record.address for record in heard.wait(2)) == [HOST, "::1"]


def test_it_stops_after_so_many_associations() -> None:
    with serving(count=2) as heard:
        for _ in range(2):
            socket.create_connection((HOST, heard.port)).close()
            assert dcmtool.echo(HOST, heard.port).outcome == "success"
        heard.scp.wait()
        with Client(heard.port) as late:
            assert late.read_all() == []
        ended = {record.outcome for record in heard.wait(5)}
    assert ended == {ConnectionOutcome.RELEASED, ConnectionOutcome.NOTHING_SENT}
    assert heard.totals.associations == 2


@pytest.mark.parametrize("count", [1, None])
def test_what_the_report_raises_ends_the_wait_and_is_raised_at_the_end(count: int | None) -> None:
    def report(record: Record) -> None:
        raise ValueError(record.outcome)

    scp = VerificationScp(ScpSettings(HOST, 0, count=count), report)
    scp.__enter__()
    assert dcmtool.echo(HOST, scp.address.port).outcome == "success"
    scp.wait()
    with pytest.raises(ValueError, match="released"):
        scp.__exit__(None, None, None)
    assert scp.totals.echoes == 1


def test_another_thread_ends_the_wait() -> None:
    with serving() as heard:
        threading.Thread(target=heard.scp.stop).start()
        heard.scp.wait()


def test_it_has_an_identity_of_its_own_where_no_files_are_named() -> None:
    with serving() as heard:
        assert heard.scp.own is None
        assert heard.scp.warnings == ()
    with serving(tls=ServerTls(TlsSettings())) as heard:
        assert heard.scp.own is not None
        assert heard.scp.own.certificate.subject.rfc4514_string() == "CN=dcmtool scp"


def test_no_object_is_left_of_an_association() -> None:
    def kinds() -> Counter[str]:
        gc.collect()
        return Counter(str(type(each).__module__) for each in gc.get_objects())

    def many(heard: Heard, count: int) -> None:
        for _ in range(count):
            with Client(heard.port) as client:
                client.associate()
                client.echo()
                client.release()
            with Client(heard.port) as client:
                client.associate()
                client.send(b"garbage")
                client.read_all()

    with serving() as heard:
        many(heard, 3)
        before = kinds()
        many(heard, 20)
        heard.wait(46)
        heard.records.clear()
        after = kinds()
    for name, count in after.items():
        assert not name.startswith(("dcmtool", "asyncio")) or count - before[name] < 10, name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        associate_request()[:40],
        wire.pdu(wire.ASSOCIATE_RQ, b"\0\1"),
        associate_request() + b"garbage",
        associate_request() + USER_ABORT,
        associate_request(calling=b""),
        associate_request() + ECHO + RELEASE,
    ],
    ids=["bare", "HTTP", "half", "short", "garbage", "abort", "rejected", "released"],
)
@pytest.mark.parametrize("tls", [None, ServerTls(TlsSettings())], ids=["plain", "TLS"])
def test_an_ended_connection_is_freed_without_the_garbage_collector(
    data: bytes, tls: ServerTls | None
) -> None:
    with serving(tls=tls) as heard:
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                with Client(heard.port) as client:
                    client.send(data)
                    client.socket.shutdown(socket.SHUT_WR)
                    client.read_all()
            heard.wait(5)
            assert dcmtool.echo(HOST, heard.port, tls=TlsSettings(verify_peer=False) if tls else None).success
            heard.wait(6)
            names = Counter(type(each).__name__ for each in gc.get_objects())
        finally:
            gc.enable()
    assert names["AcceptedConnection"] <= 1  # the last one may just be ending


def test_a_lack_of_descriptors_is_outlived() -> None:
    """A process that may open few files turns nobody away for good."""
    program = (
        "import resource, socket; from dcmtool.api.echo import echo; from tests.scp.serving import serving\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "with serving() as heard:\n"
        "    many = []\n"
        "    try:\n"
        "        while True: many.append(socket.create_connection(('127.0.0.1', heard.port)))\n"
        "    except OSError: pass\n"
        "    for each in many: each.close()\n"
        "    heard.wait(len(many))\n"
        "    print(echo('127.0.0.1', heard.port).outcome)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert (run.stdout, run.stderr) == ("success\n", "")


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        damaged(),
        STREAMS,
        ASSOCIATE_RQ.map(lambda pdu: pdu.encode()),
        st.one_of(damaged(), STREAMS).map(lambda data: associate_request() + data),
    )
)
def test_whatever_comes_one_record_is_told_and_it_serves_on(fuzzed: Heard, data: bytes) -> None:
    before = len(fuzzed.records)
    with Client(fuzzed.port) as client:
        client.send(data)
        client.socket.shutdown(socket.SHUT_WR)
        client.read_all()
    record = fuzzed.wait(before + 1)[-1]
    assert record.outcome is not ConnectionOutcome.TURNED_AWAY
    assert record.reason.isprintable()


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.one_of(damaged(), STREAMS, st.binary(max_size=100).map(lambda data: ECHO[:12] + data)))
def test_whatever_comes_over_an_association(fuzzed: Heard, data: bytes) -> None:
    before = len(fuzzed.records)
    with Client(fuzzed.port) as client:
        client.associate()
        client.send(data, RELEASE)
        client.socket.shutdown(socket.SHUT_WR)
        client.read_all()
    record = fuzzed.wait(before + 1)[-1]
    assert record.outcome.of_association
    assert record.reason.isprintable()


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Heard]:
    """An SCP that serves one strange client after the other."""
    with serving() as heard:
        yield heard
        assert dcmtool.echo(HOST, heard.port).outcome == "success"
