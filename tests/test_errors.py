"""Every error is one sentence made of its fields."""

import copy
import errno
import pickle

import pytest

from dcmtool import errors

REFUSED = OSError(errno.ECONNREFUSED, "Connection refused")
UNREACHABLE = OSError(errno.EHOSTUNREACH, "No route to host")

SENTENCES: list[tuple[errors.DcmtoolError, str]] = [
    (errors.SettingsError("port", 0, "is out of range"), "port '0' is out of range"),
    (errors.SettingsError("title", "\x1b\\", "is bad"), "title '\\x1b\\' is bad"),
    (errors.InputFileError("a\nb", "it is empty"), "a\\nb: it is empty"),
    (errors.InputFileError("a", "[b\x85] is odd"), "a: [b\\x85] is odd"),
    (errors.OutputFileError("a\nb", "disk full"), "a\\nb cannot be written: disk full"),
    (errors.OutputFileError("a", "disk\nfull"), "a cannot be written: disk\\nfull"),
    (errors.TlsSettingsError("no\x1bkey"), "no\\x1bkey"),
    (errors.SettingsError("a", "b", "is\x1bodd"), "a 'b' is\\x1bodd"),
    (errors.UnknownNode("a", "f", ["a\x1b"]), "there is no node 'a' in f (did you mean a\\x1b?)"),
    (errors.UnknownNode("a\n", "f\n"), "there is no node 'a\\n' in f\\n"),
    (
        errors.UnknownNode("a", "f", ["b", "c"]),
        "there is no node 'a' in f (did you mean b or c?)",
    ),
    (errors.UnknownNode("a", "f", file_exists=False), "there is no node 'a', as there is no file f"),
    (
        errors.ConnectionLost(),
        "the peer closed the connection without an A-ABORT (PS3.8 9.2.3, AA-4)",
    ),
    (
        errors.ConnectionLost(partial="P-DATA-TF"),
        "the peer closed the connection in the middle of P-DATA-TF without an A-ABORT (PS3.8 9.2.3, AA-4)",
    ),
    (
        errors.ConnectionLost(OSError(errno.ECONNRESET, "x"), partial="A-ABORT"),
        "the connection broke in the middle of A-ABORT: Connection reset by peer",
    ),
    (errors.DeadlineExpired("A-RELEASE-RP", "acse", 30.0), "no A-RELEASE-RP within 30 s (timeouts.acse)"),
    (
        errors.DeadlineExpired("answer", "acse", 30, partial="A-ASSOCIATE-AC"),
        "no more than a part of A-ASSOCIATE-AC within 30 s (timeouts.acse)",
    ),
    (errors.DeadlineExpired("answer\n", "ARTIM", 0.5), "no answer\\n within 0.5 s (ARTIM)"),
    (
        errors.ConnectFailed("pacs", 104, (("10.0.0.1", REFUSED),)),
        "no connection to pacs port 104 (10.0.0.1): Connection refused",
    ),
    (
        errors.ConnectFailed("10.0.0.1", 104, (("10.0.0.1", REFUSED),)),
        "no connection to 10.0.0.1 port 104: Connection refused",
    ),
    (
        errors.ConnectFailed("pacs", 104, (("::1", REFUSED), ("127.0.0.1", REFUSED))),
        "no connection to pacs port 104 (::1, 127.0.0.1): Connection refused",
    ),
    (
        errors.ConnectFailed("pacs", 104, (("::1", UNREACHABLE), ("127.0.0.1", REFUSED))),
        "no connection to pacs port 104: ::1: No route to host; 127.0.0.1: Connection refused",
    ),
    (
        errors.NameNotResolved("p\tacs", 104, "Name or service not known"),
        "the host name 'p\\tacs' has no address: Name or service not known",
    ),
    (errors.RemoteProtocolError("it is odd", "PS3.8 9.3", abort_reason=6), "it is odd (PS3.8 9.3)"),
    (
        errors.UnexpectedPdu("P-DATA-TF", "associated"),
        "the peer sent P-DATA-TF while we were associated (PS3.8 9.2.3)",
    ),
    (errors.PeerAbort(0, 6), "the peer aborted the association (A-ABORT from the service user)"),
    (errors.PeerAbort(1, 6), "the peer aborted the association (A-ABORT from the reserved source)"),
    (
        errors.PeerAbort(2, 6),
        "the peer aborted the association (A-ABORT from the service provider: invalid PDU parameter value)",
    ),
    (
        errors.PeerAbort(2, 7),
        "the peer aborted the association (A-ABORT from the service provider: reason 7)",
    ),
    (errors.PeerAbort(3, 0), "the peer aborted the association (A-ABORT from the source 3)"),
    (
        errors.Rejection(1, 1, 7),
        "Result: Rejected Permanent, Source: Service User, Reason: Called AE Title Not Recognized",
    ),
    (
        errors.Rejection(2, 3, 1),
        "Result: Rejected Transient, Source: Service Provider (Presentation Related), "
        "Reason: Temporary Congestion",
    ),
    (
        errors.Rejection(9, 8, 7),
        "Result: Undefined (9), Source: Undefined (8), Reason: Undefined (7)",
    ),
    (
        errors.NothingAccepted(((1, "No Reason"), (3, "User Rejection"), (5, "No Reason"))),
        "all 3 proposed were refused: No Reason, User Rejection",
    ),
    (
        errors.NoRoom(5000, 16384),
        "there is no room for 5000 bytes that wait for their rest or their turn: "
        "all connections together may have 16384",
    ),
    (
        errors.MaximumLengthTooSmall(6),
        "the peer's maximum PDU length of 6 bytes is too small for any message (PS3.8 D.1)",
    ),
    (errors.UnexpectedResponse("it is late"), "it is late (PS3.7 9.3.5)"),
    (errors.StatusNotSuccess(0x122, "SOP Class Not Supported"), "status 0x0122 (SOP Class Not Supported)"),
    (
        errors.StatusNotSuccess(0x110, "Processing Failure", "disk\nfull"),
        'status 0x0110 (Processing Failure), the peer says "disk\\nfull"',
    ),
    (errors.EchoFailed("echo", errors.PeerAbort(0, 0)), str(errors.PeerAbort(0, 0))),
    (errors.Interrupted("echo", KeyboardInterrupt()), "interrupted (stage: echo)"),
]
every_error = pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=[row[1] for row in SENTENCES])


@every_error
def test_sentence(error: errors.DcmtoolError, sentence: str) -> None:
    assert str(error) == sentence
    assert sentence.isprintable()


@every_error
def test_errors_survive_a_copy_and_another_process(error: errors.DcmtoolError, sentence: str) -> None:
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert str(other) == sentence


def test_fields() -> None:
    rejection = errors.Rejection(1, 2, 2)
    assert (rejection.result, rejection.source, rejection.reason) == (1, 2, 2)
    assert rejection.result_text == "Rejected Permanent"
    assert rejection.source_text == "Service Provider (ACSE Related)"
    assert rejection.reason_text == "Protocol Version Not Supported"
    failure = errors.AssociationRejected("associate", rejection)
    assert (failure.stage, failure.cause) == ("associate", rejection)
    assert errors.RemoteProtocolError("a", "b").abort_reason == 0
    assert errors.UnexpectedPdu("a", "b").abort_reason == 2
    assert errors.NameNotResolved("pacs", 104, "why").attempts == ()


def test_the_reason_of_an_os_error() -> None:
    assert errors.reason_of(OSError(errno.ECONNREFUSED, "other words")) == "Connection refused"
    assert errors.reason_of(OSError("in words")) == "in words"
    assert errors.reason_of(TimeoutError()) == "TimeoutError"


def _tree(kind: type[Exception], depth: int = 0) -> list[tuple[int, str]]:
    """Return the class and its descendants with their depths, in the order of definition."""
    below = [row for child in kind.__subclasses__() for row in _tree(child, depth + 1)]
    return [(depth, kind.__name__), *below]


def test_the_tree_in_the_documentation_is_that_of_the_classes() -> None:
    lines = (errors.__doc__ or "").split("\n\n", 1)[1].strip().splitlines()
    printed = []
    for line in lines:
        branch, *_ = line.lstrip("│├└─ ").split()
        printed.append((line.index(branch) // 4, branch))
    ours = [row for row in _tree(errors.DcmtoolError) if hasattr(errors, row[1])]
    assert sorted(printed) == sorted(ours)


def test_an_error_that_knows_advice_has_a_fact_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        str(errors.Advised())
