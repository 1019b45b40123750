"""The findings about what callers do from their request on: what they send, and how they leave."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_STATES, _COMMAND, _ABORT = "PS3.8 9.2.3", "PS3.7 9.3.5.1", "PS3.8 9.3.8"

TABLE: Mapping[str, Definition] = {
    # How they leave.
    "left-before-answer": Definition(
        "node",
        "likely",
        "{caller} left before its A-ASSOCIATE-RQ was answered, after {waited}: {how}",
        ("caller-patience", "caller-log"),
        _STATES,
    ),
    "left-after-answer": Definition(
        "node",
        "possible",
        "{caller} left once it had our answer ({accepted} accepted), without an echo or a release: {how}",
        ("caller-dislikes", "caller-log", "caller-capture"),
        _STATES,
    ),
    "silent-after-answer": Definition(
        "node",
        "possible",
        "{caller} sent nothing for {seconds} s once its association was accepted",
        ("caller-log", "caller-path"),
        _STATES,
    ),
    "left-before-response": Definition(
        "node",
        "likely",
        "{caller} left before its echo was answered, after {waited}: {how}",
        ("caller-patience", "caller-log"),
        "PS3.7 9.1.5",
    ),
    "left-in-the-middle": Definition(
        "node",
        "possible",
        "{caller} left in the middle of {pdu}: {how}",
        ("caller-log", "caller-path", "caller-capture"),
        _STATES,
    ),
    "refuses-our-answer": Definition(
        "node",
        "likely",
        "{caller} aborted the association for a fault that it sees in what we sent: {reason}",
        ("caller-log", "caller-capture"),
        _ABORT,
    ),
    "does-not-read": Definition(
        "node",
        "possible",
        "{caller} does not read what it is sent",
        ("caller-log", "caller-path"),
        "PS3.8 9.1",
    ),
    # What they send on the association.
    "data-before-answer": Definition(
        "node",
        "certain",
        "{caller} sent {pdu} before its A-ASSOCIATE-RQ was answered",
        ("caller-update", "caller-capture"),
        _STATES,
    ),
    "misplaced-pdu": Definition(
        "node",
        "certain",
        "{caller} sent {pdu} where it does not belong",
        ("caller-update", "caller-capture"),
        _STATES,
    ),
    "malformed-pdu": Definition(
        "node",
        "certain",
        "{caller} sent a PDU that is malformed{where}: {what}",
        ("caller-update", "caller-capture"),
        "PS3.8 9.3.5",
    ),
    "pdu-too-long": Definition(
        "node",
        "certain",
        "{caller} sends longer PDUs than our A-ASSOCIATE-AC allows: {what}",
        ("caller-maximum-of-ours", "caller-update"),
        "PS3.8 D.1",
    ),
    "refused-context-used": Definition(
        "node",
        "certain",
        "{caller} uses a presentation context that was not accepted: {what}",
        ("caller-contexts", "caller-update"),
        "PS3.8 9.3.5.1",
    ),
    "too-many-requests": Definition(
        "node",
        "certain",
        "{caller} sends requests without waiting for answers: {what}",
        ("caller-window", "caller-update"),
        "PS3.7 D.3.3.3",
    ),
    "other-command": Definition(
        "node",
        "certain",
        "{caller} asks for another service than Verification: {what}",
        ("other-service",),
        _COMMAND,
    ),
    "no-affected-sop-class": Definition(
        "node",
        "certain",
        "the C-ECHO-RQ of {caller} lacks the element (0000,0002) Affected SOP Class UID",
        ("caller-sop-class", "caller-update"),
        _COMMAND,
    ),
    "malformed-command": Definition(
        "node",
        "certain",
        "the command set of {caller} cannot be used: {what}",
        ("caller-update", "caller-capture"),
        "PS3.7 6.3.1",
    ),
    # What is done to them.
    "aborted-on-purpose": Definition(
        "us",
        "certain",
        "the association of {caller} was aborted after {echoes}, as is done to everybody here on purpose",
        ("fault-off",),
        _ABORT,
    ),
    "failed-on-purpose": Definition(
        "us",
        "certain",
        "{caller} was answered with {what}, as everybody is here on purpose",
        ("fault-off",),
        "PS3.7 C",
    ),
}
