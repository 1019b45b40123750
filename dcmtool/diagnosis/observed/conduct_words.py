"""What is said between two others of how a requestor asks and leaves, and of what either side sends."""

from collections.abc import Mapping

from dcmtool.diagnosis.observed.wording import Wording

_UPDATE = ("update-requestor", "tell-vendor-of-requestor")
_SENDER = ("tell-vendor-of-sender",)

WORDS: Mapping[str, Wording] = {
    # The request.
    "malformed-request": Wording(
        "the A-ASSOCIATE-RQ of {requestor} is malformed at byte {offset}: {what}", _UPDATE
    ),
    "request-over-limit": Wording(
        "{requestor} asks for more than an association can have: {what}", ("propose-less", *_UPDATE)
    ),
    "no-request-first": Wording(
        "{requestor} sent {pdu} to {place}, where an association has to be requested first", _UPDATE
    ),
    "other-protocol-version": Wording(
        "{requestor} asks for another version of the upper layer protocol than 1", _UPDATE
    ),
    "other-application-context": Wording(
        "{requestor} asks for the application context '{what}', which is not that of DICOM", _UPDATE
    ),
    "maximum-too-small": Wording(
        "{requestor} takes PDUs of {maximum} bytes at most, into which no message fits", ("raise-maximum",)
    ),
    "blank-called-title": Wording("{requestor} calls {place} by a blank AE title", ("set-called-title",)),
    "blank-calling-title": Wording(
        "{requestor} gives a blank AE title as its own to {acceptor}", ("set-own-title",)
    ),
    # Its oddities.
    "nul-padded-title": Wording("{requestor} has NULs in its {which} AE title, where blanks belong", _UPDATE),
    "odd-title": Wording(
        "{requestor} has characters in its {which} AE title that it may not have", ("set-plain-titles",)
    ),
    "no-implicit-little-endian": Wording(
        "{requestor} proposes Verification without Implicit VR Little Endian, which many nodes need",
        ("offer-implicit",),
    ),
    "odd-context-id": Wording(
        "{requestor} numbers its presentation contexts otherwise than it may: {what}", _UPDATE
    ),
    "odd-uid": Wording("{requestor} proposes '{what}', which is no UID", _UPDATE),
    "malformed-sub-item": Wording(
        "the sub-item {kind} of {requestor} is malformed at byte {offset}", _UPDATE
    ),
    "incomplete-user-information": Wording(
        "{requestor} leaves out {what}, which each request has to have", _UPDATE
    ),
    "long-version-name": Wording(
        "the implementation version name of {requestor} has {length} characters, where 16 are the most",
        _UPDATE,
    ),
    "roles-proposed": Wording(
        "{requestor} negotiates roles for {what}, of which {acceptor} may tell nothing or take offence",
        ("propose-no-roles",),
    ),
    "asynchronous-window": Wording(
        "{requestor} asks for an asynchronous operations window of {what}, and {acceptor} may take offence",
        ("propose-no-window",),
    ),
    "unknown-identity-type": Wording(
        "{requestor} gives a user identity of type {kind}, which the standard does not define",
        ("set-identity",),
    ),
    "identity-unanswered": Wording(
        "{requestor} wants its user identity confirmed, which {acceptor} does not do", ("set-identity",)
    ),
    # How it leaves.
    "left-before-answer": Wording(
        "{requestor} left before {acceptor} answered its A-ASSOCIATE-RQ, after {waited}: {how}",
        ("raise-patience", "requestor-log"),
    ),
    "left-after-answer": Wording(
        "{requestor} left once it had the answer of {acceptor} ({accepted} accepted), without a request or a "
        "release: {how}",
        ("compare-contexts", "requestor-log"),
    ),
    "silent-after-answer": Wording(
        "{requestor} sent nothing once {acceptor} had accepted its association", ("requestor-log",)
    ),
    "left-before-response": Wording(
        "{requestor} left before {acceptor} answered its request, after {waited}: {how}",
        ("raise-patience", "requestor-log"),
    ),
    "left-in-the-middle": Wording(
        "{requestor} left in the middle of {pdu}: {how}", ("requestor-log", "measure-path")
    ),
    "refuses-our-answer": Wording(
        "{requestor} aborted the association for a fault that it sees in what {acceptor} sent: {reason}",
        ("requestor-log", "tell-vendor-of-acceptor"),
    ),
    "association-left-open": Wording(
        "{requestor} left its association open, and {acceptor} ended it: {how}", ("have-released",)
    ),
    "no-release": Wording("{requestor} does not release its association: {how}", ("have-released",)),
    "release-not-awaited": Wording(
        "{requestor} asks for the release and does not wait for the answer", ("release-does-no-harm",)
    ),
    # What is sent on the association.
    "data-before-answer": Wording("{sender} sent {pdu} before the A-ASSOCIATE-RQ was answered", _SENDER),
    "misplaced-pdu": Wording("{sender} sent {pdu} where it does not belong", _SENDER),
    "malformed-pdu": Wording("{sender} sent a PDU that is malformed{where}: {what}", _SENDER),
    "pdu-too-long": Wording(
        "{sender} sends longer PDUs than {receiver} takes: {what}", ("keep-to-maximum", *_SENDER)
    ),
    "refused-context-used": Wording(
        "{sender} uses a presentation context that was not accepted: {what}", ("compare-contexts", *_SENDER)
    ),
    "too-many-requests": Wording(
        "{sender} sends requests without waiting for answers: {what}", ("propose-no-window", *_SENDER)
    ),
    "no-affected-sop-class": Wording(
        "the request of {sender} lacks the element (0000,0002) Affected SOP Class UID", _SENDER
    ),
    "malformed-command": Wording("the command set of {sender} cannot be used: {what}", _SENDER),
    "odd-command": Wording("the command set of {sender} has what does not belong in it: {what}", _SENDER),
}
