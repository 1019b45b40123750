"""The modalities of an Orthanc configuration."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.orthanc import modalities, without_comments
from dcmtool.errors import InputFileError

CONFIGURATION = r"""
/**
 * The configuration of Orthanc // as Debian installs it
 **/
{
  "Name" : "http://host/*no comment*/ \" // none either",  // a comment
  "DicomAet" : "ORTHANC",
  "DicomModalities" : {
    /* "old" : [ "OLD", "old", 104 ], */
    "sample" : [ "STORESCP", "127.0.0.1", 2000 ],
    "vendor" : [ "VENDOR", "10.0.0.1", "104", "GenericNoWildcardInDates" ],
    "Grüße 1" : {
      "AET" : "PACS", "Host" : "pacs", "Port" : 104, "Manufacturer" : "Generic",
      "AllowEcho" : false, "LocalAet" : "ME", "Timeout" : 5, "UseDicomTls" : false
    }
  }
}
"""


def test_both_forms_between_comments() -> None:
    timeouts = {"timeout": 5, "acse-timeout": 5, "dimse-timeout": 5}
    assert [(each.name, each.keys) for each in modalities("f", CONFIGURATION, {}).all] == [
        ("sample", {"host": "127.0.0.1", "port": 2000, "call": "STORESCP"}),
        ("vendor", {"host": "10.0.0.1", "port": 104, "call": "VENDOR"}),
        ("Grüße 1", {"host": "pacs", "port": 104, "call": "PACS", "aetitle": "ME", **timeouts}),
    ]


def _one(modality: Any, **more: Any) -> dict[str, Any]:
    text = json.dumps({"DicomModalities": {"a": modality}, **more})
    [(name, keys, problem)] = modalities("/etc/orthanc/orthanc.json", text, {}).all
    assert (name, problem) == ("a", "")
    return dict(keys)


def test_what_stands_for_orthancs_own_is_left_out() -> None:
    keys = _one({"AET": "A", "Host": "h", "Port": 1, "LocalAet": "", "Timeout": 0})
    assert keys == {"host": "h", "port": 1, "call": "A"}


def test_tls() -> None:
    modality = {"AET": "A", "Host": "h", "Port": 1, "UseDicomTls": True}
    plain = {"host": "h", "port": 1, "call": "A"}
    assert _one(modality) == {**plain, "tls": "anonymous"}
    files = {"DicomTlsPrivateKey": "k.pem", "DicomTlsCertificate": "/c.pem"}
    assert _one(modality, **files, DicomTlsTrustedCertificates="../ca.pem") == {
        **plain,
        "enable-tls": ["/etc/orthanc/k.pem", "/c.pem"],
        "add-cert-file": ["/etc/ca.pem"],
    }
    assert _one({**modality, "UseDicomTls": False}, **files) == plain


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not valid JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            "{/*\n\n*/\n",
            "is not valid JSON: Expecting property name enclosed in double quotes: line 4 column 1",
        ),
        ("[" * 100_000, "is not valid JSON: maximum recursion depth exceeded"),
        ("[]", "holds no object DicomModalities, as a configuration of Orthanc does"),
        ("{}", "holds no object DicomModalities, as a configuration of Orthanc does"),
        ('{"DicomModalities": []}', "holds no object DicomModalities, as a configuration of Orthanc does"),
        (
            '["a", "b"]',
            "is the list of names that Orthanc has at /modalities: ask it for /modalities?expand",
        ),
        ("${A}", "is too long with the value of the variable A in it"),
    ],
)
def test_what_is_none(text: str, reason: str) -> None:
    with pytest.raises(InputFileError) as caught:
        modalities("f", text, {"A": "x" * (9 << 20)})
    assert caught.value.path == "f"
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("modality", [5, ["A", "h"], ["A", "h", 1, "x", 2]])
def test_a_modality_that_is_none_is_one_problem(modality: Any) -> None:
    text = json.dumps({"DicomModalities": {"a": modality, "b": ["B", "h", 1]}})
    bad, good = modalities("f", text, {}).all
    assert bad.problem.startswith('should be ["AET", "HOST", PORT] or an object, but is ')
    assert (good.name, good.keys, good.problem) == ("b", {"host": "h", "port": 1, "call": "B"}, "")


KNOWN = {"host": "h", "port": 104, "call": "A"}


@pytest.mark.parametrize(
    "text",
    [
        '{"DicomModalities": {"a": ["A", "h", 104,],},}',
        '{"DicomModalities": {"a": {"AET": "A", "Host": "h", "Port": "104", /* , */},  // ,}\n}}',
        '{"a": ["A", "h", 104, "Generic"]}',
        '{"a": {"AET": "A", "AllowEcho": true, "Host": "h", "LocalAet": "", "Port": 104, "Timeout": 0}}',
        '{"DicomModalities": {"a": ["${T}", "${HOST:-h}", ${PORT:-104}]}}',
        '{"DicomModalities": {"a": ["${NONE:-\'A\'}", "${NONE:-h}", "${NONE:-104}"]}}',
        '{"DicomModalities": {"a": ["A${NONE}", "h${NONE:-}", 10${FOUR}]}}',
    ],
)
def test_what_orthanc_reads_and_answers(text: str) -> None:
    [found] = modalities("f", text, {"T": "A", "FOUR": "4"}).all
    assert (found.name, found.keys, found.problem) == ("a", KNOWN, "")


def test_the_variables_that_are_put_in_are_known() -> None:
    text = '{"DicomModalities": {"a": ["${T}", "${H:-h}", ${P:-104}], "b": ["${T}", "h", 1]}} // ${SECRET}'
    assert modalities("f", text, {"T": "A", "SECRET": "s"}).variables == ["T"]


def test_a_comma_in_a_text_stays() -> None:
    [found] = modalities("f", '{"DicomModalities": {"a,]": ["A,}", "h", 104]}}', {}).all
    assert (found.name, found.keys["call"]) == ("a,]", "A,}")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(values)
def test_what_has_no_comments_stays_as_it_is(value: object) -> None:
    text = json.dumps(value, indent=1)
    assert without_comments(text) == text


@given(st.text('"\\/*\n ab'))
def test_lines_keep_their_numbers(text: str) -> None:
    assert without_comments(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["/*", '"\\"', '"', "//", "\\"])
def test_a_large_file_of_what_is_not_closed_takes_no_time(text: str) -> None:
    for begin in ("", '"'):
        assert len(without_comments(begin + text * 1_000_000)) <= 1_000_000 * len(text) + 1


@given(st.dictionaries(st.text(), values, max_size=3))
def test_anything_ends_in_keys_or_a_sentence(found: dict[str, Any]) -> None:
    try:
        for each in modalities("f", json.dumps({"DicomModalities": found}), {}).all:
            assert "Host" not in each.keys
    except InputFileError:
        pass
