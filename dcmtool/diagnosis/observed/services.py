"""The findings that only a connection between two others can show: other services, contexts, loss."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_RESULTS = "PS3.8 9.3.3.2"

TABLE: Mapping[str, Definition] = {
    "no-context-accepted": Definition(
        "acceptor",
        "likely",
        "{acceptor} takes the association of {requestor} and none of its presentation contexts: {what}",
        ("compare-contexts", "allow-services", "add-calling-too"),
        _RESULTS,
    ),
    "context-refused": Definition(
        "acceptor",
        "possible",
        "{acceptor} refuses {what}, and {requestor} uses nothing of the association",
        ("compare-contexts", "allow-services"),
        _RESULTS,
    ),
    "aborted-on-request": Definition(
        "acceptor",
        "likely",
        "{answerer} aborted (A-ABORT) in place of an answer to {command} of {asker}",
        ("log-of-answerer", "see-room-of-answerer"),
        "PS3.8 9.3.8",
    ),
    "closed-on-request": Definition(
        "acceptor",
        "likely",
        "{answerer} closed the connection in place of an answer to {command} of {asker}",
        ("log-of-answerer", "measure-path"),
        "PS3.8 9.2.3",
    ),
    "request-unanswered": Definition(
        "acceptor",
        "likely",
        "{answerer} does not answer {command} of {asker}",
        ("log-of-answerer", "see-room-of-answerer"),
        "PS3.7 7.5.2",
    ),
    "response-status": Definition(
        "acceptor",
        "certain",
        "{answerer} answered {times} of {asker} with status {status} ({meaning})",
        ("log-of-answerer",),
        "PS3.7 C",
    ),
    "move-destination-unknown": Definition(
        "acceptor",
        "certain",
        "{answerer} does not know the AE title that {asker} names as destination of its C-MOVE",
        ("add-destination", "see-destination-of-entry"),
        "PS3.4 C.4.2.1.5",
    ),
    "slow-response": Definition(
        "acceptor",
        "likely",
        "{answerer} takes {seconds} at the median to answer {command} of {asker}, and {longest} at most",
        ("see-load-of-answerer", "measure-path"),
        "PS3.7 9.1",
    ),
    "packets-lost": Definition(
        "network",
        "likely",
        "packets are lost between {requestor} and {acceptor}: {what}",
        ("measure-path", "see-other-capture"),
    ),
}
