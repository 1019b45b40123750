"""How much a sweep may ask of the network, of a host, and of this machine."""

from dcmtool.fields import Frozen
from dcmtool.settings import check_range, check_whole
from dcmtool.transport.addresses import MOST_LOOKUPS
from dcmtool.transport.descriptors import allow_descriptors, open_descriptors

MOST_CONCURRENT, MOST_RETRIES = 10_000, 10


class Limits(Frozen):
    """Associations at once, in all and to one address; associations a second; retries.

    `rate` None is as fast as it goes. What is tried again is what may pass by itself: a transient rejection
    (PS3.8 9.3.4), and a connection that was not made in time.
    """

    concurrency: int = 128
    per_host: int = 1
    rate: float | None = None
    retries: int = 0

    def __post_init__(self) -> None:
        check_whole("concurrency", self.concurrency, 1, MOST_CONCURRENT)
        check_whole("associations per host", self.per_host, 1, MOST_CONCURRENT)
        if self.rate is not None:
            check_range("rate", self.rate, 0.001)
        check_whole("number of retries", self.retries, 0, MOST_RETRIES)


# Descriptors beside those of connections: of files that are read or written, and of each look-up.
_SPARE, _EACH_LOOKUP = 16, 2


def within_descriptors(limits: Limits, most: int = MOST_CONCURRENT) -> tuple[Limits, str | None]:
    """Return the limits as this process can keep them, and where it cannot a sentence that says so.

    It is allowed as many file descriptors as the system lets it have, for at `most` so many nodes.
    """
    taken, concurrency = open_descriptors() + _SPARE, min(limits.concurrency, max(1, most))
    wanted = taken + concurrency + _EACH_LOOKUP * min(concurrency, MOST_LOOKUPS)
    allowed = allow_descriptors(wanted)
    if allowed >= wanted:
        return limits, None
    # A look-up needs more than a connection, and there are no more of these than of those.
    fewer = max(1, min(concurrency, (allowed - taken) // (1 + _EACH_LOOKUP)))
    sentence = (
        f"{fewer} associations at once instead of {concurrency}: "
        f"the system lets this process have {allowed} open files"
    )
    return Limits(fewer, limits.per_host, limits.rate, limits.retries), sentence
