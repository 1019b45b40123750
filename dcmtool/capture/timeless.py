"""Connections without what is not known of them, such as times, since what tells of them has none."""

from typing import Any

from dcmtool.capture.connection import ObservedConnection

_TIMES = ("ended", "connect", "accept", "release", "requested", "waiting", "hung_up")


def without(seen: ObservedConnection, *names: str) -> ObservedConnection:
    """Return a connection in which these fields, of those that it has, are None."""
    unknown: dict[str, Any] = {name: None for name in names if name in seen._fields}
    return seen._replace(**unknown)


def without_times(seen: ObservedConnection) -> ObservedConnection:
    """Return a connection without all that is measured; it began at 0."""
    services = tuple(each._replace(spans=None) for each in seen.services)
    return without(seen, *_TIMES)._replace(began=0, services=services)
