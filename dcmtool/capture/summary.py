"""What many connections come to, for each pair of nodes."""

from collections.abc import Mapping, Sequence

from dcmtool.capture.connection import Endpoint, ObservedConnection, Spans
from dcmtool.named_tuple import NamedTuple


class Pair(NamedTuple):
    """What the connections from one node to another come to."""

    requestor: Endpoint  # without its port
    acceptor: Endpoint
    calling: str = ""
    called: str = ""
    connections: int = 0
    associations: int = 0
    failed: int = 0
    findings: Mapping[str, int] = {}
    accept: Spans | None = None
    commands: Mapping[str, Spans] = {}


class PairSummary:
    """Counts connections."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str, str, str], Pair] = {}
        self.left_out = 0

    def add(self, connection: ObservedConnection) -> None:
        """Count a connection in."""
        request = connection.request
        titles = (request.calling_aet, request.called_aet) if request else ("", "")
        key = connection.requestor.address, str(connection.acceptor), *titles
        pair = self._pairs.setdefault(
            key, Pair(Endpoint(connection.requestor.address), connection.acceptor, *titles)
        )
        findings = dict(pair.findings)
        for found in connection.findings:
            findings[found.finding.id] = findings.get(found.finding.id, 0) + 1
        self._pairs[key] = pair._replace(
            connections=pair.connections + 1,
            associations=pair.associations + connection.is_association,
            failed=pair.failed + connection.failed,
            findings=findings,
        )

    @property
    def pairs(self) -> Sequence[Pair]:
        """What there is, in the order in which it came."""
        return [*self._pairs.values()]
