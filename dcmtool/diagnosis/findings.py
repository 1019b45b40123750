"""What a diagnosis can come to: the type of a finding, and the table of what each one says, by its id.

A finding is never a bare fact: it is about the *cause*, says how certain that is, what else would look the
same, on what it rests, who has to act, and what to do next. Its page is `docs/findings/ID.md`.
"""

from collections.abc import Iterable, Mapping

from dcmtool.advice import Advice
from dcmtool.diagnosis import association_findings, connection_findings, tls_findings
from dcmtool.diagnosis.definition import Actor, Certainty, Definition
from dcmtool.named_tuple import NamedTuple

IN_ORDER = "in-order"

# By their ids, in the order of the stages: what comes first keeps all that follows from being reached.
FINDINGS: Mapping[str, Definition] = {
    IN_ORDER: Definition(
        None,
        "certain",
        "{node} answers every echo, at once and each time alike",
        (),
        "PS3.4 A.2",
    ),
    **connection_findings.TABLE,
    **tls_findings.TABLE,
    **association_findings.TABLE,
}


class Seen(NamedTuple):
    """A piece of evidence: what was seen, on which association, when, and the bytes that show it.

    `association` is the number of the attempt, from 1, None where there was none; `at` the nanoseconds since
    the diagnosis began, None where no moment belongs to it. The bytes may be cut short.
    """

    what: str
    association: int | None = None
    at: int | None = None
    data: bytes = b""


class Finding(NamedTuple):
    """One thing that is wrong, or `in-order`; whatever has `alternatives` (ids) is not certain.

    The `advice` is in the order in which to try it. The `clause` is that of the standard, empty where none
    says anything.
    """

    id: str
    certainty: Certainty
    sentence: str
    evidence: tuple[Seen, ...]
    alternatives: tuple[str, ...]
    actor: Actor | None
    advice: tuple[Advice, ...]
    clause: str

    @property
    def first_advice(self) -> Advice | None:
        """What to try first, which is the hint of a failure; None where there is nothing to do."""
        return self.advice[0] if self.advice else None

    @property
    def page(self) -> str:
        """The page of the documentation that describes it."""
        return page_of(self.id)


def page_of(name: str) -> str:
    """Return the page of a finding, relative to the root of the documentation's repository."""
    return f"docs/findings/{name}.md"


def made(
    name: str,
    definition: Definition,
    facts: Mapping[str, object],
    *,
    evidence: Iterable[Seen] = (),
    alternatives: Iterable[str] = (),
    certainty: Certainty | None = None,
    advice: Iterable[str] | None = None,
    first: Advice | None = None,
) -> Finding:
    """Return a finding of a definition about these facts; what is given stands in place of its own.

    The advice is given by keys; `first` goes before it. Whatever has alternatives is likely at best.
    """
    others = tuple(dict.fromkeys(each for each in alternatives if each != name))
    chosen = certainty or definition.certainty
    if others and chosen == "certain":
        chosen = "likely"
    keys = definition.advice if advice is None else advice
    steps = tuple(Advice.about(key, **facts) for key in keys)
    return Finding(
        name,
        chosen,
        definition.sentence.format_map({key: str(fact) for key, fact in facts.items()}),
        tuple(evidence),
        others,
        definition.actor,
        steps if first is None else (first, *(step for step in steps if step.key != first.key)),
        definition.clause,
    )


__all__ = [
    "FINDINGS",
    "IN_ORDER",
    "Actor",
    "Certainty",
    "Definition",
    "Finding",
    "Seen",
    "made",
    "page_of",
]
