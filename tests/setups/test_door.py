"""That what is opened at a node is seen: two at a time, bare connections, associations without an end."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import wire
from tests.peers.dcmtool_scp import wait_for
from tests.peers.scripted import GRACE, Step
from tests.peers.scu import RELEASE, Client, associate_request
from tests.peers.vocabulary import Abort, Accept, CloseConnection, Raw, ResetConnection, Serve
from tests.setups import servers
from tests.setups.checks import is_bare, is_ended
from tests.setups.connections import REQUESTED
from tests.setups.door import Door, Player, Tap, Visit, reset

GOOD = (Accept(), Serve())
ALERT = bytes([21, 3, 3, 0, 2, 2, 40])  # fatal: handshake failure (RFC 8446 6)


@pytest.fixture(params=["a tap", "a player"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    """A node in order, in either way."""
    with contextlib.ExitStack() as stack:
        if request.param == "a tap":
            port = stack.enter_context(servers.pynetdicom()(tmp_path))
            yield stack.enter_context(Tap(port))
        else:
            yield stack.enter_context(Player(GOOD))


def release(client: Client) -> None:
    """Release an association, and do not wait for the node to close."""
    client.send(RELEASE)
    client.read()


def test_one_after_the_other(door: Door) -> None:
    for _ in range(3):
        with Client(door.port) as client:
            client.associate()
            client.echo()
            release(client)
    assert [visit.beside for visit in door.visits] == [0, 0, 0]
    assert {visit.outcome for visit in door.visits} == {"AC DATA RELEASE-RP"}
    assert not any(map(is_bare, door.visits))
    assert all(map(is_ended, door.visits))


def test_two_at_a_time(door: Door) -> None:
    with Client(door.port) as one, Client(door.port) as other:
        one.associate()
        other.associate()
        release(one)
        release(other)
    assert [visit.beside for visit in door.visits] == [0, 1]


def test_a_bare_connection(door: Door) -> None:
    socket.create_connection(("127.0.0.1", door.port)).close()
    wait_for(lambda: any(map(is_bare, door.visits)))


def test_an_association_without_an_end(door: Door) -> None:
    with Client(door.port) as client:
        client.associate()
    wait_for(lambda: any(visit.sent for visit in door.visits))
    assert door.visits[0].types == [wire.ASSOCIATE_RQ]
    assert not is_ended(door.visits[0])


@pytest.mark.parametrize("through", [False, True], ids=["played", "through a tap"])
@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ((REQUESTED, CloseConnection()), "closed"),
        ((REQUESTED, ResetConnection()), "reset"),
        ((REQUESTED, Abort(2, 1)), "ABORT 2/1"),
        ((REQUESTED, Raw(b"HTTP/1.1 400"), CloseConnection()), "bytes 48 54 54 50 2f 31 closed"),
        ((REQUESTED, Raw(bytes([21, 3, 3, 0, 2, 2, 40]))), "alert 40"),
        ((Accept(), CloseConnection()), "AC closed"),
        (GOOD, "AC"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_outcome(steps: tuple[Step, ...], outcome: str, through: bool) -> None:
    with contextlib.ExitStack() as stack:
        door: Door = stack.enter_context(Player(steps))
        if through:
            door = stack.enter_context(Tap(door.port))
        with Client(door.port) as client:
            client.send(associate_request())
            wait_for(lambda: [visit.outcome for visit in door.visits] == [outcome])
            client.send(wire.abort(0, 0))


def test_last_words_while_the_caller_sends() -> None:
    arrived, gone = threading.Event(), threading.Event()

    class Late(Tap):
        def _pass_on(self, source: socket.socket, sink: socket.socket, visit: Visit, *, caller: bool) -> bool:
            if caller:
                arrived.set()
                assert gone.wait(GRACE)
            return super()._pass_on(source, sink, visit, caller=caller)

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Late(listener.getsockname()[1]) as door,
        socket.create_connection(("127.0.0.1", door.port)) as client,
    ):
        client.sendall(b"more")
        server, _ = listener.accept()
        assert arrived.wait(GRACE)
        server.sendall(ALERT)
        reset(server)
        gone.set()
        assert client.recv(100) == ALERT
        with pytest.raises(ConnectionResetError):
            client.recv(100)
    assert [(visit.answered, visit.ended) for visit in door.visits] == [(ALERT, "reset")]
