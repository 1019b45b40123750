"""Targets that take a peer's bytes: the association, one observed, a verification, the SCP, messages.

Of most inputs the first byte says how the bytes come and end, see each; a 0 is a PDU a read, then the close.
"""

import json
from collections.abc import Iterable
from itertools import chain

from dcmtool.association.observed import ObservedAssociation, Side
from dcmtool.cli.exit_codes import MEANINGS, exit_code
from dcmtool.dimse import command_set
from dcmtool.dimse.commands import Command
from dcmtool.dimse.fragments import CommandReassembler
from dcmtool.dimse.messages import CEchoRsp, read_c_echo_rq, usual_c_echo_rq
from dcmtool.dimse.reassembly import MessageReassembler, WholeCommand
from dcmtool.emitter import Emitter
from dcmtool.errors import DcmtoolError, Rejection, RemoteProtocolError
from dcmtool.events import AssociationId, Event
from dcmtool.reporting import json_report, nagios, statistics_text, success
from dcmtool.scp import report as scp_report
from dcmtool.scp.procedure import AcceptedConnection, Places
from dcmtool.scp.record import Record, Totals
from dcmtool.scp.settings import Faults, ScpSettings
from dcmtool.settings import EchoRequest, Negotiation, Output, Peer, Timeouts, first_transfer_syntaxes
from dcmtool.trace.command_dump import command_lines
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.association import Association
from dcmtool.upper_layer.contexts import answers
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRq, PDataTf, ProposedContext
from dcmtool.upper_layer.states import State
from dcmtool.upper_layer.user_information import MaximumLength
from dcmtool.verification.echo import verify
from dcmtool.verification.report import EchoReport
from tests.fuzz.checks import LONGEST_LINE, NOW, check_error, check_events, check_pdu, check_text, refusals
from tests.fuzz.memory import ADDRESS, ENDINGS, Line, Told, in_pieces, pieces
from tests.peers import wire

STARTED = 1_795_521_600.0  # seconds since 1970
MOST_STEPS = 20_000  # of a procedure, beside those for each byte that comes
_REQUEST = AssociateRq(
    "ANY-SCP",
    "ECHOSCU",
    (ProposedContext(1, wire.VERIFICATION, first_transfer_syntaxes(2)),),
    (MaximumLength(16384),),
)
_ACCEPT = wire.accept(wire.parse_request(_REQUEST.encode()[6:]))
_SUPPORTED = {wire.VERIFICATION: frozenset(first_transfer_syntaxes(3))}


# Associations -----------------------------------------------------------------------------------------


def association(data: bytes) -> None:
    """A peer's bytes to both roles; the first one says in which pieces, which must not matter."""
    how, stream = data[:1], data[1:]
    for play in (_requested, _established, _accepted):
        whole = play([stream])
        assert play(pieces(stream, int.from_bytes(how))) == whole


def _requested(parts: Iterable[bytes]) -> list[str]:
    requestor = Association.requestor(_REQUEST)
    requestor.transport_opened()
    return _played(requestor, parts)


def _established(parts: Iterable[bytes]) -> list[str]:
    return _requested(chain([_ACCEPT], parts))


def _accepted(parts: Iterable[bytes]) -> list[str]:
    acceptor = Association.acceptor(16384)
    acceptor.transport_opened()
    return _played(acceptor, parts)


def _played(played: Association, parts: Iterable[bytes]) -> list[str]:
    """Return what the bytes come to: indications, errors, PDUs to send, the last state."""
    found: list[str] = []
    for part in chain(filter(None, parts), [b""]):
        played.receive_data(part)
        found += _indications(played)
    while (answer := played.data_to_send()) is not None:
        check_pdu(answer[0], answer)
        found.append(answer.hex())
    assert played.state is State.IDLE, "the peer has closed"
    return found


def _indications(played: Association) -> list[str]:
    found: list[str] = []
    while True:
        try:
            indication = played.next_indication(0)
            if indication is None:
                return found
            found.append(type(indication).__name__)
            if played.state is State.AWAITING_LOCAL_ASSOCIATE_RESPONSE:
                _answer(played)
        except RemoteProtocolError as error:
            check_error(error)
            found.append(type(error).__name__)
            assert played.state in (State.AWAITING_TRANSPORT_CLOSE, State.IDLE)


def _answer(acceptor: Association) -> None:
    request = acceptor.decode_request(0)
    results = answers(request.contexts, _SUPPORTED)
    acceptor.accept(AssociateAc(*acceptor.request_titles, results, (MaximumLength(16384),)))


def observed(data: bytes) -> None:
    """What two sides send each other; the pieces must not matter.

    Each part is a byte, whose lowest bit says who sends, two bytes of its length, and so many bytes; one of
    no bytes is the close, or with the second bit a reset.
    """
    parts = list(spoken(data))
    whole = _seen(parts)
    check_events(whole)
    size = 1 if len(data) <= 256 else 7
    single = [(side, reset, piece) for side, reset, part in parts for piece in in_pieces(part, size)]
    if all(part for *_, part in parts):
        assert _told(_seen(single)) == _told(whole)


def spoken(data: bytes) -> Iterable[tuple[Side, bool, bytes]]:
    """Yield who sends, whether an empty part is a reset, and the part."""
    at = 0
    while at < len(data):
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 3])
        side: Side = "acceptor" if kind & 1 else "requestor"
        yield side, bool(kind & 2), data[at + 3 : at + 3 + length]
        at += 3 + length


def _seen(parts: Iterable[tuple[Side, bool, bytes]]) -> list[Event]:
    watched = ObservedAssociation(AssociationId(1, "observer", STARTED, 0))
    events: list[Event] = []
    for at, (side, reset, part) in enumerate(parts):
        events += watched.reset(side, at) if reset and not part else watched.receive(side, part, at)
    return events


def _told(events: Iterable[Event]) -> list[tuple[object, str]]:
    return [(event.sender, str(event.what)) for event in events]


# A whole verification ---------------------------------------------------------------------------------


def verification(data: bytes) -> None:
    """What a node says to `dcmtool echo`.

    The bits of the first byte: 0 and 1 how it ends, 2 and 3 in which pieces it comes, 4 whether somebody
    listens, 5 abort in place of the release, 6 Ctrl-C at the end, 7 an association an echo.
    """
    options, stream = data[0] if data else 0, data[1:]
    request = EchoRequest(
        Peer("pacs", 104),
        Negotiation(contexts=2, transfer_syntaxes=first_transfer_syntaxes(2)),
        Timeouts(connect=5, dimse=20, deadline=100),
        3,
        bool(options & 0x20),
        reconnect=bool(options & 0x80),
    )
    interrupts = 1 + len(stream) % 2 if options & 0x40 else 0
    node = Told(pieces(stream, options >> 2), ENDINGS[options & 3], interrupts)
    verified(request, node, bool(options & 0x10), MOST_STEPS + 20 * len(stream))


def verified(request: EchoRequest, node: Told, listens: bool, most: int) -> None:
    """Verify the node, and check all that is said of it."""
    line, events = Line(node), list[Event]()
    emitter = Emitter(events.append, line.clock, lambda: STARTED) if listens else None
    try:
        report = line.drive(verify(request, 0, emitter), most)
    except KeyboardInterrupt:  # pressed once more than is waited for
        return
    assert node.sent < 4096, "three echoes are some hundred bytes"
    check_report(report, request)
    check_events(events)


def check_report(report: EchoReport, request: EchoRequest) -> None:
    """Check that a report can be told in every form."""
    code = exit_code(report.error) if report.error else 0
    assert code in MEANINGS
    if report.error is not None:
        check_error(report.error)
    else:
        check_text(success.answered(report, request))
    document = json_report.document(report, request, code, NOW)
    assert json.loads(json.dumps(document)) == document
    check_text(str(nagios.judged(report, Output(form="nagios"))), LONGEST_LINE)
    for row in statistics_text.summary(report):
        check_text(row)


# The SCP ----------------------------------------------------------------------------------------------

_SCP = (
    ScpSettings(),
    ScpSettings(faults=Faults(refuse_contexts=True)),
    ScpSettings(faults=Faults(delay_accept=1, delay_echo=0.5)),
    ScpSettings(faults=Faults(abort_after=1, status=0x0110)),
    ScpSettings(title="DCMTOOL", require_called=True, allowed_calling=("ECHOSCU",), max_pdu=4096),
    ScpSettings(faults=Faults(reject=Rejection(1, 1, 7))),
)


def scp(data: bytes) -> None:
    """What a caller says to `dcmtool scp`.

    The bits of the first byte: 0 and 1 how it ends, 2 and 3 in which pieces it comes, 4 whether somebody
    listens, the rest how the SCP is set; or that it has no place.
    """
    options, stream = data[0] if data else 0, data[1:]
    caller = Told(pieces(stream, options >> 2), ENDINGS[options & 3])
    served(caller, options >> 5, bool(options & 0x10), len(stream))


def served(caller: Told, how: int, listens: bool, length: int) -> None:
    """Serve a caller, and check all that is said of it."""
    line, events, places, records = Line(caller), list[Event](), Places(1), list[Record]()
    if how == 6:
        places.take(lambda: None)
    emit = Emitter(events.append, line.clock, lambda: STARTED, "acceptor") if listens else None
    settings = _SCP[how % len(_SCP)]
    connection = AcceptedConnection(settings, places, (ADDRESS, 40000), lambda: None, records.append, emit)
    line.drive(connection.run(), MOST_STEPS + 20 * length)
    assert caller.sent <= 4096 + 2 * length, "an answer is about as long as what it answers"
    check_records(records)
    assert places.taken == (how == 6)
    check_events(events)


def check_records(records: list[Record]) -> None:
    """Check that there is one record of a connection, which can be told in every form."""
    (record,) = records
    check_text(scp_report.sentence(record), LONGEST_LINE)
    document = scp_report.connection(record)
    assert json.loads(json.dumps(document)) == document
    totals = Totals()
    totals.add(record)
    check_text(scp_report.summary(totals, 1))


# Messages ---------------------------------------------------------------------------------------------


def dimse(data: bytes) -> None:
    """A command set; and the body of a P-DATA-TF with the PDVs of messages."""
    with refusals():
        _command(data)
    with refusals():
        _messages(data)


def _command(data: bytes) -> None:
    elements = command_set.decode(data)
    own = sorted((tag, value) for tag, value in elements.items() if 0 < tag <= command_set.LAST_TAG)
    again = command_set.decode(command_set.encode(own))
    del again[command_set.GROUP_LENGTH]
    assert list(again.items()) == own
    _understood(elements)
    usual = usual_c_echo_rq(data)
    assert usual is None or usual == read_c_echo_rq(elements)


def _understood(elements: command_set.CommandSet) -> None:
    for line in command_lines(elements):
        check_text(line, LONGEST_LINE)
    check_text(command_set.foreign_elements(elements))
    with refusals():
        command = Command.from_command_set(elements)
        assert all(tag not in elements for tag in command.lacking)
    with refusals():
        response = CEchoRsp.from_command_set(elements, 1)
        assert CEchoRsp.from_command_set(command_set.decode(response.encode()), 1) == response
    with refusals():
        read_c_echo_rq(elements)


def _messages(data: bytes) -> None:
    pdvs = PDataTf.decode(data).pdvs
    assert PDataTf.decode(PDataTf(pdvs).encode()[pdus.PDU_HEADER.size :]).pdvs == pdvs
    messages, commands = MessageReassembler(), CommandReassembler(1, (3,))
    for pdv in pdvs:
        try:
            whole = messages.add(pdv)
        except DcmtoolError as error:
            check_error(error)
        else:
            if isinstance(whole, WholeCommand):
                _understood(whole.elements)
    for pdv in pdvs:
        commands.add(pdv)
