"""The Python API: verify a node and get a report; a failure is in the report, never raised."""

from functools import lru_cache
from time import monotonic_ns

from dcmtool.settings import DEFAULT_PDU, EchoRequest, Negotiation, Peer, Timeouts
from dcmtool.steps import Family
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

    syntaxes = tuple(transfer_syntaxes)
    request = _request(
        host, port, family, calling_aet, called_aet, syntaxes, contexts, max_pdu, timeouts, repeat, abort
    )
    return blocking.run(verify(request, monotonic_ns(), listener))


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

    syntaxes = tuple(transfer_syntaxes)
    request = _request(
        host, port, family, calling_aet, called_aet, syntaxes, contexts, max_pdu, timeouts, repeat, abort
    )
    return await aio.run(verify(request, monotonic_ns(), listener))


@lru_cache(maxsize=64, typed=True)  # a monitor asks its nodes the same again and again
def _request(
    host: str,
    port: int,
    family: Family,
    calling_aet: str,
    called_aet: str,
    transfer_syntaxes: tuple[str, ...],
    contexts: int,
    max_pdu: int,
    timeouts: Timeouts,
    repeat: int,
    abort: bool,
) -> EchoRequest:
    return EchoRequest(
        Peer(host, port, family),
        Negotiation(calling_aet, called_aet, transfer_syntaxes, contexts, max_pdu),
        timeouts,
        repeat,
        abort,
    )
