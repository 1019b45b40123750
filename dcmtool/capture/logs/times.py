"""The times that lines of a log begin with: ISO 8601, those of syslog, and those of Orthanc."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

_SEARCHED = 80  # characters of a line; a time stands at its beginning
_CLOCK = r"(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
_ISO = re.compile(rf"(?<!\d)(\d{{4}})[-/](\d\d)[-/](\d\d)[ T]{_CLOCK} ?(Z|[+-]\d\d:?\d\d)?")
_ORTHANC = re.compile(rf"[EWIT](\d\d)(\d\d) {_CLOCK} ")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SYSLOG = re.compile(rf"({'|'.join(_MONTHS)}) +(\d{{1,2}}) {_CLOCK} ")
_SECOND = 1_000_000_000
_TOLERANCE = timedelta(days=1)  # of a clock that is ahead of ours


def _now() -> datetime:
    return datetime.now(UTC)


class Times:
    """Reads times as nanoseconds since 1970; those without a zone are taken as this machine's.

    A log without years is taken as of the last year that `now` allows.
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._minute: tuple[tuple[str, ...], int] = (), 0  # the last one that had no year, and when it began

    def read(self, line: str) -> int:
        """Return the time of a line, 0 if it has none."""
        line = line[:_SEARCHED]
        if ":" not in line:
            return 0
        if found := _ISO.search(line):
            year, month, day, hour, minute, second, fraction, zone = found.groups()
            return self._moment((year, month, day, hour, minute, second), fraction, _zone(zone))
        if found := _ORTHANC.match(line) or _SYSLOG.match(line):
            month, day, hour, minute, second, fraction = found.groups()
            whole = month, day, hour, minute
            if whole != self._minute[0]:
                self._minute = whole, self._in_past(*whole)
            return self._minute[1] and self._minute[1] + _nanoseconds(second, fraction)
        return 0

    def _in_past(self, month: str, day: str, hour: str, minute: str) -> int:
        """Return when the last such minute began."""
        number = str(_MONTHS.index(month) + 1) if month in _MONTHS else month
        now = self._now()
        latest = int((now + _TOLERANCE).timestamp()) * _SECOND
        for year in range(now.year + 1, now.year - 8, -1):  # a leap day may be some years ago
            moment = self._moment((str(year), number, day, hour, minute, "0"), None, None)
            if 0 < moment <= latest:
                return moment
        return 0

    @staticmethod
    def _moment(fields: tuple[str, ...], fraction: str | None, zone: timezone | None) -> int:
        try:
            year, month, day, hour, minute, second = map(int, fields)
            whole = datetime(year, month, day, hour, minute, second, tzinfo=zone).timestamp()
        except (ValueError, OverflowError):  # no such day, or one of no year that there is
            return 0
        return max(0, int(whole) * _SECOND + _nanoseconds("0", fraction))


def _nanoseconds(seconds: str, fraction: str | None) -> int:
    return int(seconds) * _SECOND + int((fraction or "0").ljust(9, "0"))


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=min(minutes, 1439) * (-1 if text[0] == "-" else 1)))
