"""Which lines are one record to a logger: DCMTK's tools log a dump as one, and filters look at all of it."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from dcmtool import events
from dcmtool.trace.levels import Line

_ALONE = ("Parsing an A-ASSOCIATE PDU",)  # records of their own, whatever follows


def in_records(what: events.What, lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines of an event, each with the text of the record that it is of."""
    if isinstance(what, events.TransportOpened):  # DCMTK's tools log these one by one
        yield from lines
        return
    for _, together in groupby(lines, key=lambda line: (line.level, line.text in _ALONE)):
        record = list(together)
        whole = "\n".join(line.text for line in record)
        yield from (line._replace(record=whole) for line in record)
