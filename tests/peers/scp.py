"""pynetdicom's Verification SCP in this process."""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from pynetdicom import AE, evt

from tests.peers.wire import IMPLICIT_LITTLE_ENDIAN, VERIFICATION

TITLE = "PYNETDICOM"


class Scp(NamedTuple):
    """A running SCP: its port, and the associations and echoes that it saw."""

    port: int
    accepted: list[evt.Event]
    echoes: list[evt.Event]


@contextlib.contextmanager
def verification_scp(
    *,
    host: str = "127.0.0.1",
    status: int = 0x0000,
    check_called_title: bool = False,
    transfer_syntaxes: tuple[str, ...] = (IMPLICIT_LITTLE_ENDIAN,),
    max_pdu: int = 16382,
) -> Iterator[Scp]:
    """Run the SCP; it answers with this status and accepts these transfer syntaxes."""
    entity = AE(ae_title=TITLE)
    entity.require_called_aet = check_called_title
    entity.maximum_pdu_size = max_pdu
    entity.add_supported_context(VERIFICATION, list(transfer_syntaxes))
    accepted: list[evt.Event] = []
    echoes: list[evt.Event] = []

    def echoed(event: evt.Event) -> int:
        echoes.append(event)
        return status

    handlers: Any = [(evt.EVT_C_ECHO, echoed), (evt.EVT_ACCEPTED, accepted.append)]
    server: Any = entity.start_server((host, 0), block=False, evt_handlers=handlers)
    try:
        yield Scp(server.socket.getsockname()[1], accepted, echoes)
    finally:
        server.shutdown()
        entity.shutdown()
