"""What to write into a node's configuration, in its own words."""

import pytest

from dcmtool.diagnosis.evidence import Attempt
from dcmtool.diagnosis.node_words import entries
from dcmtool.errors import Rejection
from tests.diagnosis.attempts import bad, evidence, good, negotiated

CALLING = ("calling-title",)


def tried(uid: str, shows: tuple[str, ...] = CALLING) -> Attempt:
    """Return an experiment that succeeded at a node of this implementation."""
    return good(2, negotiated=negotiated(uid), experiment="the calling title WARD", shows=shows)


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        (
            "1.2.276.0.7230010.3.0.3.6.7",
            [
                ("Orthanc, DicomModalities of orthanc.json", '"us": ["US", "192.0.2.9", 104]'),
                (
                    "dcmqrscp, HostTable of dcmqrscp.cfg, and that name in AETable; where it looks"
                    " host names up, this host's in place of the address",
                    "us = (US, 192.0.2.9, 104)",
                ),
            ],
        ),
        (
            "1.2.40.0.13.1.3",
            [("dcm4chee, Configuration, AE list", "AE title US, host name 192.0.2.9, port 104")],
        ),
        ("1.2.826.0.1.3680043.9.3811.3.0.2", [("pynetdicom", 'ae.require_calling_aet = [..., "US"]')]),
        ("1.2.3", []),
    ],
)
def test_what_a_node_calls_it(uid: str, expected: list[tuple[str, str]]) -> None:
    seen = evidence(bad("associate", Rejection(1, 1, 3)), experiments=(tried(uid),))
    assert [(entry.place, entry.text) for entry in entries(seen)] == expected


@pytest.mark.parametrize(
    "experiments",
    [(), (tried("1.2.276.0.7230010.3.0", ("called-title",)),), (bad("associate", Rejection(1, 1, 3)),)],
)
def test_nothing_where_the_caller_was_not_the_reason(experiments: tuple[Attempt, ...]) -> None:
    assert entries(evidence(bad("associate", Rejection(1, 1, 3)), experiments=experiments)) == ()
