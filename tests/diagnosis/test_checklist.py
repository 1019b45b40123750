"""The lines of the checklist: what each lookup and association comes to, stage by stage."""

from typing import Any

import pytest

from dcmtool.diagnosis import checklist
from dcmtool.diagnosis.checklist import milliseconds
from dcmtool.diagnosis.evidence import Attempt
from dcmtool.diagnosis.findings import Seen
from dcmtool.errors import (
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    NameNotResolved,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    StatusNotSuccess,
    TlsFailure,
    TlsWanted,
)
from dcmtool.settings import EchoRequest, Peer, TlsSettings
from dcmtool.upper_layer.reader import too_long
from dcmtool.verification.report import Phases, Reply
from tests.diagnosis.attempts import FIRST, SECOND, SECURED, SESSION, SIXTH, bad, found, good, negotiated

CONNECTED = f"ok connect {FIRST} port 104, from 192.0.2.9"
DICOM = (Seen("A-ASSOCIATE-AC", 1, 5, b"\2\0\0\0\0\4"),)
ACCEPTED = [
    "ok first-bytes DICOM",
    "ok associate accepted by 1.2.3 (PACS_1)",
    "ok contexts Verification with LittleEndianImplicit",
]
ECHOES = ["ok echo Success", "ok second-echo Success"]
RDP = b"\3\0\0\x13"
LOST = "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)"


def lines(attempt: Attempt) -> list[str]:
    """Return the stages of an attempt as lines."""
    stages = list(checklist.of_attempt(attempt, SECOND))
    assert all((stage.address, stage.association) == (attempt.address, attempt.number) for stage in stages)
    return [f"{stage.state} {stage.id} {stage.text}" for stage in stages]


def accepted(stage: str, cause: BaseException, **others: Any) -> Attempt:
    """Return an attempt that ended after the acceptance."""
    return bad(stage, cause, negotiated=negotiated(), seen=DICOM, **others)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (good(seen=DICOM), [CONNECTED, *ACCEPTED, *ECHOES, "ok release in order"]),
        (
            good(1, SECURED, session=SESSION._replace(server_name="pacs"), seen=DICOM)._replace(
                phases=Phases(connect=SECOND, tls=1, associate=SECOND, release=1)
            ),
            [
                CONNECTED.replace("ok", "slow"),
                "ok tls TLSv1.3, TLS_AES_256_GCM_SHA384, server name pacs, certificate verified",
                *(ACCEPTED[0], ACCEPTED[1].replace("ok", "slow"), ACCEPTED[2]),
                *ECHOES,
                "ok release in order",
            ],
        ),
        (
            bad("connect", ConnectFailed("h", 104, ((FIRST, OSError(111, "")),)), source="192.0.2.9"),
            ["failed connect no connection to h port 104 (192.0.2.1): Connection refused, from 192.0.2.9"],
        ),
        (bad("tls", TlsFailure("kind", "what"), request=SECURED), [CONNECTED, "failed tls what"]),
        (
            bad("associate", NotDicom(b"HTTP/1.1")),
            [CONNECTED],
        ),
        (
            bad("associate", NotDicom(b"HTTP/1.1"), seen=(Seen("x", 1, 1, b"HTTP/1.1"),)),
            [CONNECTED, 'failed first-bytes 48 54 54 50 2f 31 2e 31: "HTTP/1.1", no DICOM'],
        ),
        (
            bad("associate", TlsWanted(), seen=(Seen("x", 1, 1, b"\x15\3"),)),
            [CONNECTED, "failed first-bytes 15 03: a TLS alert"],
        ),
        (
            bad("associate", ConnectionLost()),
            [
                CONNECTED,
                "failed first-bytes none: the connection was closed",
                f"failed associate {LOST}",
            ],
        ),
        (
            bad("associate", ConnectionLost(), spoke_first=True),
            [
                CONNECTED,
                "failed first-bytes none: the connection was closed, before anything was sent",
                f"failed associate {LOST}",
            ],
        ),
        (
            bad("associate", DeadlineExpired("answer", "acse", 30)),
            [CONNECTED, "failed first-bytes none: silence", "failed associate no answer within 30 s"],
        ),
        (
            bad("associate", DeadlineExpired("answer", "acse", 30, partial="A-ASSOCIATE-AC")),
            [
                CONNECTED,
                "ok first-bytes DICOM: a part of A-ASSOCIATE-AC",
                "failed associate no more than a part of A-ASSOCIATE-AC within 30 s",
            ],
        ),
        (
            bad("associate", too_long(3, 1 << 20, 4, RDP), seen=(Seen("x", 1, 1, RDP),)),
            [
                CONNECTED,
                'failed first-bytes 03 00 00 13: "\\x03\\x00\\x00\\x13", no DICOM',
                "failed associate the peer sent A-ASSOCIATE-RJ of 1048576 bytes where at most 4 make sense "
                "(PS3.8 9.3.1)",
            ],
        ),
        (
            bad("associate", Rejection(1, 1, 7), seen=(Seen("x", 1, 1, b"\3\0"),)),
            [
                CONNECTED,
                "ok first-bytes DICOM",
                "failed associate rejected, 1/1/7: Called AE Title Not Recognized "
                "(Service User, Rejected Permanent)",
            ],
        ),
        (
            accepted("associate", NothingAccepted(((1, "User Rejection"),))),
            [
                CONNECTED,
                *ACCEPTED[:2],
                "failed contexts the one proposed was refused: User Rejection",
            ],
        ),
        (
            accepted("echo", PeerAbort(0, 0)),
            [
                *(CONNECTED, *ACCEPTED),
                "failed echo the peer aborted the association (A-ABORT from the service user), 0/0",
            ],
        ),
        (
            accepted("echo", ConnectionLost(), replies=(Reply(1, 0, SECOND),)),
            [CONNECTED, *ACCEPTED, "slow echo Success", f"failed second-echo {LOST}"],
        ),
        (
            accepted(
                "echo",
                StatusNotSuccess(0x0122, "refused"),
                replies=(Reply(1, 0x0122, 1), Reply(2, 0x0122, 1)),
                phases=Phases(connect=1, release=1),
            ),
            [
                *(CONNECTED, *ACCEPTED),
                "failed echo status 0x0122 (refused)",
                "failed second-echo status 0x0122 (refused)",
                "ok release in order",
            ],
        ),
        (
            accepted("release", ConnectionLost(), replies=(Reply(1, 0, 1), Reply(2, 0, 1))),
            [CONNECTED, *ACCEPTED, *ECHOES, f"failed release {LOST}"],
        ),
        (bad("connect", KeyboardInterrupt()), ["failed connect interrupted"]),
    ],
)
def test_an_association(attempt: Attempt, expected: list[str]) -> None:
    assert lines(attempt) == expected


NAMED = EchoRequest(Peer("pacs", 104), tls=TlsSettings(server_name="pacs"))


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (good(2), ("ok", "in order", 9_000_000)),
        (good(2, phases=Phases(associate=SECOND)), ("slow", "in order", SECOND + 6_000_000)),
        (
            good(2, phases=Phases(associate=SECOND), listened=True),
            ("ok", "listening first: in order", SECOND + 6_000_000),
        ),
        (bad("echo", ConnectionLost(), 2), ("failed", LOST, 1_000_000)),
        (bad("connect", KeyboardInterrupt(), 2), ("failed", "interrupted", None)),
        (good(2, NAMED), ("ok", "with the server name pacs: in order", 9_000_000)),
        (good(2, experiment="a title"), ("ok", "a title: in order", 9_000_000)),
        (
            bad("associate", NothingAccepted(()), 2, experiment="a query", service="Worklist"),
            ("noted", "a query: it has no such service", 1_000_000),
        ),
    ],
)
def test_once_more(attempt: Attempt, expected: tuple[str, str, int | None]) -> None:
    stage = checklist.again(attempt, SECOND)
    assert (stage.id, stage.association) == ("experiment" if attempt.experiment else "again", 2)
    assert (stage.state, stage.text, stage.took) == expected


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        (found("ipv4", FIRST), "ok IPv4: 192.0.2.1"),
        (found("ipv6", SIXTH, wanted=False), "ok IPv6: 2001:db8::1, not to be called"),
        (found("ipv6", cause=NameNotResolved("pacs", 104, "unknown")), "noted IPv6: none (unknown)"),
        (found("ipv4", FIRST, took=SECOND), "slow IPv4: 192.0.2.1"),
        (found("ipv4", cause=KeyboardInterrupt()), "noted IPv4: none (interrupted)"),
        (
            found("ipv4", cause=DeadlineExpired("address of pacs", "connect", 10)),
            "noted IPv4: none (no address of pacs within 10 s)",
        ),
    ],
)
def test_a_lookup(lookup: Any, expected: str) -> None:
    stage = checklist.of_lookup(lookup, SECOND)
    assert f"{stage.state} {stage.text}" == expected


@pytest.mark.parametrize(
    ("took", "expected"), [(None, ""), (1_250_000, "1.2 ms"), (1_500_000_000, "1500 ms"), (0, "0.0 ms")]
)
def test_a_time(took: int | None, expected: str) -> None:
    assert milliseconds(took) == expected
