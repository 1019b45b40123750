"""What a Verification SCP is asked to be: frozen, and valid once made."""

from dcmtool.errors import Rejection
from dcmtool.fields import Frozen
from dcmtool.settings import (
    DEFAULT_PDU,
    MAX_PDU,
    MIN_PDU,
    ServerTls,
    check_ae_title,
    check_range,
    check_whole,
)

MAX_ASSOCIATIONS = 10_000  # of which each takes some 10 KiB and a file descriptor


class Faults(Frozen):
    """What goes wrong on purpose; nothing does by default.

    `reject`, its numbers any of one byte, is the answer to every association request, `refuse_contexts` that
    to every presentation context, `status` (0 to 0xFFFF) that to every echo. The delays are in seconds, each
    before an answer: to an association request, to an echo. After `abort_after` answered echoes the next one
    is answered by an A-ABORT.
    """

    reject: Rejection | None = None
    status: int = 0x0000
    delay_accept: float = 0
    delay_echo: float = 0
    abort_after: int | None = None
    refuse_contexts: bool = False

    def __post_init__(self) -> None:
        if self.reject is not None:
            for name, number in zip(("result", "source", "reason"), self.reject.args, strict=True):
                check_whole(f"{name} of the rejection", number, 0, 0xFF)
        check_whole("status", self.status, 0, 0xFFFF)
        check_range("delay of the acceptance", self.delay_accept, 0)
        check_range("delay of the echo", self.delay_echo, 0)
        if self.abort_after is not None:
            check_whole("number of echoes before the abort", self.abort_after, 0)


class ScpSettings(Frozen):
    """Where to listen, under which title, whom to accept, how long to wait (seconds), and how to fail.

    `host` is a name or an address of this machine, empty for all of IPv4; port 0 takes a free one. Without
    `allowed_calling` every calling title is accepted. `acse_timeout` bounds the TLS handshake and the wait
    for the association request, `idle_timeout` each wait after that. `count` associations end it.
    """

    host: str = ""
    port: int = 11112
    title: str = "DCMTOOL"
    require_called: bool = False
    allowed_calling: tuple[str, ...] = ()
    max_pdu: int = DEFAULT_PDU
    max_associations: int = 10
    acse_timeout: float = 30
    idle_timeout: float = 60
    count: int | None = None
    tls: ServerTls | None = None
    faults: Faults = Faults()

    def __post_init__(self) -> None:
        check_whole("port", self.port, 0, 65535)
        check_ae_title("AE title", self.title)
        for title in self.allowed_calling:
            check_ae_title("calling AE title", title)
        check_whole("maximum PDU length", self.max_pdu, MIN_PDU, MAX_PDU)
        check_whole("maximum number of associations", self.max_associations, 1, MAX_ASSOCIATIONS)
        check_range("acse timeout", self.acse_timeout, 0.001)
        check_range("idle timeout", self.idle_timeout, 0.001)
        if self.count is not None:
            check_whole("number of associations", self.count, 1)
