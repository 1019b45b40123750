"""All findings about callers, by their ids, in the order in which they keep a caller from what it wants."""

from collections.abc import Mapping

from dcmtool.diagnosis.callers import conduct_table, connection_table, oddities_table, request_table
from dcmtool.diagnosis.definition import Definition

CALLERS: Mapping[str, Definition] = {
    **connection_table.TABLE,
    **request_table.TABLE,
    **conduct_table.TABLE,
    **oddities_table.TABLE,
}

# What fits the same evidence as a finding, so that it is not certain; of the last one only what applies.
ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "no-dicom-sent": ("other-protocol-sent",),
    "our-certificate-untrusted": ("tls-broken-off",),
    "tls-broken-off": ("our-certificate-untrusted", "no-shared-tls", "request-lost"),
    "left-without-a-word": ("silent-caller", "request-lost"),
    "silent-caller": ("left-without-a-word", "request-lost"),
    "request-cut-short": ("request-lost", "malformed-request"),
    "silent-after-answer": ("request-lost",),
    "left-in-the-middle": ("request-lost",),
    "does-not-read": ("request-lost",),
    "left-after-answer": (
        "refuses-our-answer",
        "roles-proposed",
        "asynchronous-window",
        "identity-unanswered",
    ),
}
