"""Durations as Go and Prometheus write them: `5s`, `1m30s`, `500ms`."""

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)")


def seconds_of(text: object) -> float | None:
    """Return the seconds of a duration; None for what is none."""
    if not isinstance(text, str) or not re.fullmatch(f"(?:{_PART.pattern})+", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
