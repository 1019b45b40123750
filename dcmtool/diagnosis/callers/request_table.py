"""The findings about what callers ask for: the PDU, the titles, the contexts, the user information."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_REQUEST, _REJECT = "PS3.8 9.3.2", "PS3.8 9.3.4"

TABLE: Mapping[str, Definition] = {
    # What cannot be answered by an acceptance.
    "malformed-request": Definition(
        "node",
        "certain",
        "the A-ASSOCIATE-RQ of {caller} is malformed at byte {offset}: {what}",
        ("caller-update", "caller-capture"),
        _REQUEST,
    ),
    "request-over-limit": Definition(
        "node",
        "certain",
        "{caller} asks for more than is taken here: {what}",
        ("fewer-contexts", "caller-update"),
        "PS3.8 9.3.2.2",
    ),
    "no-request-first": Definition(
        "node",
        "certain",
        "{caller} sent {pdu} where an association has to be requested first",
        ("caller-update", "caller-capture"),
        "PS3.8 9.2.3",
    ),
    "other-protocol-version": Definition(
        "node",
        "certain",
        "{caller} asks for another version of the upper layer protocol than 1",
        ("caller-update", "caller-capture"),
        _REQUEST,
    ),
    "other-application-context": Definition(
        "node",
        "certain",
        "{caller} asks for the application context '{what}', which is not that of DICOM",
        ("caller-update", "caller-capture"),
        "PS3.7 A.2.1",
    ),
    "maximum-too-small": Definition(
        "node",
        "certain",
        "{caller} takes PDUs of {maximum} bytes at most, into which no message fits",
        ("caller-maximum",),
        "PS3.8 D.1",
    ),
    "association-limit": Definition(
        "us",
        "certain",
        "{caller} was rejected, since there is no room here for one more association",
        ("more-associations", "idle-callers"),
        _REJECT,
    ),
    "rejected-on-purpose": Definition(
        "us",
        "certain",
        "{caller} was rejected with {code}, as is done to everybody here on purpose",
        ("fault-off",),
        _REJECT,
    ),
    # Titles.
    "blank-called-title": Definition(
        "node",
        "certain",
        "{caller} calls a blank AE title",
        ("caller-called-title",),
        _REQUEST,
    ),
    "blank-calling-title": Definition(
        "node",
        "certain",
        "{caller} gives a blank AE title as its own",
        ("caller-own-title",),
        _REQUEST,
    ),
    "called-title-not-ours": Definition(
        "node",
        "certain",
        "{caller} calls the AE title '{called}', and ours is '{title}'{case}",
        ("caller-called-title", "our-title"),
        "PS3.8 7.1.1.4",
    ),
    "calling-title-not-allowed": Definition(
        "us",
        "certain",
        "{caller} is none of the AE titles that may call here",
        ("allow-caller", "caller-own-title"),
        "PS3.8 7.1.1.3",
    ),
    # Presentation contexts.
    "no-verification-proposed": Definition(
        "node",
        "certain",
        "{caller} proposes {contexts} and no Verification, so there is nothing that it could echo on",
        ("caller-verification", "other-service"),
        "PS3.4 A.4",
    ),
    "no-known-transfer-syntax": Definition(
        "node",
        "certain",
        "{caller} proposes Verification with no transfer syntax that is known here",
        ("caller-implicit",),
        "PS3.8 9.3.3.2",
    ),
}
