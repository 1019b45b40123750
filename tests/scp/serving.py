"""A Verification SCP in this process, and what it tells."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from dcmtool.scp.record import ConnectionOutcome, Record, Totals
from dcmtool.scp.server import VerificationScp
from dcmtool.scp.settings import Faults, ScpSettings
from tests.peers.scu import PATIENCE, command
from tests.peers.wire import COMMAND, p_data

HOST = "127.0.0.1"
AC, RJ = "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ"
RELEASED = (ConnectionOutcome.RELEASED, "")
ABORTED_BY_PEER = (
    ConnectionOutcome.ABORTED_BY_PEER,
    "the peer aborted the association (A-ABORT from the service user)",
)
LOST = (ConnectionOutcome.CONNECTION_LOST, "the peer closed the connection")
SPLIT = p_data(1, command()[:20], COMMAND)  # the first part of a C-ECHO-RQ


class Heard:
    """The records of an SCP, in the order in which the connections ended."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.records: list[Record] = []
        self.port = 0
        self.scp: VerificationScp

    def hear(self, record: Record) -> None:
        """Take one."""
        with self._changed:
            self.records.append(record)
            self._changed.notify_all()

    def wait(self, count: int = 1) -> list[Record]:
        """Return all, once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.records) >= count, PATIENCE), self.records
            return list(self.records)

    @property
    def ended(self) -> tuple[ConnectionOutcome, str]:
        """How the only connection ended, and why."""
        (record,) = self.wait()
        return record.outcome, record.reason

    @property
    def totals(self) -> Totals:
        """What all connections came to."""
        return self.scp.totals


@contextlib.contextmanager
def serving(faults: Faults | None = None, *, explains: bool = False, **settings: Any) -> Iterator[Heard]:
    """Run an SCP on a free loopback port, which explains its callers if asked; no thread is left of it."""
    before = set(threading.enumerate())
    heard = Heard()
    asked = ScpSettings(**{"host": HOST, "port": 0, "faults": faults or Faults(), **settings})
    with VerificationScp(asked, heard.hear, explains=explains) as heard.scp:
        heard.port = heard.scp.address.port
        yield heard
    assert set(threading.enumerate()) <= before
