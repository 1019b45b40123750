"""The sentences of advice: whole in the API's words and in the command line's, and each of use."""

import re
from pathlib import Path
from string import Formatter

import pytest

import dcmtool
from dcmtool.advice import API, SENTENCES, Advice
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.tls.profiles import PROFILES

FACTS = {"host", "node", "release", "port", "calling", "called", "most", "speaks", "missing"}
FACTS |= {"file", "made", "form", "source", "address", "what", "title", "tried"}
# Of a connection between two others.
FACTS |= {"requestor", "acceptor", "place", "sender", "receiver", "asker", "answerer", "service", "router"}
SOURCES = "".join(path.read_text(encoding="utf-8") for path in Path(dcmtool.__file__).parent.rglob("*.py"))
USED = set(re.findall(r'(?<!^    )"([\w-]+)"(?!:)', SOURCES, re.MULTILINE))

every_sentence = pytest.mark.parametrize("key", SENTENCES)


def test_both_readers_have_words_for_the_same_settings() -> None:
    assert set(COMMAND_LINE) == set(API)
    assert {key.removeprefix("profile ") for key in API if key.startswith("profile ")} == set(PROFILES)


@every_sentence
def test_a_sentence_names_only_settings_and_facts(key: str) -> None:
    fields = {name for _, name, _, _ in Formatter().parse(SENTENCES[key]) if name is not None}
    assert fields <= API.keys() | FACTS


@every_sentence
def test_a_sentence_is_one_short_line(key: str) -> None:
    facts = dict.fromkeys(FACTS, "x")
    for words in (API, COMMAND_LINE):
        text = Advice.about(key, **facts).in_words(words)
        assert len(text) <= 150
        assert not re.search(r"^[A-Z]|[.\n{}]$", text)


@every_sentence
def test_a_sentence_is_given_somewhere(key: str) -> None:
    assert key in USED or key in ("expired", "not-yet-valid")  # which are kinds of failures too


def test_facts_are_not_taken_for_settings() -> None:
    advice = Advice.about("called-title", called="{ca_files}")
    assert str(advice).startswith("the called AE title is case-sensitive; you sent {ca_files}: ")


def test_the_words_of_the_command_line_are_its_options() -> None:
    assert Advice.about("no-authorities", missing="the root").in_words(COMMAND_LINE) == (
        "none was named: give the root with +cf, or use --system-ca"
    )
    assert COMMAND_LINE["acse"] == "-ta, ACSE timeout"
