"""Where dcmtool differs from echoscu on purpose, as far as these command lines show it.

A row is named by its first cell in docs/differences.md.
"""

from dataclasses import dataclass

NEVER_FALSE_SUCCESS = "exit 0 after a status other than Success, a peer's abort or close, a hung peer"
OWN_CODES = "exit 1 for nearly everything"
NO_ARGUMENTS = "no arguments: usage, exit 0"
TITLES = "titles over 16 characters cut, control characters sent, empty ones refused late"
NUMBERS = "`5x`, `1.5`, `0x10` accepted as numbers, wrapping at 2^32"
ODD_PDU = "an odd `-pdu` lowered by one"
DROPPED = "all contexts refused: the connection dropped"
COLLISION = "a release collision left unanswered, exit 1"
UNEXPECTED = 'an unexpected PDU shown as "No Acceptable Presentation Contexts"'
DIRECTORY = "a directory as `@file` passes as empty"
ENDLESS = "`--repeat 0` refused"
LATE_DATA = "data after the A-RELEASE-RQ: an error"
QUIET = "`-q` hides usage errors, and what ends the run if it is an `E:` line"
ROWS = (
    NEVER_FALSE_SUCCESS,
    OWN_CODES,
    NO_ARGUMENTS,
    TITLES,
    NUMBERS,
    ODD_PDU,
    DROPPED,
    COLLISION,
    UNEXPECTED,
    DIRECTORY,
    ENDLESS,
    LATE_DATA,
    QUIET,
)


@dataclass(frozen=True)
class Expected:
    """What both must come to: the exit codes, and the row that a difference stands in.

    `lead` is false where the leading words differ as well, `extra` are the types of the PDUs that dcmtool
    sends beyond those of echoscu, and `warned` says that it warns, once, of what fails echoscu.
    """

    echoscu: int
    dcmtool: int
    row: str | None = None
    lead: bool = True
    extra: tuple[int, ...] = ()
    warned: bool = False

    def __post_init__(self) -> None:
        assert self.row or self.echoscu == self.dcmtool, "a difference has its row"


SAME = Expected(0, 0)
