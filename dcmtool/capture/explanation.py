"""What is wrong with a connection between two others, as findings."""

from dcmtool.capture.connection import ObservedConnection


def explained(connection: ObservedConnection) -> ObservedConnection:
    """Return a connection with what is wrong with it."""
    return connection
