"""The events of whole runs, and the dumps that every run begins with."""

from dcmtool import events
from dcmtool.cli.wording import COMMAND_LINE
from dcmtool.trace.levels import Level
from dcmtool.trace.plain import lines
from dcmtool.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from tests.verification.playbook import Playbook

OURS = [
    f"D: Our Implementation Class UID:      {IMPLEMENTATION_CLASS_UID}",
    f"D: Our Implementation Version Name:   {IMPLEMENTATION_VERSION_NAME}",
]
TITLES = [
    "D: Application Context Name:    1.2.840.10008.3.1.1.1",
    "D: Calling Application Name:    ECHOSCU",
    "D: Called Application Name:     ANY-SCP",
    "D: Responding Application Name: ANY-SCP",
    "D: Our Max PDU Receive Size:    16384",
]
NOTHING_EXTENDED = [
    "D: Requested Extended Negotiation: none",
    "D: Accepted Extended Negotiation:  none",
    "D: Requested User Identity Negotiation: none",
    "D: User Identity Negotiation Response:  none",
]


ASSOCIATION = events.AssociationId(1, "requestor", 1_795_521_600.0, 0)


def event(what: events.What, sender: events.Sender | None = None, at: int = 0) -> events.Event:
    """Return an event of an association that began at 0."""
    return events.Event(ASSOCIATION, sender, at, what)


def shown(play: Playbook, level: Level) -> list[str]:
    """Return the lines of a run that are at least so severe."""
    return [
        str(line) for event in play.events for line in lines(event, words=COMMAND_LINE) if line.level >= level
    ]


def hexadecimal(level: str, data: bytes) -> list[str]:
    """Return bytes as the dumps show them: 16 a line, each after two blanks."""
    rows = [data[start : start + 16].hex(" ").replace(" ", "  ") for start in range(0, len(data), 16)]
    return [f"{level}:   {row}" for row in rows]


def request_dump(*syntaxes: str, contexts: int = 1) -> list[str]:
    """Return the dump of an association request."""
    proposals: list[str] = []
    for number in range(contexts):
        proposals += [
            f"D:   Context ID:        {2 * number + 1} (Proposed)",
            "D:     Abstract Syntax: =VerificationSOPClass",
            "D:     Proposed SCP/SCU Role: Default",
            "D:     Proposed Transfer Syntax(es):",
            *(f"D:       {syntax}" for syntax in syntaxes or ("=LittleEndianImplicit",)),
        ]
    return [
        "D: Request Parameters:",
        "D: ====================== BEGIN A-ASSOCIATE-RQ =====================",
        *OURS,
        "D: Their Implementation Class UID:    ",
        "D: Their Implementation Version Name: ",
        *TITLES,
        "D: Their Max PDU Receive Size:  0",
        "D: Presentation Contexts:",
        *proposals,
        *NOTHING_EXTENDED,
        "D: ======================= END A-ASSOCIATE-RQ ======================",
    ]


def answer_dump(contexts: list[str], extended: list[str] = NOTHING_EXTENDED) -> list[str]:
    """Return the dump of what the scripted peer answered."""
    return [
        "D: Association Parameters Negotiated:",
        "D: ====================== BEGIN A-ASSOCIATE-AC =====================",
        *OURS,
        "D: Their Implementation Class UID:    1.2.3.4.5",
        "D: Their Implementation Version Name: SCRIPTED_PEER",
        *TITLES,
        "D: Their Max PDU Receive Size:  16384",
        "D: Presentation Contexts:",
        *contexts,
        *extended,
        "D: ======================= END A-ASSOCIATE-AC ======================",
    ]


def context_lines(number: int, result: str, syntax: str = "", role: str = "Default") -> list[str]:
    """Return the lines of an answered context."""
    return [
        f"D:   Context ID:        {number} ({result})",
        "D:     Abstract Syntax: =VerificationSOPClass",
        "D:     Proposed SCP/SCU Role: Default",
        f"D:     Accepted SCP/SCU Role: {role}",
        *([f"D:     Accepted Transfer Syntax: {syntax}"] if syntax else []),
    ]
