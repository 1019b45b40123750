"""The table of findings: every id that was promised, each with all that a finding says."""

from string import Formatter

import pytest

from dcmtool.advice import API, SENTENCES, Advice
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.diagnosis.definition import Definition
from dcmtool.diagnosis.findings import FINDINGS, IN_ORDER, Seen, made, page_of
from dcmtool.diagnosis.rules import alternatives_of

_PROMISED = """
in-order unknown-host family-mismatch lookup-unanswered refused no-answer-to-connect unreachable
local-policy closed-at-once other-protocol tls-expected plain-expected proxy-header-expected
tls-version tls-cipher tls-sni tls-refused tls-unanswered certificate-untrusted
certificate-self-signed certificate-expired certificate-not-yet-valid certificate-other-host
certificate-revoked certificate-weak certificate-expires-soon client-certificate-required
client-certificate-refused no-answer-to-association closed-on-association aborted-on-association
called-title calling-title calling-address application-context protocol-version busy local-limit
identity-refused rejected-without-reason rejected-reserved-reason malformed-answer no-verification
no-transfer-syntax aborted-on-echo closed-on-echo no-answer-to-echo echo-status wrong-answer
release-unanswered release-aborted slow-lookup slow-connect slow-accept slow-reverse-lookup
slow-echo intermittent different-peers large-requests-lost service-denied
"""
PROMISED = _PROMISED.split()
FACTS = {"host", "port", "node", "calling", "called", "family", "address", "source", "what", "code", "sni"}
OF_ITS_OWN = {"other-protocol": {"speaks"}, "intermittent": {"failed", "all"}, "service-denied": {"service"}}
OF_TIME = {"slow-lookup", "slow-connect", "slow-accept", "slow-echo"}

every_finding = pytest.mark.parametrize("name", FINDINGS)


def test_all_that_were_promised_are_there() -> None:
    assert {*PROMISED} <= FINDINGS.keys()
    assert len(PROMISED) == len({*PROMISED})


@every_finding
def test_a_sentence_stands_alone_and_names_only_facts(name: str) -> None:
    sentence = FINDINGS[name].sentence
    fields = {field for _, field, _, _ in Formatter().parse(sentence) if field is not None}
    own = OF_ITS_OWN.get(name, {"seconds"} if name in OF_TIME else set())
    assert fields <= FACTS | own
    assert sentence[0] in "{abcdefghijklmnopqrstuvwxyz"
    assert not sentence.endswith(".")


@every_finding
def test_somebody_has_something_to_do(name: str) -> None:
    definition = FINDINGS[name]
    assert (definition.actor is None) == (name == IN_ORDER) == (not definition.advice)
    assert {*definition.advice} <= SENTENCES.keys()
    for key in definition.advice:
        facts = dict.fromkeys((*FACTS, "speaks", "missing", "most", "release", "file", "made", "form"), "x")
        for words in (API, COMMAND_LINE):
            assert Advice.about(key, **facts).in_words(words)


@every_finding
def test_what_looks_the_same_does_so_both_ways(name: str) -> None:
    assert all(name in alternatives_of(other) for other in alternatives_of(name))


@every_finding
def test_its_page_has_its_name(name: str) -> None:
    assert page_of(name) == f"docs/findings/{name}.md"


DEFINED = Definition("us", "certain", "{what} is wrong", ("log", "update"), "PS3.8")


def test_a_sentence_in_general() -> None:
    assert DEFINED.in_general == "WHAT is wrong"
    assert FINDINGS["busy"].in_general == FINDINGS["busy"].sentence


def test_nothing_is_certain_beside_alternatives() -> None:
    found = made("busy", DEFINED, {"what": "it"}, alternatives=["local-limit", "busy", "local-limit"])
    assert (found.certainty, found.alternatives, found.sentence) == (
        "likely",
        ("local-limit",),
        "it is wrong",
    )
    assert (found.page, found.clause, found.actor) == ("docs/findings/busy.md", "PS3.8", "us")


def test_what_is_given_stands_in_place_of_its_own() -> None:
    seen = [Seen("bytes", 1, 2, b"3")]
    found = made("busy", DEFINED, {"what": "{it}"}, evidence=seen, certainty="possible", advice=["purpose"])
    assert (found.certainty, found.evidence, found.sentence) == ("possible", (*seen,), "{it} is wrong")
    assert [step.key for step in found.advice] == ["purpose"]


def test_advice_that_goes_before_is_not_given_twice() -> None:
    found = made("busy", DEFINED, {"what": "it"}, first=Advice("update"))
    assert [step.key for step in found.advice] == ["update", "log"]
