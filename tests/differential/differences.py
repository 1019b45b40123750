"""Where dcmtool differs from echoscu on purpose, as far as these command lines show it.

A row is named by its first words in the table of differences that the README gives to users.
"""

from dataclasses import dataclass

NEVER_FALSE_SUCCESS = "exit 0 after a status other than Success, a peer abort or close, a hung peer"
OWN_CODES = "exit 1 for nearly everything"
NO_ARGUMENTS = "no arguments: usage, exit 0"
TITLES = "titles over 16 characters cut, control characters sent, empty refused late"
NUMBERS = "`5x`, `1.5`, `0x10`, wrap at 2^32"
ODD_PDU = "odd `-pdu` lowered"
DROPPED = "refused contexts: socket dropped"
COLLISION = "release collision unanswered, exit 1"
UNEXPECTED = 'unexpected PDU shown as "No Acceptable Presentation Contexts"'
DIRECTORY = "directory as `@file`, `:` as DCMDICTPATH, comment-only dictionary pass"
ENDLESS = "`--repeat 0` refused"
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
)


@dataclass(frozen=True)
class Expected:
    """What both must come to: the exit codes, and the row that a difference stands in.

    `lead` is false where the leading words differ as well, `extra` are the types of the PDUs that dcmtool
    sends beyond those of echoscu.
    """

    echoscu: int
    dcmtool: int
    row: str | None = None
    lead: bool = True
    extra: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        assert self.row or self.echoscu == self.dcmtool, "a difference has its row"


SAME = Expected(0, 0)
