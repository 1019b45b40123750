"""The commands of an association, counted by what they ask, and how long their answers took (PS3.7 9, 10)."""

from collections import deque
from itertools import chain

from dcmtool.association.observed import Side
from dcmtool.capture.connection import ServiceUse, Spans
from dcmtool.dimse.commands import CommandHead
from dcmtool.dimse.messages import COMMANDS
from dcmtool.verification.statistics import Durations

_RESPONSE = 0x8000  # the bit that makes a request's Command Field its response's
_C_CANCEL = 0x0FFF  # which has no response (PS3.7 9.3.2.3)
_PENDING = (0xFF00, 0xFF01)  # statuses that another response follows (PS3.7 C.1)
_MOST_USES = 64  # kinds of commands that are told apart; there are a dozen services
_MOST_STATUSES = 64  # of one kind of command
_MOST_OPEN = 1024  # requests of one side; more than any asynchronous operations window
_MAX_UID = 64  # characters (PS3.5 9.1)


class _Use:
    """One kind of command of one side."""

    __slots__ = ("bytes", "data_sets", "durations", "requests", "statuses")

    def __init__(self) -> None:
        self.requests = self.data_sets = self.bytes = 0
        self.statuses: dict[int, int] = {}
        self.durations: Durations | None = None


class _Asked:
    """A request that has no final response yet, and when it was whole; None where that was not seen."""

    __slots__ = ("at", "is_lost", "key", "use")

    def __init__(self, key: "_Key", use: _Use, at: int) -> None:
        self.key, self.use = key, use
        self.at: int | None = at
        self.is_lost = False  # perhaps: its response may be one that was not seen


_Key = tuple[Side, int, str]  # sender, Command Field of the request, SOP Class UID


class ServiceTally:
    """Counts commands and data sets; memory is bounded, and nothing of an instance is kept."""

    def __init__(self) -> None:
        self._uses: dict[_Key, _Use] = {}
        self._open: dict[Side, dict[int, _Asked]] = {"requestor": {}, "acceptor": {}}
        self._given_up: deque[str] = deque(maxlen=_MOST_OPEN)
        self._given_up_since: list[int] = []  # at most one: when the oldest of them was whole
        self._incoming: dict[Side, tuple[_Use, _Asked | None] | None] = {"requestor": None, "acceptor": None}
        self.leaves_out = False  # kinds of commands, or of statuses

    def command(self, sender: Side, command: CommandHead, abstract_syntax: str, at: int) -> str:
        """Count a command that came whole; return what is odd about it, or nothing.

        `abstract_syntax` is that of its context, which stands for the SOP class where it names none.
        """
        sop_class = (command.sop_class or abstract_syntax)[:_MAX_UID]
        odd, asked = "", None
        if command.is_response:
            use, odd = self._answered(sender, command, sop_class, at)
        else:
            asked = self._asked(sender, command, sop_class, at)
            use = asked.use
        self._incoming[sender] = (use, asked) if command.has_data_set else None
        return odd

    def data_set(self, sender: Side, length: int, at: int) -> None:
        """Count the data set of the command that the side sent last."""
        incoming, self._incoming[sender] = self._incoming[sender], None
        if incoming is not None:
            use, asked = incoming
            use.data_sets += 1
            use.bytes += length
            if asked is not None:
                asked.at = at

    def missed(self, sender: Side) -> None:
        """Take note that a side may have sent commands that were not seen."""
        incoming, self._incoming[sender] = self._incoming[sender], None
        if incoming is not None and incoming[1] is not None:
            incoming[1].at = None
        for asked in self._open[_other(sender)].values():
            asked.is_lost = True

    def uses(self) -> tuple[ServiceUse, ...]:
        """Return what was counted, in the order in which it was first seen."""
        return tuple(
            ServiceUse(
                _name(field),
                sop_class,
                sender,
                use.requests,
                tuple(sorted(use.statuses.items())),
                _spans(use.durations),
                use.data_sets,
                use.bytes,
            )
            for (sender, field, sop_class), use in self._uses.items()
        )

    def unanswered(self) -> tuple[str, ...]:
        """Return the name of the command of each request that has no final response, the oldest first."""
        still = chain.from_iterable(each.values() for each in self._open.values())
        return (*self._given_up, *(_name(each.key[1]) for each in still if not each.is_lost))

    def waiting(self) -> int | None:
        """Return when the oldest request that has no final response was whole, as far as that was seen."""
        still = chain.from_iterable(each.values() for each in self._open.values())
        times = [each.at for each in still if each.at is not None and not each.is_lost]
        return min([*self._given_up_since, *times], default=None)

    # Inside -----------------------------------------------------------------------------------------

    def _use(self, key: _Key) -> _Use:
        use = self._uses.get(key)
        if use is None:
            use = _Use()
            if len(self._uses) < _MOST_USES:
                self._uses[key] = use
            else:
                self.leaves_out = True
        return use

    def _likely_key(self, asker: Side, field: int, sop_class: str) -> _Key:
        """Return what a response is to whose request was not seen; few responses name their SOP class."""
        key = (asker, field, sop_class)
        known = [each for each in self._uses if each[:2] == key[:2]]
        return key if key in self._uses or not known else known[-1]

    def _asked(self, sender: Side, command: CommandHead, sop_class: str, at: int) -> _Asked:
        is_open = self._open[sender]
        if command.field == _C_CANCEL:
            cancelled = is_open.get(command.message_id_being_responded_to or 0)
            sop_class = cancelled.key[2] if cancelled is not None else sop_class
        key = (sender, command.field, sop_class)
        use = self._use(key)
        use.requests += 1
        asked = _Asked(key, use, at)
        if command.field != _C_CANCEL and command.message_id is not None:
            before = is_open.pop(command.message_id, None)  # its ID was used again
            if before is None and len(is_open) == _MOST_OPEN:
                before = is_open.pop(next(iter(is_open)))
            if before is not None and not before.is_lost:
                self._give_up(before)
            is_open[command.message_id] = asked
        return asked

    def _give_up(self, asked: _Asked) -> None:
        self._given_up.append(_name(asked.key[1]))
        if asked.at is not None:
            self._given_up_since = [min([*self._given_up_since, asked.at])]

    def _answered(self, sender: Side, command: CommandHead, sop_class: str, at: int) -> tuple[_Use, str]:
        asker = _other(sender)
        is_open, message_id = self._open[asker], command.message_id_being_responded_to
        asked = None if message_id is None else is_open.get(message_id)
        field, status, odd = command.field & ~_RESPONSE, command.status, ""
        if asked is not None and asked.key[1] == field:
            use = asked.use
            if status not in _PENDING and message_id is not None:
                del is_open[message_id]
                if asked.at is not None:
                    use.durations = use.durations or Durations()
                    use.durations.add(max(0, at - asked.at))
        else:
            use = self._use(self._likely_key(asker, field, sop_class))
            wanted = "no message ID" if message_id is None else f"message {message_id}"
            name = COMMANDS.get(command.field, "a response")
            odd = f"the {sender} answered {wanted} with {name}, which was not asked for"
        if status is not None:
            if status in use.statuses or len(use.statuses) < _MOST_STATUSES:
                use.statuses[status] = use.statuses.get(status, 0) + 1
            else:
                self.leaves_out = True
        return use, odd


def _other(side: Side) -> Side:
    return "acceptor" if side == "requestor" else "requestor"


def _name(field: int) -> str:
    """Return a service's name, such as C-STORE; of a command that PS3.7 E.1 has not, its number."""
    return COMMANDS.get(field, f"command 0x{field:04X}").removesuffix("-RQ")


def _spans(durations: Durations | None) -> Spans | None:
    if durations is None:
        return None
    median, p95, longest = durations.quantile(0.5), durations.quantile(0.95), durations.maximum
    return Spans(durations.count, median or 0, p95 or 0, longest or 0)
