"""What was seen of one caller from its connection to its end: the evidence of findings about it."""

from typing import Literal

from dcmtool.errors import Cause, Rejection
from dcmtool.named_tuple import NamedTuple

LONGEST_START = 64  # bytes of what a caller begins with that are kept; the longest signature has 12

# How far it came: nothing but the connection (and TLS), its request, the answer to that, an echo that was
# not answered, one that was, the release.
Stage = Literal["connected", "requested", "accepted", "asked", "echoed", "releasing"]


class OnPurpose(NamedTuple):
    """What goes wrong on purpose: nothing does by default."""

    rejected: bool = False
    refused_contexts: bool = False
    aborted: bool = False
    status: int = 0
    delay_accept: float = 0  # seconds
    delay_echo: float = 0


class Call(NamedTuple):
    """One caller on one connection.

    `port` and `title` are our own, `address` the caller's, `calling` and `called` the titles that it gave.
    `cause` is what ended it, None where it was released or rejected with the numbers of `rejection`. `start`
    is what it began with, `received` counts the bytes that came, `faulty` are those of a malformed PDU from
    its fault on, `partial` names a PDU that did not come whole. `ended` is when, and `waiting` since when it
    had waited for an answer of ours (ns since its connection); `behind_release` says what it did right behind
    its A-RELEASE-RQ, `warnings` what is odd about its commands. `has_no_place` says that there are too many
    connections or associations.
    """

    address: str
    port: int
    title: str
    stage: Stage = "connected"
    cause: Cause | None = None
    rejection: Rejection | None = None
    start: bytes = b""
    received: int = 0
    faulty: bytes = b""
    partial: str = ""
    calling: str = ""
    called: str = ""
    contexts: int = 0
    accepted: int = 0
    echoes: int = 0
    ended: int = 0
    waiting: int = 0
    behind_release: str = ""
    warnings: tuple[str, ...] = ()
    has_no_place: bool = False
    max_associations: int = 0
    purpose: OnPurpose = OnPurpose()
