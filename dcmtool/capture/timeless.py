"""Connections whose times are not known, since what tells of them has none."""

from dcmtool.capture.connection import ObservedConnection


def without_times(seen: ObservedConnection) -> ObservedConnection:
    """Return a connection without all that is measured; it began at 0."""
    services = tuple(each._replace(spans=None) for each in seen.services)
    return seen._replace(began=0, ended=None, connect=None, accept=None, release=None, services=services)
