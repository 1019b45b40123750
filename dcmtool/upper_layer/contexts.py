"""Presentation contexts: what was proposed, and what became of it (PS3.8 7.1.1.13)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from dcmtool.named_tuple import NamedTuple
from dcmtool.uids import IMPLICIT_VR_LITTLE_ENDIAN
from dcmtool.upper_layer.pdus import ContextResult, ProposedContext

ACCEPTANCE, ABSTRACT_SYNTAX_NOT_SUPPORTED, TRANSFER_SYNTAXES_NOT_SUPPORTED = 0, 3, 4
RESULTS = {
    0: "Accepted",
    1: "User Rejection",
    2: "No Reason",
    3: "Abstract Syntax Not Supported",
    4: "Transfer Syntaxes Not Supported",
}
UNANSWERED = "Proposed"
UNDEFINED = "--Invalid Result/Reason--"


class PresentationContext(NamedTuple):
    """A proposed context with the peer's answer: result None where there was none."""

    proposed: ProposedContext
    result: int | None = None
    transfer_syntax: str = ""

    @property
    def context_id(self) -> int:
        """The odd number, 1 to 255, that both sides call the context by."""
        return self.proposed.context_id

    @property
    def accepted(self) -> bool:
        """Whether messages may use the context."""
        return self.result == ACCEPTANCE

    @property
    def result_text(self) -> str:
        """The result in the words of PS3.8 9.3.3.2."""
        return UNANSWERED if self.result is None else RESULTS.get(self.result, UNDEFINED)

    @property
    def transfer_syntax_was_proposed(self) -> bool:
        """Whether the accepted transfer syntax is one of the proposed ones."""
        return self.transfer_syntax in self.proposed.transfer_syntaxes


def propose(
    count: int, abstract_syntax: str, transfer_syntaxes: Sequence[str]
) -> tuple[ProposedContext, ...]:
    """Return `count` (1 to 128) equal proposals with the IDs 1, 3, 5 and so on."""
    return tuple(
        ProposedContext(2 * index + 1, abstract_syntax, tuple(transfer_syntaxes)) for index in range(count)
    )


def negotiated(
    proposed: Iterable[ProposedContext], answers: Iterable[ContextResult]
) -> tuple[PresentationContext, ...]:
    """Return the contexts in the order of the answer, then the unanswered ones in the order proposed.

    The last answer for an ID counts; an answer for an ID that was not proposed is passed over.
    """
    open_proposals = {context.context_id: context for context in proposed}
    known = {answer.context_id: answer for answer in answers if answer.context_id in open_proposals}
    answered = [
        PresentationContext(open_proposals.pop(context_id), answer.result, answer.transfer_syntax)
        for context_id, answer in known.items()
    ]
    return (*answered, *(PresentationContext(context) for context in open_proposals.values()))


def answers(
    proposed: Iterable[ProposedContext], supported: Mapping[str, Collection[str]]
) -> tuple[ContextResult, ...]:
    """Return an acceptor's answers: of each abstract syntax it has these transfer syntaxes (PS3.8 9.3.3.2).

    Of a context's transfer syntaxes the first counts that is supported, so the requestor's order does.
    """
    return tuple(_answer(context, supported) for context in proposed)


def _answer(context: ProposedContext, supported: Mapping[str, Collection[str]]) -> ContextResult:
    context_id, abstract_syntax, transfer_syntaxes = context
    known = supported.get(abstract_syntax)
    if known is not None:
        for transfer_syntax in transfer_syntaxes:
            if transfer_syntax in known:
                return ContextResult(context_id, ACCEPTANCE, transfer_syntax)
    result = ABSTRACT_SYNTAX_NOT_SUPPORTED if known is None else TRANSFER_SYNTAXES_NOT_SUPPORTED
    # It means nothing in a refusal, and must be there all the same.
    return ContextResult(context_id, result, (*transfer_syntaxes, IMPLICIT_VR_LITTLE_ENDIAN)[0])
