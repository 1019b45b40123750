"""The caller of a run by the Python API: `python -m tests.soak.caller DRIVER PORT COUNT [CA]`.

It says `ready` after a warm-up, and once it is done how many echoes were answered; after each it waits for
a line.
"""

import asyncio
import sys

import dcmtool
from dcmtool.settings import TlsSettings

WARM_UP = 100  # associations: by then all modules are there, and caches are full
AT_ONCE = 4  # associations of one event loop


def main() -> None:
    """Warm up, wait, call, wait."""
    driver, port, count, *authorities = sys.argv[1:]
    tls = TlsSettings(ca_files=tuple(authorities)) if authorities else None
    answered = 0
    with asyncio.Runner() as runner:
        for said, times in (("ready", WARM_UP), ("done", int(count))):
            if driver == "asyncio":
                answered += runner.run(_concurrent(int(port), times, tls))
            else:
                answered += sum(
                    _answered(dcmtool.echo("127.0.0.1", int(port), tls=tls)) for _ in range(times)
                )
            print(said, answered, flush=True)
            sys.stdin.readline()


async def _concurrent(port: int, times: int, tls: TlsSettings | None) -> int:
    """Make so many associations, some at a time; return how many echoes were answered."""
    numbers = iter(range(times))

    async def some() -> int:
        answered = 0
        for _ in numbers:  # shared by all of them
            answered += _answered(await dcmtool.async_echo("127.0.0.1", port, tls=tls))
        return answered

    return sum(await asyncio.gather(*(some() for _ in range(AT_ONCE))))


def _answered(report: dcmtool.EchoReport) -> int:
    """Return how many echoes were answered in order; what went wrong is told at once."""
    if report.error is not None:
        print(report.error, file=sys.stderr)
        return 0
    return report.echoes.statuses.get(0, 0)


if __name__ == "__main__":
    main()
