"""The rows of a block: every ending, every size, and what two hostile sides may send."""

from collections.abc import Callable
from typing import Any

import pytest

from dcmtool.capture.connection import Endpoint, ObservedConnection, ObservedTls
from dcmtool.cli.output.explain_rows import ending, instant, rows, side_name, size, took
from dcmtool.cli.output.explain_text import BlockLook, actor_text, block
from dcmtool.cli.output.explain_tls import tls
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import AssociateRq, ProposedContext
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    UserIdentity,
)
from tests.capture.examples import (
    ABORTED,
    BEGAN,
    CT,
    EVERY,
    EXPLICIT,
    HTTP,
    IMPLICIT,
    LOGGED,
    MIDDLE,
    MS,
    REFUSED,
    REJECTED,
    REQUEST,
    SECURED,
    STORED,
    UNANSWERED,
    finding,
)
from tests.peers import pki


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (took, 44_000, "0.044 ms"),
        (took, 1_500_000, "1.5 ms"),
        (took, 2_500 * MS, "2.5 s"),
        (took, 7_261_000 * MS, "2:01:01"),
        (size, 1, "1 byte"),
        (size, 999, "999 bytes"),
        (size, 2500, "2.5 kB"),
        (size, 3_000_000, "3.0 MB"),
        (size, 4_200_000_000, "4.2 GB"),
        (instant, 0, "no time"),
        (instant, -5, "no time"),
        (instant, 1 << 80, "no time"),
        (instant, BEGAN + 999, "2026-11-30T08:15:00.250000Z"),
    ],
)
def test_numbers(function: Callable[[int], str], value: int, text: str) -> None:
    assert function(value) == text


@pytest.mark.parametrize(
    ("connection", "text"),
    [
        (STORED, "released by the requestor"),
        (REJECTED, "rejected by the acceptor"),
        (ABORTED._replace(abort=(0, 3), partial=("", "")), "aborted by the acceptor (service user)"),
        (ABORTED._replace(abort=(7, 3), partial=("", "")), "aborted by the acceptor (source 7)"),
        (
            ABORTED._replace(abort=(2, 9), partial=("", "")),
            "aborted by the acceptor (service provider: reason 9)",
        ),
        (ABORTED._replace(abort=None, partial=("", "")), "aborted by the acceptor"),
        (
            STORED._replace(ending="closed", partial=("", "A-RELEASE-RP")),
            "closed by the requestor without a release, the acceptor in the middle of A-RELEASE-RP",
        ),
        (SECURED, "closed by the requestor"),
        (MIDDLE, "reset by the requestor"),
        (REFUSED, "refused: a reset answered the SYN after 1.0 ms"),
        (REFUSED._replace(ended=None), "refused: a reset answered the SYN"),
        (UNANSWERED, "no answer to 3 SYNs"),
        (UNANSWERED._replace(ended=BEGAN + 3000 * MS, syns=0), "no answer to 1 SYN within 3.0 s"),
        (HTTP, "still open where the capture ends"),
    ],
)
def test_endings(connection: ObservedConnection, text: str) -> None:
    assert ending(connection) == text


def told(connection: ObservedConnection, *, verbose: bool = False) -> dict[str, str]:
    """Return the rows by their titles; of several the last."""
    return dict(rows(connection, verbose=verbose))


def test_a_request_without_an_answer() -> None:
    assert told(LOGGED)["answer"] == "none"
    assert "refused" not in told(LOGGED)
    assert told(LOGGED, verbose=True)["context"].endswith(": Proposed")


@pytest.mark.parametrize(
    ("handshake", "note"),
    [(False, "the association began before what was captured: what"), (True, "no whole A-ASSOCIATE-RQ")],
)
def test_no_request(handshake: bool, note: str) -> None:
    assert told(MIDDLE._replace(handshake=handshake))["note"].startswith(note)


def test_a_user_is_not_named() -> None:
    identity = UserIdentity(2, False, b"anna", b"secret")
    request = REQUEST._replace(user_information=(identity, ImplementationClassUid("1.2")))
    said = told(STORED._replace(request=request), verbose=True)
    assert said["user"] == "user identity of type 2 (PS3.7 D.3.3.7)"
    assert said["from"] == "1.2"


def test_many_contexts_begin_with_those_that_were_used() -> None:
    proposed = [ProposedContext(2 * n + 1, f"1.2.3.{n}", (EXPLICIT,)) for n in range(9)]
    contexts = (
        *(PresentationContext(each, 0, EXPLICIT) for each in proposed),
        PresentationContext(ProposedContext(21, CT, (EXPLICIT,)), 0, EXPLICIT),
        PresentationContext(ProposedContext(23, CT, (IMPLICIT,)), 0, IMPLICIT),
        PresentationContext(ProposedContext(25, "", ()), 1),
        PresentationContext(ProposedContext(27, "1.2.4", ())),
    )
    said = told(STORED._replace(contexts=contexts))
    assert said["asked"] == "13 contexts: CT Image Storage, 1.2.3.0, 1.2.3.1 and 9 more"
    assert said["accepted"] == (
        "11 of 13: CT Image Storage, 1.2.3.0, 1.2.3.1 and 7 more with LittleEndianExplicit; "
        "CT Image Storage with LittleEndianImplicit"
    )
    assert said["refused"] == "none (User Rejection); 1.2.4 (No Answer)"


def test_the_same_with_two_transfer_syntaxes_is_said_once() -> None:
    contexts = tuple(
        PresentationContext(ProposedContext(number, CT, (syntax,)), 0, syntax)
        for number, syntax in ((1, EXPLICIT), (3, IMPLICIT))
    )
    said = told(STORED._replace(contexts=contexts))
    assert said["accepted"] == "2 of 2: CT Image Storage with LittleEndianExplicit or LittleEndianImplicit"


def test_what_the_acceptor_asks_for() -> None:
    use = STORED.services[1]._replace(command="N-EVENT-REPORT", sender="acceptor", statuses=(), spans=None)
    assert told(STORED._replace(services=(use,)))["N-EVENT-REPORT"] == (
        "1 request for Verification, asked by the acceptor"
    )


def test_much_that_is_odd_is_cut_short() -> None:
    said = [*rows(STORED._replace(warnings=tuple(map(str, range(20)))), verbose=False)]
    assert said[-2:] == [("note", "7"), ("", "and 12 more like these")]


def test_the_bytes_of_what_nobody_knows() -> None:
    said = told(HTTP._replace(protocol="unknown", starts=(b"\x01\x02", b"\xff")))
    assert said["spoken"] == "what was spoken is no DICOM; it begins with 01 02 / ff"


def test_tls_that_was_not_answered() -> None:
    ((_, said),) = tls(ObservedTls(), BEGAN, verbose=False)
    assert said == "no server name (SNI); not answered; not established"


def test_tls_in_full() -> None:
    assert SECURED.tls is not None
    said = dict(tls(SECURED.tls._replace(established=True), BEGAN, verbose=True))
    assert "with TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, TLS_A, TLS_B;" in said["TLS"]
    assert said["TLS"].endswith("; established")


@pytest.mark.parametrize(("began", "held"), [(BEGAN, ", valid then"), (0, ""), (1 << 80, ", expired then")])
def test_certificates_are_as_they_were_then(began: int, held: str) -> None:
    authority = pki.Authority("CN=Hospital CA")
    leaf = authority.issue("CN=pacs.example.org", ("pacs.example.org",))
    (row, *_) = [
        text
        for title, text in tls(ObservedTls(certificates=(leaf.der, authority.der)), began, verbose=False)
        if title == "shown"
    ]
    assert row.startswith("by the acceptor: CN=pacs.example.org, issued by CN=Hospital CA, ")
    assert row.endswith(f"{held}, and 1 certificate above it")


def test_who_has_to_act() -> None:
    assert actor_text(REJECTED, finding("a", "b", "network")) == "who runs the network"
    assert actor_text(REJECTED, finding("a", "b", None)) == "nobody"
    assert actor_text(REJECTED, finding("a", "b", "acceptor")) == "who runs PACS (10.0.0.9:104), the acceptor"
    assert side_name(LOGGED, "requestor") == "no title"
    assert side_name(HTTP._replace(acceptor=Endpoint()), "acceptor") == "the acceptor"


HOSTILE = "\x1b[31m\u202e\x00\n" * 20


def test_nothing_steers_the_terminal() -> None:
    information = (ImplementationVersionName(HOSTILE), ImplementationClassUid(HOSTILE))
    request = AssociateRq(HOSTILE, HOSTILE, (ProposedContext(1, HOSTILE, (HOSTILE,)),), information, HOSTILE)
    contexts = (
        PresentationContext(request.contexts[0], 0, HOSTILE),
        PresentationContext(request.contexts[0]._replace(context_id=3), 3),
    )
    hostile: dict[str, Any] = {
        "request": request,
        "contexts": contexts,
        "services": (STORED.services[0]._replace(sop_class=HOSTILE),),
        "warnings": (HOSTILE,),
        "partial": (HOSTILE, HOSTILE),
        "tls": ObservedTls(server_name=HOSTILE, alerts=(("requestor", HOSTILE),)),
        "findings": (finding("refused", HOSTILE, "requestor"),),
    }
    for verbose in (False, True):
        for connection in (*EVERY, ABORTED._replace(**hostile)):
            for line in block(connection, BlockLook(None, verbose=verbose)):
                assert line.isprintable()


@pytest.mark.parametrize("width", [60, 100, 160])
def test_blocks_keep_to_the_width(width: int) -> None:
    for connection in EVERY:
        for line in "\n".join(block(connection, BlockLook(width, signs=True))).split("\n"):
            assert len(line) <= width or " " not in line.strip()
