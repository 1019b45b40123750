"""Verify a node and get a report; a failure is in the report, never raised."""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from time import monotonic_ns, time
from typing import TYPE_CHECKING, TypedDict, overload

from dcmtool.emitter import Emitter
from dcmtool.errors import Interrupted
from dcmtool.reporting.report import Report
from dcmtool.settings import DEFAULT_PDU, EchoRequest, FilePath, Negotiation, Peer, Timeouts, TlsSettings
from dcmtool.steps import Family, Procedure
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from typing import Unpack

    from dcmtool.events import Listener
    from dcmtool.identity import Identity
    from dcmtool.tls.contexts import PreparedTls

_NO_TIMEOUTS_GIVEN = Timeouts()


class EchoArguments(TypedDict, total=False):
    """What may be said of a verification, by name, besides whom to verify; defaults are those of `echo`."""

    calling_aet: str
    called_aet: str
    transfer_syntaxes: Sequence[str]
    contexts: int
    max_pdu: int
    timeouts: Timeouts
    family: Family
    repeat: int
    interval: float
    reconnect: bool
    abort: bool
    tls: TlsSettings | None
    identity: "Identity | None"


@overload
def echo(
    host: str, port: int, *, listener: "Listener | None" = None, **asked: "Unpack[EchoArguments]"
) -> Report: ...
@overload
def echo(
    *,
    node: str,
    nodes: FilePath | None = None,
    force: bool = False,
    listener: "Listener | None" = None,
    **asked: "Unpack[EchoArguments]",
) -> Report: ...
def echo(
    host: str | None = None,
    port: int | None = None,
    *,
    node: str | None = None,
    nodes: FilePath | None = None,
    force: bool = False,
    listener: "Listener | None" = None,
    **asked: "Unpack[EchoArguments]",
) -> Report:
    """Verify a node, by `host` and `port` or by its name, with C-ECHOs on one association (PS3.7 9.1.5).

    `node` is a name in the node file at `nodes`, or else of the variable DCMTOOL_NODES, or else of the user.
    It is verified as by `dcmtool echo NAME`: what is given here beats the node's entry, each argument as a
    whole, and that the user's `[defaults.echo]` in dcmtool.toml. With `force` it is even if it is not to be
    probed. Where there is no `node` none of these files is read. No other variable of the environment counts.

    0 `repeat` until Ctrl-C or a failure; `interval` is the seconds between the starts of two echoes; with
    `reconnect` each echo has its own association. `contexts` (1 to 128) equal presentation contexts have
    `transfer_syntaxes` (UIDs) each; `max_pdu` is the largest PDU we take (bytes); `abort` ends with A-ABORT;
    `tls` secures it all, `identity` says who we are; the `listener` is called with each event.

    Raises:
        TypeError: there is no host and port, and no node; or there is both; or an argument is none of these.
        SettingsError: no association can be made with an argument; or the node is not to be probed.
        UnknownNode: no node has this name.
        InputFileError: a file that is named cannot be read, or is not what it should be.
        TlsSettingsError: no session can be made with these TLS settings.
        OutputFileError: the seed file that `tls` names cannot be written, after a success.
        KeyboardInterrupt: Ctrl-C; the association has been aborted, or, with an interval or no end, released.
    """
    from dcmtool.transport import blocking

    emitter, detail = _emitter(listener)
    request = _request_for(host, port, node, nodes, force, asked, emitter)
    prepared, started = _prepared(request.tls, emitter), round(time(), 6)
    report = blocking.run(_procedure(request, emitter, detail), prepared)
    if isinstance(report.error, Interrupted):
        raise report.error.cause
    return Report.of(report, request, started)


@overload
async def async_echo(
    host: str, port: int, *, listener: "Listener | None" = None, **asked: "Unpack[EchoArguments]"
) -> Report: ...
@overload
async def async_echo(
    *,
    node: str,
    nodes: FilePath | None = None,
    force: bool = False,
    listener: "Listener | None" = None,
    **asked: "Unpack[EchoArguments]",
) -> Report: ...
async def async_echo(
    host: str | None = None,
    port: int | None = None,
    *,
    node: str | None = None,
    nodes: FilePath | None = None,
    force: bool = False,
    listener: "Listener | None" = None,
    **asked: "Unpack[EchoArguments]",
) -> Report:
    """Verify a node as `echo` does, without blocking the event loop; cancelling closes the connection.

    Raises: what `echo` does.
    """
    from dcmtool.transport import aio

    emitter, detail = _emitter(listener)
    request = _request_for(host, port, node, nodes, force, asked, emitter)
    prepared, started = _prepared(request.tls, emitter), round(time(), 6)
    return Report.of(await aio.run(_procedure(request, emitter, detail), prepared), request, started)


def _request_for(
    host: str | None,
    port: int | None,
    node: str | None,
    nodes: FilePath | None,
    force: bool,
    asked: EchoArguments,
    emitter: Emitter | None,
) -> EchoRequest:
    """Return the request for an address, or for a node by its name."""
    check_names(asked)
    if node is None:
        if host is None or port is None:
            raise TypeError("an echo needs host and port, or node, a name in a node file")
        if nodes is not None or force:
            raise TypeError("nodes and force go with node, a name in a node file, not with host and port")
        return _checked(host, port, asked)
    if host is not None or port is not None:
        raise TypeError("an echo takes host and port or node, a name in a node file, but not both")
    from dcmtool.options.named import request_of

    return request_of(node, nodes, asked, force=force, warn=None if emitter is None else _warning(emitter))


def check_names(asked: EchoArguments) -> None:
    """Raise `TypeError` for an argument that no echo takes."""
    for name in asked:
        if name not in EchoArguments.__annotations__:
            raise TypeError(f"an echo takes no argument '{name}'")


def _warning(emitter: Emitter) -> Callable[[str], None]:
    from dcmtool.events import Warned

    return lambda sentence: emitter(Warned(sentence))


def _checked(host: str, port: int, asked: EchoArguments) -> EchoRequest:
    """Return the request; arguments that cannot be hashed are checked without the cache."""
    syntaxes = asked.get("transfer_syntaxes", "")
    if isinstance(syntaxes, Iterable) and not isinstance(syntaxes, str):
        asked["transfer_syntaxes"] = tuple(syntaxes)
    if asked.get("identity") is not None:  # of an identity no secret is kept
        return _request.__wrapped__(host, port, **asked)
    try:
        return _request(host, port, **asked)
    except TypeError:
        return _request.__wrapped__(host, port, **asked)


def _emitter(listener: "Listener | None") -> tuple[Emitter | None, bool]:
    """Return what emits to the listener, and whether details are wanted.

    Events also go to the standard logger, if logging is in use.
    """
    detail = True
    if "logging" in sys.modules:
        from dcmtool.trace.logger import logged

        listener, detail = logged(listener)
    return None if listener is None else Emitter(listener, monotonic_ns, time), detail


def _prepared(tls: TlsSettings | None, emitter: Emitter | None) -> "PreparedTls | None":
    if tls is None:
        return None
    from dcmtool.tls.contexts import prepare

    prepared = prepare(tls)
    if emitter is not None:
        for sentence in prepared.warnings:
            _warning(emitter)(sentence)
    return prepared


def _procedure(request: EchoRequest, emitter: Emitter | None, detail: bool) -> Procedure[EchoReport]:
    procedure = verify(request, monotonic_ns(), emitter, detail=detail)
    if emitter is None or not detail:
        return procedure
    from dcmtool.trace.timers import timed

    return timed(procedure, monotonic_ns, emitter)


@lru_cache(maxsize=64, typed=True)  # a monitor asks its nodes the same again and again
def _request(
    host: str,
    port: int,
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
    identity: "Identity | None" = None,
) -> EchoRequest:
    return EchoRequest(
        Peer(host, port, family),
        Negotiation(calling_aet, called_aet, transfer_syntaxes, contexts, max_pdu, identity),
        timeouts,
        repeat,
        abort,
        tls,
        interval,
        reconnect,
    )
