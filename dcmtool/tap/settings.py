"""What a relay is asked to be: frozen, and valid once made."""

from dcmtool.fields import Frozen
from dcmtool.settings import Peer, check_range, check_whole

MAX_CONNECTIONS = 10_000  # of which each takes some 20 KiB and two file descriptors


class TapSettings(Frozen):
    """Where to listen, where to pass on to, how much at a time, and how to fail.

    `host` is a name or an address of this machine, empty for all of IPv4; port 0 takes a free one. `timeout`
    (seconds) bounds the lookup of the node and the connection to it, `idle_timeout` the silence of both
    sides. No more than `max_associations` connections are open at a time, and no more than `max_per_address`
    from one address; None is as many. `count` connections end it. Each direction is `delay` seconds late, and
    after `cut_after` bytes of both directions together a connection is reset on both sides.
    """

    node: Peer
    host: str = ""
    port: int = 11112
    timeout: float = 30
    idle_timeout: float = 3600
    max_associations: int = 200
    max_per_address: int | None = None
    count: int | None = None
    delay: float = 0
    cut_after: int | None = None

    def __post_init__(self) -> None:
        check_whole("port", self.port, 0, 65535)
        check_range("timeout", self.timeout, 0.001)
        check_range("idle timeout", self.idle_timeout, 0.001)
        check_whole("maximum number of associations", self.max_associations, 1, MAX_CONNECTIONS)
        if self.max_per_address is not None:
            check_whole("maximum number per address", self.max_per_address, 1, MAX_CONNECTIONS)
        if self.count is not None:
            check_whole("number of associations", self.count, 1)
        check_range("delay", self.delay, 0)
        if self.cut_after is not None:
            check_whole("number of bytes before the cut", self.cut_after, 0)
