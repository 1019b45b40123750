"""The Python API: verify a node and get a report; a failure is in the report, never raised."""

from collections.abc import Generator
from time import monotonic_ns
from typing import Any

from dcmtool.settings import DEFAULT_PDU, EchoRequest, Negotiation, Peer, Timeouts
from dcmtool.steps import Family, Step
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN
from dcmtool.verification.progress import Listener
from dcmtool.verification.report import EchoReport
from dcmtool.verification.scu import verify

_NO_TIMEOUTS_GIVEN = Timeouts()


def echo(
    host: str,
    port: int,
    *,
    calling_aet: str = "ECHOSCU",
    called_aet: str = "ANY-SCP",
    transfer_syntaxes: tuple[str, ...] = (IMPLICIT_VR_LITTLE_ENDIAN,),
    contexts: int = 1,
    max_pdu: int = DEFAULT_PDU,
    timeouts: Timeouts = _NO_TIMEOUTS_GIVEN,
    family: Family = "auto",
    repeat: int = 1,
    abort: bool = False,
    listener: Listener | None = None,
) -> EchoReport:
    """Verify the node at `host` and `port` with `repeat` C-ECHOs on one association (PS3.7 9.1.5).

    `contexts` equal presentation contexts (1 to 128) are proposed, each with `transfer_syntaxes` (UIDs);
    `max_pdu` is the largest PDU we take, in bytes; `abort` ends with A-ABORT instead of A-RELEASE; the
    `listener` is called with each event as it happens.

    Raises:
        SettingsError: an argument is one that no association can be made with.
    """
    from dcmtool.transport import blocking

    return blocking.run(
        _procedure(
            Peer(host, port, family),
            Negotiation(calling_aet, called_aet, tuple(transfer_syntaxes), contexts, max_pdu),
            timeouts,
            repeat,
            abort,
            listener,
        )
    )


async def async_echo(
    host: str,
    port: int,
    *,
    calling_aet: str = "ECHOSCU",
    called_aet: str = "ANY-SCP",
    transfer_syntaxes: tuple[str, ...] = (IMPLICIT_VR_LITTLE_ENDIAN,),
    contexts: int = 1,
    max_pdu: int = DEFAULT_PDU,
    timeouts: Timeouts = _NO_TIMEOUTS_GIVEN,
    family: Family = "auto",
    repeat: int = 1,
    abort: bool = False,
    listener: Listener | None = None,
) -> EchoReport:
    """Verify a node as `echo` does, without blocking the event loop; cancelling closes the connection.

    Raises:
        SettingsError: an argument is one that no association can be made with.
    """
    from dcmtool.transport import aio

    return await aio.run(
        _procedure(
            Peer(host, port, family),
            Negotiation(calling_aet, called_aet, tuple(transfer_syntaxes), contexts, max_pdu),
            timeouts,
            repeat,
            abort,
            listener,
        )
    )


def _procedure(
    peer: Peer,
    negotiation: Negotiation,
    timeouts: Timeouts,
    repeat: int,
    abort: bool,
    listener: Listener | None,
) -> Generator[Step, Any, EchoReport]:
    request = EchoRequest(peer, negotiation, timeouts, repeat, abort)
    return verify(request, monotonic_ns(), listener)
