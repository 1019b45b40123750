"""A finding as JSON, wherever it stands: times in nanoseconds, bytes in hexadecimal."""

from typing import Any

from dcmtool.advice import API, Words
from dcmtool.diagnosis.findings import Finding, Seen

Object = dict[str, Any]  # of plain JSON types


def finding(found: Finding, words: Words = API) -> Object:
    """Return a finding."""
    return {
        "id": found.id,
        "certainty": found.certainty,
        "sentence": found.sentence,
        "evidence": [_seen(each) for each in found.evidence],
        "alternatives": list(found.alternatives),
        "actor": found.actor,
        "advice": [step.in_words(words) for step in found.advice],
        "clause": found.clause or None,
        "page": found.page,
    }


def _seen(seen: Seen) -> Object:
    return {
        "what": seen.what,
        "association": seen.association,
        "at_ns": seen.at,
        "bytes": seen.data.hex(" ") or None,
    }
