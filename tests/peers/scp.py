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
        server.shutdown()
        entity.shutdown()
