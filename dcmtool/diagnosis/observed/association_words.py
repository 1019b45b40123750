"""What is said between two others of the association, its answer and its end."""

from collections.abc import Mapping

from dcmtool.diagnosis.observed.wording import Wording

_TITLES = ("add-calling-title", "acceptor-log")

WORDS: Mapping[str, Wording] = {
    # No answer.
    "no-answer-to-association": Wording(
        "{place} took the connection of {requestor} and does not answer its A-ASSOCIATE-RQ",
        ("see-acceptor-hangs", "see-other-capture"),
    ),
    "closed-on-association": Wording(
        "{place} closed the connection in place of an answer to the A-ASSOCIATE-RQ of {requestor}",
        ("acceptor-log", "see-acceptor-knows", "see-tls-of-acceptor"),
    ),
    "aborted-on-association": Wording(
        "{acceptor} aborted (A-ABORT) in place of an answer to the A-ASSOCIATE-RQ of {requestor}",
        ("acceptor-log", "see-acceptor-knows"),
    ),
    "malformed-answer": Wording(
        "the answer of {acceptor} to the A-ASSOCIATE-RQ of {requestor} breaks the standard: {what}",
        ("tell-vendor-of-acceptor",),
    ),
    # Rejections.
    "called-title": Wording(
        "{place} does not know the AE title {called} that {requestor} calls it by",
        ("set-called-title", "add-calling-too", "acceptor-log"),
    ),
    "calling-title": Wording("{acceptor} does not know the calling AE title of {requestor}", _TITLES),
    "calling-address": Wording(
        "{acceptor} has the AE title {calling} under another address than {source}",
        ("set-address-of-requestor", "acceptor-log"),
    ),
    "application-context": Wording(
        "{acceptor} does not take the application context that {requestor} asks for, which is that of DICOM",
        ("acceptor-log", "tell-vendor-of-acceptor"),
    ),
    "protocol-version": Wording(
        "{acceptor} speaks another version of the upper layer protocol than {requestor}",
        ("acceptor-log", "tell-vendor-of-acceptor"),
    ),
    "busy": Wording(
        "{acceptor} is busy and takes no association of {requestor} for now",
        ("try-again-later", "see-open-associations"),
    ),
    "local-limit": Wording(
        "{acceptor} has as many associations as it may have, and takes none of {requestor}",
        ("raise-limit", "see-open-associations"),
    ),
    "identity-refused": Wording(
        "{acceptor} refuses the user identity of {requestor}, or the want of one",
        ("set-identity", "acceptor-log"),
    ),
    "rejected-without-reason": Wording(
        "{acceptor} rejects the association of {requestor} and gives no reason",
        ("acceptor-log", "see-acceptor-knows"),
    ),
    "rejected-reserved-reason": Wording(
        "{acceptor} rejects the association of {requestor} with {code}, which PS3.8 does not define",
        ("ask-vendor-of-numbers", "acceptor-log"),
    ),
    # Presentation contexts.
    "no-verification": Wording(
        "{acceptor} takes the association of {requestor} and no Verification on it",
        ("allow-verification", "acceptor-log"),
    ),
    "no-transfer-syntax": Wording(
        "{acceptor} takes none of the transfer syntaxes that {requestor} offers for Verification",
        ("offer-implicit",),
    ),
    # C-ECHO.
    "aborted-on-echo": Wording(
        "{acceptor} accepted the association and aborted (A-ABORT) the echo of {requestor}",
        ("add-calling-title", "acceptor-log"),
    ),
    "closed-on-echo": Wording(
        "{acceptor} accepted the association and closed the connection in place of an answer to the echo of "
        "{requestor}",
        ("acceptor-log", "see-acceptor-knows"),
    ),
    "no-answer-to-echo": Wording(
        "{acceptor} accepted the association and does not answer the echo of {requestor}",
        ("see-acceptor-hangs", "acceptor-log"),
    ),
    "echo-status": Wording("{acceptor} answered the echo of {requestor} with {what}", ("acceptor-log",)),
    "wrong-answer": Wording(
        "what {acceptor} sent is no answer to the request of {requestor}: {what}",
        ("tell-vendor-of-acceptor",),
    ),
    "service-denied": Wording(
        "{acceptor} accepts the contexts of {service} and refuses the requests of {requestor}",
        ("allow-service", "acceptor-log"),
    ),
    # The release.
    "release-unanswered": Wording(
        "{acceptor} does not answer the A-RELEASE-RQ of {requestor}",
        ("release-does-no-harm", "tell-vendor-of-acceptor"),
    ),
    "release-aborted": Wording(
        "{acceptor} aborted (A-ABORT) in place of an answer to the A-RELEASE-RQ of {requestor}",
        ("release-does-no-harm", "tell-vendor-of-acceptor"),
    ),
    # Times.
    "slow-accept": Wording(
        "{acceptor} took {seconds} to accept the association of {requestor}",
        ("answer-reverse-lookup", "see-load-of-acceptor"),
    ),
    "slow-reverse-lookup": Wording(
        "{acceptor} looks up the name of {source} before it answers, and is not answered",
        ("answer-reverse-lookup",),
    ),
    "slow-echo": Wording(
        "{acceptor} took {seconds} to answer an echo of {requestor}",
        ("see-load-of-acceptor", "measure-path"),
    ),
}
