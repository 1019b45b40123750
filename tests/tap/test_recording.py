"""The capture that a relay keeps: what is in it, who may read it, and what cannot be written."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from dcmtool.capture.connection import Endpoint
from dcmtool.errors import OutputFileError
from dcmtool.tap import recording as module
from dcmtool.tap.recording import Recording
from tests.peers.dcmtool_scp import wait_for
from tests.peers.programs import refusing_port
from tests.peers.scu import ECHO, RELEASE, associate_request
from tests.tap.captured import ACK, FIN, RST, SYN, packets, stream
from tests.tap.ends import HOST, node, read_all, reset, tapped
from tests.tap.test_cutting import DATA, DATA_PDU, HIDDEN, REQUEST, SECRET

AT = 1_800_000_000_000_000_000


def recorded(path: Path, whole: bool, sent: bytes) -> tuple[bytes, bytes]:
    """Relay a conversation with a node that sends everything back, and return what was kept of both sides."""
    complaints: list[str] = []
    with (
        node() as port,
        Recording(str(path), whole, "a program", complaints.append) as recording,
        tapped(port, record=recording.connection) as tap,
        tap.call() as caller,
    ):
        ours = caller.getsockname()
        caller.sendall(sent)
        assert caller.recv(len(sent), socket.MSG_WAITALL) == sent
        caller.shutdown(socket.SHUT_WR)
        assert read_all(caller) == b""
        tap.wait_for_end()
    recording.raise_failure()
    assert complaints == []
    found = packets(path.read_bytes())
    assert [each.flags for each in found][:3] == [SYN, SYN | ACK, ACK]
    assert sum(each.flags & FIN for each in found) == 2
    assert {each.source for each in found} == {ours, (HOST, port)}
    assert [each.at for each in found] == sorted(each.at for each in found)
    return stream(found, ours), stream(found, (HOST, port))


WHOLE = REQUEST + ECHO + DATA_PDU + RELEASE
KEPT = HIDDEN + ECHO + DATA_PDU.replace(DATA, b"." * len(DATA)) + RELEASE


@pytest.mark.parametrize(("whole", "kept"), [(False, KEPT), (True, WHOLE)])
def test_what_is_kept_of_a_conversation(tmp_path: Path, whole: bool, kept: bytes) -> None:
    path = tmp_path / "kept.pcapng"
    assert recorded(path, whole, WHOLE) == (kept, kept)
    assert (SECRET in path.read_bytes()) == whole
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_for_its_owner_alone_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "kept.pcapng"
    path.write_bytes(b"x" * 100_000)
    path.chmod(0o644)
    recorded(path, False, ECHO)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_held_back_is_counted_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "kept.pcapng"
    begun = associate_request()[:50]
    assert recorded(path, False, begun) == (b"." * 50, b"." * 50)


def test_resets_and_refusals(tmp_path: Path) -> None:
    path = tmp_path / "kept.pcapng"

    def reset_at_once(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with Recording(str(path), False, "", print) as recording:
        with node(reset_at_once) as port, tapped(port, record=recording.connection) as tap:
            with tap.call() as caller:
                caller.sendall(b"\1")  # which is held back
                with pytest.raises(ConnectionResetError):
                    caller.recv(1)
            tap.wait_for_end()
        with refusing_port() as refused, tapped(refused, record=recording.connection) as tap:
            tap.call_and_be_reset()
        with node() as port, tapped(port, record=recording.connection, cut_after=1) as tap:
            with tap.call() as caller:
                caller.sendall(b"x")
                with pytest.raises(ConnectionResetError):
                    caller.recv(1)
            tap.wait_for_end()
    found = [(each.flags, each.source[1]) for each in packets(path.read_bytes())]
    node_port = found[1][1]
    assert found[:4] == [
        (SYN, found[0][1]),
        (SYN | ACK, node_port),
        (ACK, found[0][1]),
        (RST | ACK, node_port),
    ]
    assert found[4:6] == [(SYN, found[4][1]), (RST | ACK, refused)]
    assert [flags for flags, _ in found[-2:]] == [RST | ACK, RST | ACK]
    assert len({number for _, number in found[-2:]}) == 2


@pytest.mark.parametrize("path", ["/nonexistent/file", ".", "a\0b"])
def test_a_file_that_cannot_be_opened(path: str) -> None:
    with pytest.raises(OutputFileError), Recording(path, False, "", print):
        pass


def test_a_disk_that_is_full_ends_the_recording_and_not_the_relay() -> None:
    complaints: list[str] = []
    with Recording("/dev/full", True, "", complaints.append) as recording:
        wait_for(lambda: recording.error is not None)
        recording.add([b"x"])
        with node() as port, tapped(port, record=recording.connection) as tap, tap.call() as caller:
            caller.sendall(b"x")
            assert caller.recv(1) == b"x"
    assert complaints == ["/dev/full cannot be written: No space left on device; the tap goes on without it"]
    with pytest.raises(OutputFileError):
        recording.raise_failure()


def test_what_there_is_no_room_for_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that stops holds up nothing: no more than so much waits for it."""
    monkeypatch.setattr(module, "_MOST_WAITING", 1000)
    monkeypatch.setattr(module, "_LAST_PACKETS", 0.01)
    path, complaints = tmp_path / "pipe", list[str]()
    os.mkfifo(path)
    opened = threading.Thread(target=lambda: os.open(path, os.O_RDONLY))
    opened.start()
    with Recording(str(path), True, "", complaints.append) as recording:
        opened.join()
        recorder = recording.connection(Endpoint(HOST, 1), Endpoint(HOST, 2))
        for _ in range(2000):
            recorder.received("requestor", memoryview(b"x" * 100), AT)
    assert len(complaints) == 1
    assert "left out, as they came faster than they were written" in complaints[0]
