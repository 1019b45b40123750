"""Observed connections made by hand, for what is made of them."""

from typing import Any

from dcmtool.association.observed import Side
from dcmtool.capture.connection import Endpoint, ObservedConnection, ServiceUse, Spans
from dcmtool.upper_layer.contexts import PresentationContext
from dcmtool.upper_layer.pdus import (
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ContextResult,
    ProposedContext,
)
from dcmtool.upper_layer.user_information import (
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    SubItem,
)

MILLISECOND, SECOND = 1_000_000, 1_000_000_000
BEGAN = 1_790_000_000 * SECOND
REQUESTOR, ACCEPTOR = Endpoint("10.0.0.9", 50123), Endpoint("10.0.0.5", 104)
VERIFICATION, CT_STORAGE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
USER: tuple[SubItem, ...] = (
    MaximumLength(16384),
    ImplementationClassUid("1.2.3"),
    ImplementationVersionName("MODALITY_1"),
)


def request(*syntaxes: str, **others: Any) -> AssociateRq:
    """Return a request for these abstract syntaxes, by default for Verification; `others` are otherwise."""
    contexts = tuple(
        ProposedContext(2 * number + 1, uid, (IMPLICIT, EXPLICIT))
        for number, uid in enumerate(syntaxes or (VERIFICATION,))
    )
    usual: dict[str, Any] = {
        "called_aet": "ORTHANC",
        "calling_aet": "MODALITY",
        "contexts": contexts,
        "user_information": USER,
    }
    return AssociateRq(**(usual | others))


def contexts(asked: AssociateRq, *results: int) -> tuple[PresentationContext, ...]:
    """Return the contexts of a request with these results, by default accepted."""
    found = results or (0,) * len(asked.contexts)
    return tuple(
        PresentationContext(each, result, IMPLICIT if result == 0 else "")
        for each, result in zip(asked.contexts, found, strict=True)
    )


def use(command: str = "C-ECHO", *statuses: tuple[int, int], **others: Any) -> ServiceUse:
    """Return the use of a service, by default of one request that was answered with Success after 3 ms."""
    found = statuses or ((0, 1),)
    times = sum(count for _, count in found)
    took = 3 * MILLISECOND
    usual: dict[str, Any] = {
        "command": command,
        "sop_class": VERIFICATION if command == "C-ECHO" else CT_STORAGE,
        "sender": "requestor",
        "requests": times,
        "statuses": found,
        "spans": Spans(times, took, took, took),
        "data_sets": 0,
        "data_bytes": 0,
    }
    return ServiceUse(**(usual | others))


def unanswered(command: str = "C-ECHO", **others: Any) -> ServiceUse:
    """Return the use of a service whose only request was not answered."""
    return use(command, **({"requests": 1, "statuses": (), "spans": None} | others))


def connection(**others: Any) -> ObservedConnection:
    """Return a connection on which nothing was sent; `others` are what is otherwise."""
    usual: dict[str, Any] = {
        "number": 1,
        "requestor": REQUESTOR,
        "acceptor": ACCEPTOR,
        "began": BEGAN,
        "ended": BEGAN + 20 * MILLISECOND,
        "ending": "closed",
        "ended_by": "requestor",
        "connect": MILLISECOND,
        "syns": 1,
    }
    return ObservedConnection(**(usual | others))


def requested(asked: AssociateRq | None = None, **others: Any) -> ObservedConnection:
    """Return a connection on which an association was requested, and not answered."""
    asked = asked or request()
    pdu = asked.encode()
    usual: dict[str, Any] = {
        "protocol": "dicom",
        "request": asked,
        "request_pdu": pdu,
        "requested": BEGAN + 2 * MILLISECOND,
        "starts": (pdu[:64], b""),
        "bytes": (len(pdu), 0),
    }
    return connection(**(usual | others))


def rejected(*numbers: int, asked: AssociateRq | None = None, **others: Any) -> ObservedConnection:
    """Return a connection whose association was rejected."""
    answer = AssociateRj(*numbers)
    pdu = answer.encode()
    usual: dict[str, Any] = {
        "answer": answer,
        "ending": "rejected",
        "ended_by": "acceptor",
        "accept": MILLISECOND,
    }
    found = requested(asked, **(usual | others))
    return found._replace(starts=(found.starts[0], pdu), bytes=(found.bytes[0], len(pdu)))


def accepted(
    *uses: ServiceUse, asked: AssociateRq | None = None, results: tuple[int, ...] = (), **others: Any
) -> ObservedConnection:
    """Return a connection whose association was accepted, used, and released by the requestor."""
    asked = asked or request()
    answered = contexts(asked, *results)
    answer = AssociateAc(
        asked.called_aet,
        asked.calling_aet,
        tuple(ContextResult(each.context_id, each.result or 0, IMPLICIT) for each in answered),
        USER,
    )
    released: dict[str, Any] = (
        {"release": MILLISECOND} if others.get("ending", "released") == "released" else {}
    )
    usual: dict[str, Any] = {
        "answer": answer,
        "contexts": answered,
        "services": uses,
        "accept": MILLISECOND,
        "ending": "released",
        "release_by": "requestor" if released else None,
        **released,
    }
    found = requested(asked, **(usual | others))
    pdu = answer.encode()
    return found._replace(starts=(found.starts[0], pdu[:64]), bytes=(found.bytes[0], len(pdu)))


def ended(by: Side, how: str = "closed", after: int = 20 * MILLISECOND, **others: Any) -> dict[str, Any]:
    """Return how a connection ended, as arguments of the others."""
    return {"ending": how, "ended_by": by, "ended": BEGAN + after, **others}


def aborted(by: Side, source: int = 0, reason: int = 0, after: int = 20 * MILLISECOND) -> dict[str, Any]:
    """Return that a connection was aborted, as arguments of the others."""
    return ended(by, "aborted", after, abort=(source, reason))
