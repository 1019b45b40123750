"""A sweep as JUnit's XML, which CI systems show: a test case a node."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from dcmtool.fleet.result import Summary
from dcmtool.reporting.sweep_row import SweepRow, plain, worst_first

_SUITE = "dcmtool sweep"


def document(rows: Sequence[SweepRow], total: Summary, host: str, ended: datetime) -> str:
    """Return the document, in ASCII, the worst first; `host` is who asked.

    XML 1.0 has no control characters, and what is printable has none either.
    """
    counts = {
        "tests": str(total.nodes),
        "failures": str(total.failed),
        "errors": "0",
        "skipped": str(total.skipped),
        "time": plain(total.seconds, 6),
    }
    root = Element("testsuites", {"name": _SUITE, **counts})
    at = ended.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    suite = SubElement(root, "testsuite", {"name": _SUITE, **counts, "timestamp": at, "hostname": host})
    for row in sorted(rows, key=worst_first):
        _add(suite, row)
    indent(root)
    text: bytes = tostring(root, encoding="us-ascii", xml_declaration=True)
    return text.decode("ascii")


def _add(suite: Element, row: SweepRow) -> None:
    case = SubElement(
        suite,
        "testcase",
        {"classname": "dcmtool.sweep", "name": row.name, "time": plain(row.seconds, 6)},
    )
    if row.state == "skipped":
        SubElement(case, "skipped", {"message": row.sentence})
    elif row.state == "failed":
        failure = SubElement(case, "failure", {"type": row.finding or row.outcome, "message": row.sentence})
        failure.text = "\n".join((row.target, row.happened, *row.advice))
