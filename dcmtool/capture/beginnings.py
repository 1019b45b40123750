"""Why a connection between two others has neither an association nor TLS: TCP, other protocols, silence."""

from collections.abc import Iterator
from errno import ECONNREFUSED, ETIMEDOUT

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection, ObservedFinding
from dcmtool.capture.icmp import PROHIBITED, REFUSALS, Unreachable
from dcmtool.capture.moments import LONG, SHORT, lasted
from dcmtool.capture.parties import Parties, acted_on
from dcmtool.capture.protocols import shown_of
from dcmtool.diagnosis.callers import first_bytes
from dcmtool.diagnosis.callers.call import Call
from dcmtool.diagnosis.callers.connection_rules import begun, of_connection
from dcmtool.diagnosis.findings import Seen
from dcmtool.diagnosis.observed.table import OBSERVED
from dcmtool.errors import (
    Cause,
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NotDicom,
    RemoteProtocolError,
    UnexpectedPdu,
)
from dcmtool.text import counted
from dcmtool.upper_layer.pdus import ASSOCIATE_RQ, PDU_NAMES

_TCP = {"refused": ECONNREFUSED, "unanswered": ETIMEDOUT}
_VERSION = "A-ASSOCIATE-RQ has protocol version"
_TLS_ALERT = b"\x15\x03"
_KEPT = 8  # bytes of what is no PDU, as `NotDicom.start` has them


def begins_pdu(start: bytes) -> bool:
    """Return whether these bytes begin a PDU, as far as they go (PS3.8 9.3.1)."""
    return bool(start) and start[0] in PDU_NAMES and start[1:2] in (b"", b"\0")


def of_beginning(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield why there is no association, where DICOM was asked for by nobody."""
    connection = parties.connection
    number = _TCP.get(connection.ending)
    if number is not None:
        yield _of_tcp(parties, OSError(number, ""))
    elif any(connection.missing) or not connection.handshake:
        return  # what was sent first is not known
    elif not any(connection.bytes) and not any(connection.starts):
        yield from _of_silence(parties)
    elif connection.starts[0]:
        yield from _of_other_protocol(parties, connection.starts[0])


def of_unreachable(parties: Parties, said: Unreachable) -> ObservedFinding:
    """Return what it means that what a side sent did not arrive, as somebody on the way says."""
    connection = parties.connection
    receiver: Side = "acceptor" if said.sender == "requestor" else "requestor"
    ends: dict[Side, Endpoint] = {"requestor": connection.requestor, "acceptor": connection.acceptor}
    is_of_receiver = said.by == ends[receiver].address
    first = "see-firewall-of-host" if is_of_receiver else "ask-who-says-so"
    if said.by == ends[said.sender].address:  # to whom nobody answers in its own network
        first = "see-host-is-up"
    return parties.finding(
        "refused" if said.what in REFUSALS else "unreachable",
        Seen(f"ICMP: {said.what}", at=parties.since(said.at), data=said.data),
        certainty="certain" if said.what == PROHIBITED else "likely",
        actor=receiver if is_of_receiver else "network",
        advice=(first, "see-firewall-between"),
        sentence=OBSERVED["unreachable"].sentence,
        facts={
            "sender": parties.names[said.sender],
            "receiver": parties.names[receiver],
            "router": said.by,
            "what": said.what,
        },
    )


def _of_tcp(parties: Parties, error: OSError) -> ObservedFinding:
    connection = parties.connection
    times = f" to {counted(connection.syns, 'SYN')}" if connection.syns else ""
    answer = "a reset" if error.errno == ECONNREFUSED else "no answer"
    address, port = connection.acceptor.address, connection.acceptor.port or 0
    cause = ConnectFailed(address, port, ((address, error),))
    seen = Seen(f"{answer}{times}", at=parties.since(connection.ended))
    return parties.of_attempt("connect", cause, seen)


def _of_silence(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield what it means that nobody sent anything: a caller speaks first, and at once."""
    connection = parties.connection
    if connection.ending not in ("closed", "reset"):
        if lasted(connection) >= LONG:
            yield _found(parties, DeadlineExpired("A-ASSOCIATE-RQ", "idle", lasted(connection) / 1e9))
        return
    ended = parties.since(connection.ended)
    verb = "closed" if connection.ending == "closed" else "reset"
    seen = Seen(f"the {connection.ended_by or 'other side'} {verb} the connection", at=ended)
    if connection.ended_by == "requestor":
        yield _found(parties, ConnectionLost())
    elif lasted(connection) >= SHORT:
        yield parties.finding("silent-caller", seen, alternatives=("closed-at-once", "request-lost"))
    else:
        yield parties.of_attempt("associate", ConnectionLost(), seen, spoke_first=True)


def _of_other_protocol(parties: Parties, start: bytes) -> Iterator[ObservedFinding]:
    """Yield which other protocol the requestor speaks, unless the acceptor speaks it too."""
    connection = parties.connection
    answer = connection.starts[1]
    is_dicom = begins_pdu(answer)
    is_refused = answer.startswith(_TLS_ALERT) and first_bytes.proxy_version(start) is not None
    if (answer and not is_dicom and not is_refused) or (not answer and connection.ending == "open"):
        return
    found = _found(parties, NotDicom(start[:_KEPT]))
    if is_dicom or found.finding.certainty != "certain" or found.finding.id == "proxy-header-sent":
        yield found
    else:  # what listens there may be of that protocol, and not answer for a reason of its own
        yield ObservedFinding(found.finding._replace(certainty="possible"), found.actor)


def of_no_request(parties: Parties) -> Iterator[ObservedFinding]:
    """Yield what is wrong with what came in place of a request that can be read."""
    connection = parties.connection
    start = connection.starts[0]
    faults = [each.error for each in connection.faults if each.sender == "requestor"]
    if not connection.handshake or connection.missing[0] or not begins_pdu(start):
        return
    if start[0] != ASSOCIATE_RQ:
        yield _found(parties, UnexpectedPdu(PDU_NAMES[start[0]], "waiting for A-ASSOCIATE-RQ"))
    elif faults:
        yield _found(parties, _with_kind(faults[0]))
    elif connection.partial[0] and connection.ending != "open":
        lost = ConnectionLost() if connection.ended_by == "requestor" else None
        yield _found(parties, lost or DeadlineExpired("rest", "idle", lasted(connection) / 1e9))


def _with_kind(error: RemoteProtocolError) -> RemoteProtocolError:
    """Return an error with the kind that it says in words alone."""
    if error.kind or _VERSION not in error.what:
        return error
    return RemoteProtocolError(error.what, error.clause, offset=error.offset, kind="version")


def _found(parties: Parties, cause: Cause) -> ObservedFinding:
    """Return what the rules of callers make of a cause, in the words of a third party."""
    found = next(iter(of_connection(_call_of(parties.connection, cause), parties.subject())))
    start = parties.connection.starts[0]
    most = shown_of(start)
    if most < len(start):
        evidence = (begun(seen.data[:most]) if seen.data == start else seen for seen in found.evidence)
        found = found._replace(evidence=tuple(evidence))
    return acted_on(found)


def _call_of(connection: ObservedConnection, cause: Cause) -> Call:
    """Return the requestor as a caller of the acceptor, which came as far as no association."""
    return Call(
        connection.requestor.address,
        connection.acceptor.port or 0,
        "",
        "connected",
        cause,
        start=connection.starts[0],
        received=connection.bytes[0],
        partial=connection.partial[0],
        ended=lasted(connection),
    )
