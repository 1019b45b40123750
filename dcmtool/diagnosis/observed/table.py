"""All findings about a connection between two others, by their ids, in the words of a third party."""

from collections.abc import Mapping

from dcmtool.diagnosis.callers.table import ALTERNATIVES, CALLERS
from dcmtool.diagnosis.definition import Actor, Definition
from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.diagnosis.observed import association_words, conduct_words, connection_words, services
from dcmtool.diagnosis.observed.wording import Wording
from dcmtool.diagnosis.rules import alternatives_of

# Who "us" and "node" are: in a diagnosis the requestor is ours, of callers the acceptor.
_OF_DIAGNOSES: Mapping[Actor | None, Actor] = {"us": "requestor", "node": "acceptor", "network": "network"}
_OF_CALLERS: Mapping[Actor | None, Actor] = {"us": "acceptor", "node": "requestor", "network": "network"}


def _worded(name: str, words: Wording) -> Definition:
    own, actors = (FINDINGS[name], _OF_DIAGNOSES) if name in FINDINGS else (CALLERS[name], _OF_CALLERS)
    return own._replace(actor=words.actor or actors[own.actor], sentence=words.sentence, advice=words.advice)


WORDS: Mapping[str, Wording] = {
    **connection_words.WORDS,
    **association_words.WORDS,
    **conduct_words.WORDS,
}
# Those that have no other words than these.
SERVICES: Mapping[str, Definition] = services.TABLE
OBSERVED: Mapping[str, Definition] = {
    **{name: _worded(name, words) for name, words in WORDS.items()},
    **SERVICES,
}
# What fits the same evidence as one of these.
SERVICE_ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "no-context-accepted": ("calling-title", "called-title"),
    "context-refused": ("left-after-answer",),
    "aborted-on-request": ("service-denied", "calling-title"),
    "closed-on-request": ("packets-lost",),
    "request-unanswered": ("left-before-response", "slow-response"),
    "response-status": ("move-destination-unknown",),
    "slow-response": ("packets-lost",),
}


def observed_alternatives_of(name: str) -> tuple[str, ...]:
    """Return the ids of all that may look the same as a finding, as far as a connection can show them."""
    if name in SERVICES:
        return SERVICE_ALTERNATIVES.get(name, ())
    others = alternatives_of(name) if name in FINDINGS else ALTERNATIVES.get(name, ())
    return tuple(each for each in others if each in OBSERVED)
