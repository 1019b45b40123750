"""The stages of a diagnosis: which lookups and associations are made, one after the other, and why.

A diagnosis is a generator of tasks: whoever obeys them sends in what came of each. It never asks for a
connection without an association, never for two at a time, and for no more of them than it may.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace

from dcmtool.diagnosis.evidence import Attempt, Evidence, Lookup
from dcmtool.diagnosis.experiments import Experiment, Tries, experiments
from dcmtool.errors import ConnectionLost, PeerAbort, Rejection, TlsFailure
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import EchoRequest, family_of
from dcmtool.steps import Family

MOST_ASSOCIATIONS = 12  # of a diagnosis, unless told otherwise: a name may have many addresses
SLOW = 1.0  # seconds
AGAIN = 3  # associations more where the first one was in order: what fails now and then shows in them
# How a handshake fails before the peer's certificate is looked at: its choice of one may go by the name.
_WITHOUT_CERTIFICATE = (
    *("no-common-version", "no-common-cipher", "server-name"),
    *("alert", "broken", "closed", "closed-midway"),
)
LISTENING = 0.3  # seconds that a peer has to speak, or to hang up, before we do


class LookUp(NamedTuple):
    """Look up the addresses of one family of the host; `wanted` says whether they may be called."""

    family: Family
    wanted: bool


class Associate(NamedTuple):
    """Verify the node at an address, with an association of its own, and end it in order.

    With `listen` (seconds) nothing is sent at first, so that a peer shows whether it speaks, or hangs up, by
    itself. An experiment begins a second after whatever was before.
    """

    request: EchoRequest
    address: str
    number: int
    listen: float = 0
    experiment: Experiment | None = None


Task = LookUp | Associate
Tasks = Generator[Task, Lookup | Attempt, Evidence]


def diagnose(
    request: EchoRequest, slow: float = SLOW, most: int = MOST_ASSOCIATIONS, tries: Tries | None = None
) -> Tasks:
    """Find out how a node answers: yield the tasks, return what was seen.

    Of each address of the family that may be called one association is made, with two echoes on it, then
    more where the first one that had any success may tell more. `slow` is in seconds. With `tries` there are
    experiments after that, until one succeeds.
    """
    return _Diagnosis(request, slow, most, tries).run()


class _Diagnosis:
    def __init__(self, request: EchoRequest, slow: float, most: int, tries: Tries | None) -> None:
        self._request, self._most = replace(request, repeat=2, interval=0, reconnect=False), most
        self._tries = tries
        self._evidence = Evidence(request, int(slow * 1_000_000_000))

    def run(self) -> Tasks:
        yield from self._look_up()
        addresses = [each for lookup in self._evidence.lookups if lookup.wanted for each in lookup.addresses]
        for address in addresses:
            if self._is_over:
                break
            first = yield from self._associate(self._request, address)
            yield from self._ask_more(first, address)
        if self._tries is not None:
            yield from self._experiment(self._tries)
        return self._evidence

    @property
    def _is_over(self) -> bool:
        return self._count >= self._most or self._evidence.was_stopped

    @property
    def _count(self) -> int:
        return len(self._evidence.attempts) + len(self._evidence.experiments)

    def _look_up(self) -> Generator[Task, Lookup | Attempt, None]:
        peer = self._request.peer
        of_address = family_of(peer.host)
        families: list[Family] = ["ipv6", "ipv4"] if of_address == "auto" else [of_address]
        for family in families:
            wanted = peer.family in ("auto", family)
            lookup = yield LookUp(family, wanted)
            assert isinstance(lookup, Lookup)
            self._evidence = self._evidence._replace(lookups=(*self._evidence.lookups, lookup))
            if self._is_over:
                return

    def _associate(
        self, request: EchoRequest, address: str, listen: float = 0
    ) -> Generator[Task, Lookup | Attempt, Attempt]:
        attempt = yield Associate(request, address, self._count + 1, listen)
        assert isinstance(attempt, Attempt)
        self._evidence = self._evidence._replace(attempts=(*self._evidence.attempts, attempt))
        return attempt

    def _experiment(self, tries: Tries) -> Generator[Task, Lookup | Attempt, None]:
        """Try one thing after the other, until one succeeds."""
        for each in experiments(self._evidence, tries):
            if self._is_over:
                return
            attempt = yield Associate(each.request, each.address, self._count + 1, experiment=each)
            assert isinstance(attempt, Attempt)
            tried = (*self._evidence.experiments, attempt)
            self._evidence = self._evidence._replace(experiments=tried)
            if attempt.succeeded and each.is_remedy:
                self._evidence = self._evidence._replace(works=each.request)
                return

    def _ask_more(self, first: Attempt, address: str) -> Generator[Task, Lookup | Attempt, None]:
        for request, listen in _more(first, self._request):
            if self._is_over:
                return
            yield from self._associate(request, address, listen)


def _more(first: Attempt, request: EchoRequest) -> Iterator[tuple[EchoRequest, float]]:
    """Yield what else to ask at an address, as how the first association there ended makes sensible."""
    cause = first.cause
    once = replace(request, repeat=1)
    if cause is None:
        yield from ((once, 0.0),) * AGAIN
    elif first.stage == "tls" and isinstance(cause, TlsFailure):
        yield from _other_server_name(cause, request)
    elif first.stage == "associate" and isinstance(cause, ConnectionLost) and not cause.partial:
        yield once, LISTENING
    elif _may_pass(first):
        yield once, 0.0


def _other_server_name(cause: TlsFailure, request: EchoRequest) -> Iterator[tuple[EchoRequest, float]]:
    """Yield the same with a server name, or without one, where its absence may be why TLS failed."""
    tls = request.tls
    if tls is None or cause.kind not in _WITHOUT_CERTIFICATE:
        return
    if tls.server_name is not None:
        yield replace(request, repeat=1, tls=replace(tls, server_name=None)), 0.0
    elif family_of(request.peer.host) == "auto":  # an address is no server name (RFC 6066 3)
        yield replace(request, repeat=1, tls=replace(tls, server_name=request.peer.host)), 0.0


def _may_pass(attempt: Attempt) -> bool:
    """Whether another try may end otherwise: nothing that the node decided for good, nothing that waits."""
    cause = attempt.cause
    if isinstance(cause, Rejection):
        return cause.result == 2
    return attempt.stage in ("associate", "echo", "release") and isinstance(cause, PeerAbort | ConnectionLost)
