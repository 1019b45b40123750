"""Presentation contexts: proposals and what became of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.settings import MAX_CONTEXTS
from dcmtool.upper_layer.contexts import PresentationContext, answers, negotiated, propose
from dcmtool.upper_layer.pdus import ContextResult, ProposedContext
from tests.upper_layer import strategies

THREE = propose(3, "1.2.3", ["1.2", "1.4"])


def test_proposals_have_the_odd_ids() -> None:
    assert propose(2, "1.2.3", ["1.2"]) == (
        ProposedContext(1, "1.2.3", ("1.2",)),
        ProposedContext(3, "1.2.3", ("1.2",)),
    )
    assert [context.context_id for context in propose(MAX_CONTEXTS, "1", ["1"])] == list(range(1, 256, 2))


def test_the_order_is_that_of_the_answer() -> None:
    answers = [ContextResult(5, 0, "1.4"), ContextResult(1, 3, ""), ContextResult(3, 0, "1.2")]
    contexts = negotiated(THREE, answers)
    assert [context.context_id for context in contexts] == [5, 1, 3]
    assert [context.accepted for context in contexts] == [True, False, True]
    assert [context.transfer_syntax for context in contexts] == ["1.4", "", "1.2"]


def test_contexts_without_an_answer_come_last() -> None:
    contexts = negotiated(THREE, [ContextResult(3, 0, "1.2")])
    assert [(context.context_id, context.result) for context in contexts] == [(3, 0), (1, None), (5, None)]
    assert not contexts[1].accepted


def test_the_last_answer_for_an_id_counts_and_unknown_ids_do_not() -> None:
    answers = [ContextResult(1, 0, "1.2"), ContextResult(2, 0, "1.2"), ContextResult(1, 4, "")]
    assert negotiated(THREE[:1], answers) == (PresentationContext(THREE[0], 4, ""),)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, "Proposed"),
        (0, "Accepted"),
        (1, "User Rejection"),
        (2, "No Reason"),
        (3, "Abstract Syntax Not Supported"),
        (4, "Transfer Syntaxes Not Supported"),
        (5, "--Invalid Result/Reason--"),
    ],
)
def test_results_in_words(result: int | None, text: str) -> None:
    assert PresentationContext(THREE[0], result).result_text == text


def test_whether_the_transfer_syntax_was_proposed() -> None:
    assert PresentationContext(THREE[0], 0, "1.4").transfer_syntax_was_proposed
    assert not PresentationContext(THREE[0], 0, "1.5").transfer_syntax_was_proposed


@given(st.integers(0, 128), st.lists(strategies.RESULTS, max_size=10))
def test_every_proposal_is_there_once(count: int, answers: list[ContextResult]) -> None:
    proposed = propose(count, "1.2.3", ["1.2"])
    contexts = negotiated(proposed, answers)
    assert sorted(context.proposed for context in contexts) == sorted(proposed)
    last = {answer.context_id: answer.result for answer in answers}
    assert all(context.result == last.get(context.context_id) for context in contexts)


# The acceptor's answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "result", "transfer_syntax"),
    [
        (ProposedContext(1, "1.2.3", ("1.2", "1.4")), 0, "1.2"),
        (ProposedContext(1, "1.2.3", ("1.9", "1.4", "1.2")), 0, "1.4"),
        (ProposedContext(1, "1.2.3", ("1.9",)), 4, "1.9"),
        (ProposedContext(1, "1.2.3", ()), 4, "1.2.840.10008.1.2"),
        (ProposedContext(1, "1.2.4", ("1.2",)), 3, "1.2"),
        (ProposedContext(1, "", ()), 3, "1.2.840.10008.1.2"),
        (ProposedContext(1, "1.2.\xe9", ("\xff",)), 3, "\xff"),
    ],
)
def test_an_acceptors_answer(context: ProposedContext, result: int, transfer_syntax: str) -> None:
    (answer,) = answers([context], {"1.2.3": ("1.2", "1.4")})
    assert answer == ContextResult(1, result, transfer_syntax)
    assert ContextResult.decode(answer.encode()[4:]) == answer


def test_an_acceptor_answers_in_the_order_proposed() -> None:
    assert [answer.context_id for answer in answers(THREE[::-1], {})] == [5, 3, 1]


def test_a_context_without_an_answer_has_no_transfer_syntax() -> None:
    (context,) = negotiated([ProposedContext(1, "1.2", ("1.3",))], [])
    assert (context.result, context.transfer_syntax) == (None, "")
    assert not context.transfer_syntax_was_proposed
