"""Probes: whom they may reach, how many there are at a time, and what comes of each."""

from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING

from dcmtool.emitter import Emitter
from dcmtool.errors import InputFileError, TlsSettingsError, TransportError
from dcmtool.exporter.access import Networks, plain
from dcmtool.exporter.configuration import Chosen, Configuration
from dcmtool.exporter.lookups import Found, NameLookups
from dcmtool.exporter.refusal import FAILED, FORBIDDEN, RequestRefused
from dcmtool.exporter.turns import Turns
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import EchoRequest, Timeouts, TlsSettings
from dcmtool.steps import Connect, Deadline
from dcmtool.text import brief
from dcmtool.tls.contexts import PreparedTls
from dcmtool.transport import aio
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.diagnosis.findings import Finding

_SECOND = 1_000_000_000
# Of a probe's time, for its turn to come: one that begins with a moment left calls a node down that answers,
# and nothing tells of an exporter that has too much to do.
_WAITING = 0.5
_LEAVING = 1.5  # seconds that an association has to end after its A-ABORT: ARTIM (PS3.8 9.1.5), and some more


class Probe(NamedTuple):
    """What came of a probe: how long it was allowed to take, how long it and the name lookup took (s).

    `protocol` is the version of IP, 0 where the host has no address.
    """

    chosen: Chosen
    report: EchoReport
    finding: "Finding | None"
    started: datetime
    timeout: float
    duration: float
    lookup: float
    protocol: int


class NodeProber:
    """Probes targets: so many at a time, and one at an address."""

    def __init__(self, networks: Networks, most: int) -> None:
        self.networks, self.turns, self._lookups = networks, Turns(most), NameLookups()

    async def probe(
        self,
        chosen: Chosen,
        configuration: Configuration,
        timeout: float,
        emitter: Emitter | None = None,
    ) -> Probe:
        """Verify a target within so many seconds, of which up to half may go by until its turn comes.

        Raises:
            RequestRefused: it must not be probed, there was no room for it, or its settings are of no use.
        """
        started, begun, request = datetime.now(UTC), monotonic_ns(), chosen.target.request
        timeout = min(timeout, request.timeouts.deadline or timeout)
        deadline = Deadline.after(begun, "deadline", timeout)
        tls = _prepared(request.tls)
        peer = request.peer
        found = await self._lookups.find(Connect(peer.host, peer.port, peer.family, None, None), deadline)
        looked_up = monotonic_ns() - begun
        found = self._allowed(found, chosen, configuration)
        addresses = _texts(found)
        turn = Deadline.after(begun, "deadline", timeout * _WAITING)
        await self.turns.take(addresses, turn, monotonic_ns())
        try:
            now = monotonic_ns()
            request = _within(request, deadline.remaining(now))
            procedure = verify(request, now - looked_up, emitter, detail=emitter is not None)
            report = await aio.run(procedure, tls, lambda _step, _deliver: found, leaving=_LEAVING)
            duration = (monotonic_ns() - now + looked_up) / _SECOND
        finally:
            self.turns.give_back(addresses)
        finding = None
        if report.error is not None:
            from dcmtool.diagnosis.evidence import of_report
            from dcmtool.diagnosis.rules import finding_of

            finding = finding_of(of_report(report, request))
        return Probe(
            *(chosen, report, finding, started, timeout, duration),
            looked_up / _SECOND,
            _version(report.address, found),
        )

    def _allowed(self, found: Found, chosen: Chosen, configuration: Configuration) -> Found:
        """Return the addresses that may be connected to. Raises `RequestRefused` where there is none."""
        if isinstance(found, TransportError):
            return found
        target = chosen.target
        peer = target.request.peer
        for address in found:
            node = configuration.forbids(str(plain(address.text)), peer.port)
            if node is not None:
                raise RequestRefused(
                    FORBIDDEN,
                    f"{brief(target.name)} is the node {brief(node.name)}, which is not to be probed: "
                    f"{brief(node.do_not_probe)}",
                )
        allowed = [each for each in found if chosen.is_node or self.networks.allow(each.text)]
        if not allowed:
            tried = ", ".join(each.text for each in found)
            raise RequestRefused(FORBIDDEN, f"{brief(target.name)} is at {tried}, which is not allowed here")
        return allowed


def _texts(found: Found) -> tuple[str, ...]:
    """Return the addresses that a probe may connect to."""
    if isinstance(found, TransportError):
        return ()
    return tuple(dict.fromkeys(str(plain(each.text)) for each in found))


def _version(connected: str | None, found: Found) -> int:
    """Return the version of IP that was connected by, or else would have been first."""
    first = None if isinstance(found, TransportError) else found[0].text
    address = connected or first
    return 0 if address is None else plain(address).version


def _prepared(tls: TlsSettings | None) -> PreparedTls | None:
    if tls is None:
        return None
    from dcmtool.tls.contexts import prepare

    try:
        return prepare(tls)  # a file that was renewed is read anew
    except (InputFileError, TlsSettingsError) as error:
        raise RequestRefused(FAILED, error.fact) from error


def _within(request: EchoRequest, seconds: float) -> EchoRequest:
    budgets = request.timeouts
    deadline = max(round(seconds, 3), 0.001)  # as it is to stand in sentences
    timeouts = Timeouts(budgets.connect, budgets.acse, budgets.dimse, budgets.socket, deadline)
    return EchoRequest(request.peer, request.negotiation, timeouts, tls=request.tls)
