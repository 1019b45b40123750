"""Which lines are one record to a logger."""

from dcmtool.trace.levels import Level
from dcmtool.trace.plain import lines
from dcmtool.trace.records import in_records
from tests.trace.scenes import SCENES, success


def test_a_dump_is_one_and_the_lines_stay_as_they_are() -> None:
    records = set()
    for event in success().events:
        said = list(lines(event))
        told = list(in_records(event.what, said))
        assert [str(line) for line in told] == [str(line) for line in said]
        records |= {line.record or line.text for line in told if line.level >= Level.DEBUG}
    heads = [record.partition("\n")[0] for record in records if "\n" in record]
    assert sorted(heads) == [
        "Association Parameters Negotiated:",
        "DIMSE Command received on Presentation Context ID: 1",
        "DIMSE Command to be sent on Presentation Context ID: 1",
        "PDU Type: Associate Accept, PDU Length: 164 + 6 bytes PDU header",
        "Request Parameters:",
    ]
    assert {"Parsing an A-ASSOCIATE PDU", "Requesting Association"} <= records
    assert any(record.startswith("setting network send timeout") for record in records)


def test_a_line_is_part_of_its_record() -> None:
    for scene in SCENES.values():
        for event in scene().events:
            for line in in_records(event.what, lines(event)):
                assert line.text in (line.record or line.text).split("\n")
