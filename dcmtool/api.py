"""The Python API: verify a node and get a report; a failure is in the report, never raised."""

import sys
from collections.abc import Iterable
from functools import lru_cache
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from dcmtool.errors import Interrupted
from dcmtool.settings import DEFAULT_PDU, EchoRequest, Negotiation, Peer, Timeouts, TlsSettings
from dcmtool.steps import Family
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN
from dcmtool.verification.progress import Listener, Warned
from dcmtool.verification.report import EchoReport
from dcmtool.verification.scu import verify

if TYPE_CHECKING:
    from dcmtool.transport.tls import PreparedTls

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
    interval: float = 0,
    reconnect: bool = False,
    abort: bool = False,
    tls: TlsSettings | None = None,
    listener: Listener | None = None,
) -> EchoReport:
    """Verify the node at `host` and `port` with `repeat` C-ECHOs on one association (PS3.7 9.1.5).

    0 `repeat` until Ctrl-C or a failure; `interval` is the seconds between the starts of two echoes; with
    `reconnect` each echo has its own association, and a failure ends none of the others.
    `contexts` equal presentation contexts (1 to 128) are proposed, each with `transfer_syntaxes` (UIDs);
    `max_pdu` is the largest PDU we take, in bytes; `abort` ends with A-ABORT instead of A-RELEASE; `tls`
    secures the connection; the `listener` is called with each event as it happens.
    The standard logger `dcmtool` says what `dcmtool echo` would.

    Raises:
        SettingsError: an argument is one that no association can be made with.
        InputFileError: a file that `tls` names cannot be read, or is not what it should be.
        TlsSettingsError: no session can be made with these TLS settings.
        OutputFileError: the seed file that `tls` names cannot be written, after a success.
        KeyboardInterrupt: Ctrl-C; the association has been aborted by then, or released in order where there
            is an interval or no end of echoes.
    """
    from dcmtool.transport import blocking

    request = _checked(
        *(host, port, family, calling_aet, called_aet, transfer_syntaxes, contexts, max_pdu),
        *(timeouts, repeat, abort, tls, interval, reconnect),
    )
    hear, detail = _logged(listener)
    prepared = _prepared(tls, hear)
    report = blocking.run(verify(request, monotonic_ns(), hear, detail=detail), prepared)
    if isinstance(report.error, Interrupted):
        raise report.error.cause
    return report


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
    interval: float = 0,
    reconnect: bool = False,
    abort: bool = False,
    tls: TlsSettings | None = None,
    listener: Listener | None = None,
) -> EchoReport:
    """Verify a node as `echo` does, without blocking the event loop; cancelling closes the connection.

    Raises: what `echo` does.
    """
    from dcmtool.transport import aio

    request = _checked(
        *(host, port, family, calling_aet, called_aet, transfer_syntaxes, contexts, max_pdu),
        *(timeouts, repeat, abort, tls, interval, reconnect),
    )
    hear, detail = _logged(listener)
    prepared = _prepared(tls, hear)
    return await aio.run(verify(request, monotonic_ns(), hear, detail=detail), prepared)


def _checked(*arguments: Any) -> EchoRequest:
    """Return the request; what cannot be hashed cannot be cached, but be told what is wrong with it."""
    *before, syntaxes, contexts, max_pdu, timeouts, repeat, abort, tls, interval, reconnect = arguments
    if isinstance(syntaxes, Iterable) and not isinstance(syntaxes, str):
        syntaxes = tuple(syntaxes)
    checked = (*before, syntaxes, contexts, max_pdu, timeouts, repeat, abort, tls, interval, reconnect)
    try:
        return _request(*checked)
    except TypeError:
        return _request.__wrapped__(*checked)


def _logged(listener: Listener | None) -> tuple[Listener | None, bool]:
    """Have the standard logger told as well, where the program uses logging at all."""
    if "logging" not in sys.modules:
        return listener, True
    from dcmtool.trace.logger import logged

    return logged(listener)


def _prepared(tls: TlsSettings | None, listener: Listener | None) -> "PreparedTls | None":
    if tls is None:
        return None
    from dcmtool.transport.tls import prepare

    prepared = prepare(tls)
    if listener is not None:
        for sentence in prepared.warnings:
            listener(Warned(sentence))
    return prepared


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
    tls: TlsSettings | None,
    interval: float,
    reconnect: bool,
) -> EchoRequest:
    return EchoRequest(
        Peer(host, port, family),
        Negotiation(calling_aet, called_aet, transfer_syntaxes, contexts, max_pdu),
        timeouts,
        repeat,
        abort,
        tls,
        interval,
        reconnect,
    )
