"""pynetdicom's Verification SCP in this process."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from pynetdicom import AE, evt

from tests.peers.wire import IMPLICIT_LITTLE_ENDIAN, VERIFICATION

TITLE = "PYNETDICOM"
_AWAIT_REQUEST = {"Sta1", "Sta2"}  # PS3.8 9.2.1
_SETTLING = 5.0  # seconds at most


class Scp(NamedTuple):
    """A running SCP: its port, and the associations and echoes that it saw."""

    port: int
    accepted: list[evt.Event]
    echoes: list[evt.Event]


@contextlib.contextmanager
def verification_scp(
    *,
    host: str = "127.0.0.1",
    title: str = TITLE,
    status: int = 0x0000,
    check_called_title: bool = False,
    transfer_syntaxes: tuple[str, ...] = (IMPLICIT_LITTLE_ENDIAN,),
    max_pdu: int = 16382,
    abstract_syntax: str = VERIFICATION,
    known_callers: tuple[str, ...] = (),
    most: int = 10,
    refuses_identity: bool = False,
) -> Iterator[Scp]:
    """Run the SCP; it answers with this status, accepts these syntaxes, and takes `most` associations.

    With known callers it rejects all others.
    """
    entity = AE(ae_title=title)
    entity.require_called_aet = check_called_title
    entity.require_calling_aet = list(known_callers)
    entity.maximum_associations = most
    entity.maximum_pdu_size = max_pdu
    entity.add_supported_context(abstract_syntax, list(transfer_syntaxes))
    accepted: list[evt.Event] = []
    echoes: list[evt.Event] = []

    def echoed(event: evt.Event) -> int:
        echoes.append(event)
        return status

    handlers: Any = [(evt.EVT_C_ECHO, echoed), (evt.EVT_ACCEPTED, accepted.append)]
    if refuses_identity:
        handlers.append((evt.EVT_USER_ID, lambda _event: (False, None)))
    server: Any = entity.start_server((host, 0), block=False, evt_handlers=handlers)
    try:
        yield Scp(server.socket.getsockname()[1], accepted, echoes)
    finally:
        _wait_for_bare(server)
        server.shutdown()
        entity.shutdown()


def _wait_for_bare(server: Any) -> None:
    """Give connections that asked for nothing, and are closed, the time to be seen so.

    pynetdicom would abort those, which its own state machine has no place for: its thread then raises.
    """
    end = time.monotonic() + _SETTLING
    while time.monotonic() < end:
        states = [each.dul.state_machine.current_state for each in server.active_associations]
        if _AWAIT_REQUEST.isdisjoint(states):
            return
        time.sleep(0.01)
