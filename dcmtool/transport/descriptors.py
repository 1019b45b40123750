"""How many file descriptors this process may have."""

import os
import sys
from contextlib import suppress

_USUAL = 16  # where the system does not tell


def allow_descriptors(count: int) -> int:
    """Let this process open so many file descriptors, if the system allows it; return how many it may."""
    if sys.platform != "win32":  # which has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < count:
            wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
            with suppress(OSError, ValueError):  # the whole system may have a limit too
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                return wanted
            return soft
    return count


def open_descriptors() -> int:
    """Return how many this process has open, as far as the system tells."""
    try:
        return len(os.listdir("/dev/fd"))
    except OSError:
        return _USUAL
