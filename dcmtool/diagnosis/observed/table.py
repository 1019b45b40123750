"""All findings about a connection between two others, by their ids, in the words of a third party."""

from collections.abc import Mapping

from dcmtool.diagnosis.callers.table import CALLERS
from dcmtool.diagnosis.definition import Actor, Definition
from dcmtool.diagnosis.findings import FINDINGS
from dcmtool.diagnosis.observed import association_words, conduct_words, connection_words, services
from dcmtool.diagnosis.observed.wording import Wording

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
# What fits the same evidence as one of these, for their pages.
SERVICE_ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "no-context-accepted": ("calling-title", "called-title"),
    "context-refused": ("left-after-answer",),
    "aborted-on-request": ("service-denied", "calling-title"),
    "closed-on-request": ("packets-lost",),
    "request-unanswered": ("left-before-response", "slow-response"),
    "response-status": ("move-destination-unknown",),
    "slow-response": ("packets-lost",),
}
