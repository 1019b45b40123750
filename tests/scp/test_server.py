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
from dcmtool.scp.listener import Address, Listener
from dcmtool.scp.record import Outcome, Record
from dcmtool.scp.server import VerificationScp
from dcmtool.scp.settings import ScpSettings
from dcmtool.settings import ServerTls, TlsSettings
from tests.peers.programs import ROOT
from tests.peers.scu import ECHO, RELEASE, Client, associate_request
from tests.scp.serving import HOST, Heard, serving
from tests.upper_layer.strategies import ASSOCIATE_RQ, STREAMS, damaged


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("127.0.0.1", 1), Address("127.0.0.1", 1)),
        (("::1", 1, 0, 0), Address("::1", 1)),
        (("::ffff:10.0.0.1", 1, 0, 0), Address("10.0.0.1", 1)),
        (("fe80::1%lo", 1, 0, 1), Address("fe80::1%lo", 1)),
    ],
)
def test_addresses_as_they_are_told(name: tuple[str, int], address: Address) -> None:
    assert Address.of(name) == address


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid", "a" * 100, "\0", ".."])
def test_what_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(ListenFailed):
        Listener(host, 0, lambda *_: None)


def test_both_families() -> None:
    with serving(host="::") as heard:
        assert dcmtool.echo("::1", heard.port).outcome == "success"
        assert dcmtool.echo(HOST, heard.port).outcome == "success"
        assert sorted(record.address for record in heard.wait(2)) == [HOST, "::1"]


def test_it_stops_after_so_many_associations() -> None:
    with serving(count=2) as heard:
        for _ in range(2):
            assert not heard.scp._stopping.is_set()
            socket.create_connection((HOST, heard.port)).close()
            assert dcmtool.echo(HOST, heard.port).outcome == "success"
        heard.scp.wait()
        with Client(heard.port) as late:
            assert late.read_all() == []
        ended = {record.outcome for record in heard.wait(5)}
    assert ended == {Outcome.RELEASED, Outcome.NOTHING_SENT}
    assert heard.totals.associations == 2


def test_what_the_hearer_raises_does_not_keep_it_from_ending(capsys: pytest.CaptureFixture[str]) -> None:
    def hear(record: Record) -> None:
        raise ValueError(record.outcome)

    with VerificationScp(ScpSettings(HOST, 0, count=1), hear) as scp:
        assert dcmtool.echo(HOST, scp.address.port).outcome == "success"
        scp.wait()
        assert scp.totals.echoes == 1
    assert "ValueError: released" in capsys.readouterr().err


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


def test_only_pynetdicoms_threads_end_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    with serving():
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    assert [args.exc_type for args in seen] == [ZeroDivisionError]


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
        heard.scp._listener.join(10)
        heard.records.clear()
        after = kinds()
    for module in ("pynetdicom", "dcmtool"):
        for name, count in after.items():
            assert not name.startswith(module) or count - before[name] < 10, name


def test_a_lack_of_descriptors_is_outlived() -> None:
    """A process that may open few files turns nobody away for good."""
    program = (
        "import resource, socket, dcmtool; from tests.scp.serving import serving\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "with serving() as heard:\n"
        "    many = []\n"
        "    try:\n"
        "        while True: many.append(socket.create_connection(('127.0.0.1', heard.port)))\n"
        "    except OSError: pass\n"
        "    for each in many: each.close()\n"
        "    heard.wait(len(many) - 5)\n"
        "    print(dcmtool.echo('127.0.0.1', heard.port).outcome)\n"
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
    assert record.outcome is not Outcome.TURNED_AWAY
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
