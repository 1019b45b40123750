"""The two sides of an observed connection, as sentences name them, and findings in the words about them."""

from collections.abc import Iterable, Mapping

from dcmtool.advice import Advice
from dcmtool.association.observed import Side
from dcmtool.capture.connection import ActingSide, Endpoint, ObservedConnection, ObservedFinding
from dcmtool.diagnosis.callers.subject import Subject
from dcmtool.diagnosis.callers.table import CALLERS
from dcmtool.diagnosis.definition import Actor, Certainty
from dcmtool.diagnosis.evidence import Attempt, Inquiry
from dcmtool.diagnosis.findings import Finding, Seen, made
from dcmtool.diagnosis.observed.table import OBSERVED
from dcmtool.diagnosis.rules import rule_for
from dcmtool.errors import Rejection, RemoteProtocolError
from dcmtool.text import brief
from dcmtool.upper_layer.user_information import UserIdentity, find

_PADDING = " \0"
_ACTING: Mapping[Actor | None, ActingSide] = {
    "requestor": "requestor",
    "acceptor": "acceptor",
    "network": "network",
}
_NO_PORT = 0
# The rules of callers find some of what is of interest to an acceptor of ours alone.
_RULED = {**CALLERS, **OBSERVED}


class Parties:
    """Whom the findings are about: a requestor and an acceptor, by titles and addresses."""

    def __init__(self, connection: ObservedConnection) -> None:
        self.connection = connection
        request = connection.request
        calling, called = (request.calling_aet, request.called_aet) if request else ("", "")
        self._calling, self._called = calling, called
        source = connection.requestor.address
        self.names: dict[Side, str] = {
            "requestor": _name(calling, Endpoint(source), "the requestor"),
            "acceptor": _name(called, connection.acceptor, "the acceptor"),
        }
        self.facts: dict[str, object] = {
            "requestor": self.names["requestor"],
            "acceptor": self.names["acceptor"],
            "place": brief(str(connection.acceptor)) or "the acceptor",
            "source": brief(source) or "the requestor's address",
            "port": connection.acceptor.port or "the acceptor's",
            "calling": _title(calling),
            "called": _title(called),
            "sender": self.names["requestor"],
            "receiver": self.names["acceptor"],
        }

    def subject(self, sender: Side = "requestor") -> Subject:
        """Return whom the rules of callers are about; what either side may do is done by `sender`."""
        return Subject(
            self.connection.requestor.address,
            self.connection.acceptor.port or _NO_PORT,
            "",
            self._calling,
            self._called,
            table=_RULED,
            facts={**self.facts, **self._sent_by(sender)},
        )

    def finding(
        self,
        name: str,
        *evidence: Seen,
        alternatives: Iterable[str] = (),
        certainty: Certainty | None = None,
        actor: Actor | None = None,
        first: Advice | None = None,
        advice: Iterable[str] | None = None,
        sentence: str | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> ObservedFinding:
        """Return a finding; what is given stands in place of its own, `first` goes before its advice."""
        definition = OBSERVED[name]
        definition = definition._replace(
            actor=actor or definition.actor, sentence=sentence or definition.sentence
        )
        return acted_on(
            made(
                name,
                definition,
                self.facts | dict(facts or {}),
                evidence=evidence,
                alternatives=[each for each in alternatives if each in OBSERVED],
                certainty=certainty,
                advice=advice,
                first=first,
            )
        )

    def of_attempt(
        self,
        stage: str,
        cause: BaseException,
        *evidence: Seen,
        also: Iterable[str] = (),
        spoke_first: bool = False,
        facts: Mapping[str, object] | None = None,
    ) -> ObservedFinding:
        """Return what it means to the requestor that it came as far as a stage and ended for a cause.

        `also` are ids of what looks the same between two others.
        """
        attempt = Attempt(self._asked(), stage, cause, self.connection.number, spoke_first=spoke_first)
        rule = rule_for(attempt)
        assert rule is not None, cause  # every cause has one at every stage but "done"
        own: dict[str, object] = {"what": self.words_of(cause, "acceptor")}
        if isinstance(cause, Rejection):
            own["code"] = cause.numbers
        most = rule.facts.get("most")
        first = None
        if most is not None:
            first = Advice.about("fewer-syntaxes-of-requestor", **self.facts | {**rule.facts})
        return self.finding(
            rule.finding,
            *evidence,
            alternatives=(*rule.alternatives, *also),
            certainty=rule.certainty,
            first=first,
            facts={**own, **rule.facts, **(facts or {})},
        )

    def words_of(self, cause: BaseException, sender: Side) -> str:
        """Return a cause in words that name the side which the peer was."""
        text = str(cause) if not isinstance(cause, RemoteProtocolError) else f"{cause.what} ({cause.clause})"
        return brief(text.replace("the peer", f"the {sender}"))

    def since(self, at: int | None) -> int | None:
        """Return a moment as nanoseconds since the connection began, None where it is not known."""
        return None if at is None else max(0, at - self.connection.began)

    def _sent_by(self, sender: Side) -> dict[str, object]:
        receiver: Side = "acceptor" if sender == "requestor" else "requestor"
        return {"sender": self.names[sender], "receiver": self.names[receiver]}

    def _asked(self) -> Inquiry:
        request, acceptor = self.connection.request, self.connection.acceptor
        contexts = request.contexts if request else ()
        identity = find(request.user_information, UserIdentity) if request else None
        return Inquiry(
            acceptor.address,
            acceptor.port or _NO_PORT,
            self._calling,
            self._called,
            syntaxes=max((len(each.transfer_syntaxes) for each in contexts), default=1),
            secured=self.connection.tls is not None,
            server_name=self.connection.tls.server_name if self.connection.tls else None,
            identity=identity is not None,
        )


def acted_on(finding: Finding) -> ObservedFinding:
    """Return a finding with the side that has to act; what looks the same is what a third party may see."""
    others = tuple(each for each in finding.alternatives if each in OBSERVED)
    return ObservedFinding(finding._replace(alternatives=others), _ACTING[finding.actor])


def _title(title: str) -> str:
    return brief(title.strip(_PADDING)) or "(blank)"


def _name(title: str, endpoint: Endpoint, otherwise: str) -> str:
    own, place = brief(title.strip(_PADDING)), brief(str(endpoint))
    return f"{own} ({place})" if own and place else own or place or otherwise
