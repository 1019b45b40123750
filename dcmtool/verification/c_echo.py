"""One C-ECHO after the other on an association: the request, and the wait for its response (PS3.7 9.1.5)."""

from collections.abc import Callable, Container
from typing import TYPE_CHECKING

from dcmtool.association.exchange import Exchange
from dcmtool.dimse import command_set, messages
from dcmtool.dimse.command_set import CommandSet
from dcmtool.dimse.fragments import CommandReassembler, fragment
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.errors import UnexpectedResponse
from dcmtool.steps import Deadline, Procedure
from dcmtool.upper_layer.indications import DataReceived, Indication

if TYPE_CHECKING:
    from dcmtool.events import Emit


class CEcho:
    """The echoes on a presentation context; each may take `seconds` from its request to its response.

    A PDV carries at most `max_pdv` bytes. A response may come on one of the contexts in `others` too. What is
    odd and does no harm is said to `warn`, once of each kind. All that the methods raise is a `Cause`.
    """

    def __init__(
        self,
        exchange: Exchange,
        context_id: int,
        max_pdv: int,
        seconds: float | None,
        emit: "Emit | None" = None,
        warn: Callable[[str], None] | None = None,
        others: Container[int] = (),
    ) -> None:
        self._exchange, self._emit, self._warn = exchange, emit, warn
        self._context_id, self._max_pdv, self._seconds = context_id, max_pdv, seconds
        self._reassembler = CommandReassembler(context_id, others)
        self._warned_of: set[str] = set()

    def send(self, message_id: int) -> Procedure[tuple[int, Deadline | None]]:
        """Send a request; return when that was (monotonic ns), and until when to wait for the response."""
        exchange, command = self._exchange, messages.c_echo_rq(message_id)
        if self._emit is not None:
            from dcmtool import events  # loaded where somebody listens alone

            self._emit(events.EchoSending(self._context_id, message_id, command), "local")
        exchange.association.send_data(fragment(command, self._context_id, self._max_pdv))
        deadline = exchange.overall
        if self._seconds is not None:
            yield from exchange.read_clock()
            deadline = exchange.within("dimse", self._seconds)
        return (yield from exchange.flush(deadline)), deadline

    def receive(self, message_id: int, deadline: Deadline | None) -> Procedure[CEchoRsp | CommandSet]:
        """Wait for the response, or for whatever command comes; a wait that was broken off may go on.

        Only where nobody listens for commands is a response taken as it usually is, without its elements.

        Raises:
            UnexpectedResponse: the peer sends something else, or more.
        """
        while True:
            indication = yield from self._exchange.next_indication("C-ECHO-RSP", deadline)
            if not isinstance(indication, DataReceived):
                raise UnexpectedResponse(
                    "the peer asked for the release (A-RELEASE-RQ) instead of answering", "PS3.8 7.2.1"
                )
            for number, pdv in enumerate(indication.pdvs, 1):
                command = self._reassembler.add(pdv)
                if command is not None:
                    if number < len(indication.pdvs):
                        raise UnexpectedResponse("the peer sent more than the response", "PS3.8 E.2")
                    usual = messages.usual_c_echo_rsp(command, message_id) if self._emit is None else None
                    return usual or command_set.decode(command)

    def response(self, message_id: int, sent: int, come: CEchoRsp | CommandSet) -> CEchoRsp:
        """Return the response that has come, or that a command set is, to the request that was sent then.

        Raises:
            UnexpectedResponse: it is not that response.
        """
        context_id = self._reassembler.context_id
        if self._emit is not None:
            from dcmtool import events

            assert isinstance(come, dict), "it is decoded where somebody listens"
            self._emit(events.MessageReceived(context_id, come), "peer")
        if context_id != self._context_id:
            self._reassembler.context_id = self._context_id
            self._warn_once(
                "context",
                f"the peer answered on presentation context {context_id}, an equal one, instead of "
                f"{self._context_id}, on which it was asked (PS3.8 9.3.5.1)",
            )
        response = self._read(come, message_id) if isinstance(come, dict) else come
        if self._exchange.now < sent:
            raise UnexpectedResponse("the peer sent the response before it had the request", "PS3.7 9.3.5.2")
        return response

    def _read(self, elements: CommandSet, message_id: int) -> CEchoRsp:
        if foreign := command_set.foreign_elements(elements):
            self._warn_once("elements", f"the response has {foreign}")
        return CEchoRsp.from_command_set(elements, message_id)

    def _warn_once(self, kind: str, sentence: str) -> None:
        if self._warn is not None and kind not in self._warned_of:
            self._warned_of.add(kind)
            self._warn(sentence)


def unsolicited(indication: Indication) -> UnexpectedResponse:
    """Return what is wrong with an indication between two echoes."""
    if isinstance(indication, DataReceived):
        return UnexpectedResponse("the peer sent data that no echo asked for", "PS3.7 9.3.5.2")
    return UnexpectedResponse(
        "the peer asked for the release (A-RELEASE-RQ) before all echoes were sent", "PS3.8 7.2.1"
    )
