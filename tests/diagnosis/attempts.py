"""Attempts that the tests of diagnoses are made of."""

from typing import Any

from dcmtool.diagnosis.evidence import Attempt, Evidence, Inquiry, Lookup
from dcmtool.settings import EchoRequest, Negotiation, Peer, TlsSettings
from dcmtool.steps import Family, TlsSession
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import ProposedContext
from dcmtool.verification.report import NegotiatedParameters, Phases, Reply

SECOND = 1_000_000_000  # nanoseconds
REQUEST = EchoRequest(Peer("pacs", 104), Negotiation("US", "ARCHIVE"))
SECURED = EchoRequest(Peer("pacs", 104), Negotiation("US", "ARCHIVE"), tls=TlsSettings())
SESSION = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, b"", True, None)
CONTEXT = PresentationContext(
    ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)), 0, "1.2.840.10008.1.2"
)
FIRST, SECOND_ADDRESS, SIXTH = "192.0.2.1", "192.0.2.2", "2001:db8::1"


def negotiated(uid: str = "1.2.3", name: str = "PACS_1") -> NegotiatedParameters:
    """Return what a node accepts."""
    return NegotiatedParameters((CONTEXT,), 16384, uid, name)


def good(number: int = 1, request: EchoRequest = REQUEST, **others: Any) -> Attempt:
    """Return an attempt that was in order, after 1, 2 and 3 ms; `others` are what is otherwise."""
    usual: dict[str, Any] = {
        "address": FIRST,
        "source": "192.0.2.9",
        "phases": Phases(resolve=0, connect=1_000_000, associate=2_000_000, echo=6_000_000, release=500_000),
        "negotiated": negotiated(),
        "replies": (Reply(1, 0, 3_000_000), Reply(2, 0, 3_000_000)),
    }
    return Attempt(Inquiry.by(request), "done", None, number, **(usual | others))


def bad(
    stage: str, cause: BaseException, number: int = 1, request: EchoRequest = REQUEST, **others: Any
) -> Attempt:
    """Return an attempt that ended at a stage."""
    usual: dict[str, Any] = {"address": FIRST}
    if stage != "connect":
        usual |= {"source": "192.0.2.9", "phases": Phases(resolve=0, connect=1_000_000)}
    return Attempt(Inquiry.by(request), stage, cause, number, **(usual | others))


def found(family: Family = "ipv4", *addresses: str, **others: Any) -> Lookup:
    """Return a lookup of 2 ms."""
    return Lookup(family, addresses, **({"took": 2_000_000} | others))


def evidence(*attempts: Attempt, lookups: tuple[Lookup, ...] | None = None, **others: Any) -> Evidence:
    """Return what was seen of a node, of which everything that takes a second is slow."""
    looked = (found("ipv4", FIRST),) if lookups is None else lookups
    usual: dict[str, Any] = {"request": REQUEST, "slow": SECOND, "lookups": looked, "attempts": attempts}
    return Evidence(**(usual | others))
