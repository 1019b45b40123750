"""Answers to the association request that say no, or nothing that can be used (PS3.8 9.3.3, 9.3.4, 9.3.8)."""

from collections.abc import Iterator
from pathlib import Path

from tests.peers import wire
from tests.peers.scripted import Step
from tests.peers.scu import Client
from tests.peers.vocabulary import Abort, Accept, CloseConnection, Raw, Reject, Serve
from tests.setups import servers
from tests.setups.connections import HALF_AN_ACCEPTANCE, REQUESTED
from tests.setups.door import Tap
from tests.setups.setup import Findings, Node, Setup, played, start, tapped

TITLES = ("called-title", "calling-title", "calling-address")
LIMITED = ("local-limit",)
RESERVED = ("rejected-reserved-reason",)
# By result, source and reason: those of PS3.8 table 9-21 that no software here gives, and what exists beside.
REJECTED: dict[tuple[int, int, int], Findings] = {
    (2, 1, 1): ("busy", "local-limit", "rejected-without-reason"),
    (1, 1, 2): ("application-context",),
    (2, 1, 2): ("application-context", "local-limit"),  # dcm4che's local limit
    (1, 2, 1): ("rejected-without-reason", "identity-refused"),
    (2, 2, 1): ("busy", "identity-refused"),  # pynetdicom's refusal of an identity
    (1, 2, 2): ("protocol-version",),
    (2, 3, 1): ("busy", "local-limit"),
    (1, 3, 8): RESERVED,
    (1, 3, 56): RESERVED,
    (1, 1, 4): RESERVED,
}
_HEAD = b"\0\1\0\0" + b"ANY-SCP".ljust(16) + b"ECHOSCU".ljust(16) + bytes(32)


@start
def _full(folder: Path, run: servers.Server) -> Iterator[Node]:
    """A node that takes one association at a time, and somebody else has it."""
    with run(folder) as port, Client(port) as other, Tap(port) as door:
        other.associate()
        yield Node(door.port, visits=door.visits)


def _played(name: str, findings: Findings, on_the_wire: str, *steps: Step, code: int = 61) -> Setup:
    return Setup(name, played(steps), findings, on_the_wire, code)


def _answered(name: str, findings: Findings, on_the_wire: str, *steps: Step) -> Setup:
    return _played(name, findings, on_the_wire, REQUESTED, *steps)


def _unaccepted(name: str, run: servers.Server, finding: str) -> Setup:
    return Setup(name, tapped(run), (finding,), "AC RELEASE-RP", 66)


def _rejected(numbers: tuple[int, int, int], findings: Findings) -> Setup:
    text = "/".join(map(str, numbers))
    return _played(f"rejects with {text}", findings, f"RJ {text}", Reject(*numbers))


def _malformed(name: str, body: bytes) -> Setup:
    return _answered(
        f"accepts with {name}", ("malformed-answer",), "AC", Raw(wire.pdu(wire.ASSOCIATE_AC, body))
    )


SETUPS = (
    *(_rejected(numbers, findings) for numbers, findings in REJECTED.items()),
    Setup(
        "storescp --refuse",
        tapped(servers.storescp("--refuse")),
        ("rejected-without-reason", *TITLES),
        "RJ 1/1/1",
        61,
    ),
    Setup("pynetdicom, full", _full(servers.pynetdicom(most=1)), LIMITED, "RJ 2/3/2", 61),
    Setup(
        "dcmtool scp, full", _full(servers.dcmtool_scp("--max-associations", "1")), LIMITED, "RJ 2/3/2", 61
    ),
    Setup(
        "pynetdicom, user refused",
        tapped(servers.pynetdicom(refuses_identity=True), "--identity-user", "nobody"),
        ("identity-refused",),
        "RJ 2/2/1",
        61,
    ),
    _played(
        "aborts as a user", ("aborted-on-association", *TITLES), "ABORT 0/0", REQUESTED, Abort(), code=70
    ),
    _played(
        "aborts as a provider", ("aborted-on-association",), "ABORT 2/2", REQUESTED, Abort(2, 2), code=70
    ),
    _malformed("half a header", _HEAD[:40]),
    _malformed("an item that is longer than all", _HEAD + b"\x21\0\xff\xff"),
    _answered("answers with data", ("malformed-answer",), "DATA", Raw(wire.p_data(1, wire.echo_response(1)))),
    _answered(
        "closes within an acceptance",
        ("malformed-answer", "closed-on-association"),
        "bytes 02 00 00 00 00 b8 closed",
        HALF_AN_ACCEPTANCE,
        CloseConnection(),
    ),
    _unaccepted(
        "pynetdicom without Verification",
        servers.pynetdicom(abstract_syntax="1.2.840.10008.5.1.4.1.1.2"),
        "no-verification",
    ),
    _unaccepted(
        "pynetdicom, Explicit VR alone",
        servers.pynetdicom(transfer_syntaxes=("1.2.840.10008.1.2.1",)),
        "no-transfer-syntax",
    ),
    _unaccepted("dcmtool scp --refuse-contexts", servers.dcmtool_scp("--refuse-contexts"), "no-verification"),
    _played(
        "refuses the context without a reason",
        ("no-verification", "calling-title"),
        "AC RELEASE-RP",
        Accept(results=(2,)),
        Serve(),
        code=66,
    ),
)
