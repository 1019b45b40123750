"""One association with one C-FIND that matches nothing, to see whether a node lets us ask it."""

from typing import TYPE_CHECKING

from dcmtool.association.requestor import Requestor, first_accepted
from dcmtool.diagnosis.visit import visit
from dcmtool.dimse import find
from dcmtool.dimse.commands import Command
from dcmtool.dimse.fragments import largest_fragment
from dcmtool.dimse.reassembly import MessageReassembler, WholeCommand
from dcmtool.errors import StatusNotSuccess, UnexpectedResponse
from dcmtool.settings import EchoRequest
from dcmtool.steps import Procedure
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN
from dcmtool.upper_layer.indications import DataReceived
from dcmtool.upper_layer.user_information import MaximumLength
from dcmtool.upper_layer.user_information import find as find_item
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from dcmtool.emitter import Emitter


def ask(
    request: EchoRequest, service: str, unique: int, started: int, emitter: "Emitter"
) -> Procedure[EchoReport]:
    """Ask a node for what nobody has; the report is that of a verification whose echo is the query.

    No failure is raised: the report holds it.
    """

    def query(requestor: Requestor, report: EchoReport) -> Procedure[bool]:
        return (yield from _query(request, requestor, report, service, unique))

    contexts = ((find.SOP_CLASSES[service], (IMPLICIT_VR_LITTLE_ENDIAN,)),)
    return visit(request, contexts, started, query, emitter)


def _query(
    request: EchoRequest, requestor: Requestor, report: EchoReport, service: str, unique: int
) -> Procedure[bool]:
    """Send the query and wait for its end; return whether the association goes on.

    A node that finds something all the same is told no more.
    """
    assert report.accepted is not None
    context = first_accepted(report.accepted.contexts)
    report.stage = "echo"
    maximum = find_item(report.accepted.answer.user_information, MaximumLength)
    size = largest_fragment(maximum.value if maximum else 0)
    exchange = requestor.exchange
    exchange.association.send_data(find.query(service, context.context_id, unique, size))
    yield from exchange.read_clock()
    deadline = exchange.within("dimse", request.timeouts.dimse)
    yield from exchange.flush(deadline)
    reassembler = MessageReassembler((context.context_id,))
    status = None
    while status is None:
        indication = yield from exchange.next_indication("C-FIND-RSP", deadline)
        if not isinstance(indication, DataReceived):
            raise UnexpectedResponse(
                "the peer asked for the release (A-RELEASE-RQ) instead of answering", "PS3.8 7.2.1"
            )
        for pdv in indication.pdvs:
            whole = reassembler.add(pdv)
            if isinstance(whole, WholeCommand):
                status = _status(Command.from_command_set(whole.elements))
                break
    if status in find.MATCHES:
        yield from requestor.abort()
        return False
    if status != 0:
        raise StatusNotSuccess(status, find.meaning(status))
    return True


def _status(command: Command) -> int:
    """Return the status of a response. Raises `UnexpectedResponse` for another message."""
    if command.field != find.C_FIND_RSP or command.status is None:
        raise UnexpectedResponse(f"the peer sent {command.name or 'an unknown command'}", "PS3.7 9.3.2.2")
    return command.status
