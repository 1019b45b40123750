"""Which SOP classes and transfer syntaxes a node accepts, by presentation contexts alone: no data are sent.

First each SOP class is proposed once, with all its transfer syntaxes. Then the accepted ones are proposed
again and again with those that are still open, in groups: of a group that is accepted one is known, and a
group that is refused is refused as a whole.
"""

from collections.abc import Generator, Iterator, Sequence

from dcmtool.diagnosis.services import SopClass
from dcmtool.diagnosis.visit import Proposed, visit
from dcmtool.named_tuple import NamedTuple
from dcmtool.settings import MAX_CONTEXTS, EchoRequest
from dcmtool.steps import Procedure
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.verification.report import NegotiatedParameters

NOT_PROPOSED = "Not Proposed"


class Capability(NamedTuple):
    """What a node makes of a SOP class: the answer (PS3.8 9.3.3.2), the transfer syntaxes that it accepts.

    With `complete` every other transfer syntax was refused; else the rest of them was not asked for.
    """

    sop_class: SopClass
    result: str
    accepted: tuple[str, ...] = ()
    complete: bool = True


class Capabilities(NamedTuple):
    """What a node accepts, by SOP class, after so many associations."""

    implementation_class_uid: str
    implementation_version_name: str
    known: tuple[Capability, ...]
    associations: int


Batch = tuple[Proposed, ...]  # what is proposed on one association
Batches = Generator[Batch, NegotiatedParameters, Capabilities]


def ask(sop_classes: Sequence[SopClass], most: int) -> Batches:
    """Yield what to propose on each association, at most so many of them; return what the answers say."""
    return _Inquiry(sop_classes, most).run()


class _Inquiry:
    def __init__(self, sop_classes: Sequence[SopClass], most: int) -> None:
        self._sop_classes, self._most = sop_classes, most
        self._results: dict[str, str] = {}
        self._accepted: dict[str, list[str]] = {}
        self._open: dict[str, list[str]] = {}  # transfer syntaxes still to be asked for, by SOP class
        self._implementation = ("", "")
        self._associations = 0

    def run(self) -> Batches:
        first = [(each.uid, each.transfer_syntaxes) for each in self._sop_classes]
        for start in range(0, len(first), MAX_CONTEXTS):
            yield from self._propose(first[start : start + MAX_CONTEXTS])
        self._open = {
            each.uid: [other for other in each.transfer_syntaxes if other not in self._accepted[each.uid]]
            for each in self._sop_classes
            if each.uid in self._accepted
        }
        while self._associations < self._most and (groups := list(self._groups())):
            yield from self._propose(groups)
        known = tuple(self._capability(each) for each in self._sop_classes)
        return Capabilities(*self._implementation, known, self._associations)

    def _groups(self) -> Iterator[Proposed]:
        """Yield what is open of as many SOP classes as an association takes, each in as many groups."""
        some = [(uid, syntaxes) for uid, syntaxes in self._open.items() if syntaxes][:MAX_CONTEXTS]
        for uid, syntaxes in some:
            size = -(-len(syntaxes) // (MAX_CONTEXTS // len(some)))
            for start in range(0, len(syntaxes), size):
                yield uid, tuple(syntaxes[start : start + size])

    def _propose(self, contexts: Sequence[Proposed]) -> Generator[Batch, NegotiatedParameters, None]:
        if self._associations >= self._most:
            return
        answered = yield tuple(contexts)
        self._associations += 1
        self._implementation = answered.implementation_class_uid, answered.implementation_version_name
        for context in answered.contexts:
            self._note(context)

    def _note(self, context: PresentationContext) -> None:
        uid, group = context.proposed.abstract_syntax, context.proposed.transfer_syntaxes
        if self._results.get(uid) != "Accepted":
            self._results[uid] = context.result_text
        if context.accepted:
            accepted = self._accepted.setdefault(uid, [])
            if context.transfer_syntax not in accepted:
                accepted.append(context.transfer_syntax)
            if context.transfer_syntax_was_proposed:
                group = (context.transfer_syntax,)
        if uid in self._open:
            self._open[uid] = [each for each in self._open[uid] if each not in group]

    def _capability(self, sop_class: SopClass) -> Capability:
        order = {uid: place for place, uid in enumerate(sop_class.transfer_syntaxes)}
        accepted = self._accepted.get(sop_class.uid, [])
        return Capability(
            sop_class,
            self._results.get(sop_class.uid, NOT_PROPOSED),
            tuple(sorted(accepted, key=lambda uid: order.get(uid, len(order)))),
            sop_class.uid in self._results and not self._open.get(sop_class.uid),
        )


def negotiate(
    request: EchoRequest, contexts: tuple[Proposed, ...], started: int
) -> Procedure[NegotiatedParameters]:
    """Associate with these contexts (at most 128), see what is accepted, and release.

    The titles, times and TLS are those of the request; `started` is the time (monotonic ns).

    Raises:
        VerificationFailed: the association was not made, or not released in order.
    """
    report = yield from visit(request, contexts, started)
    if report.error is not None:
        raise report.error
    assert report.negotiated is not None, "nothing failed"
    return report.negotiated
