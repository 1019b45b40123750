"""The values of a connection between two others."""

from dcmtool.capture.connection import Endpoint, ObservedConnection


def test_an_end_as_text() -> None:
    ends = [Endpoint("192.0.2.1", 104), Endpoint("2001:db8::1", 104), Endpoint("pacs"), Endpoint()]
    assert list(map(str, ends)) == ["192.0.2.1:104", "[2001:db8::1]:104", "pacs", ""]


def test_a_connection_that_nothing_is_known_of() -> None:
    connection = ObservedConnection(1, Endpoint(), Endpoint(), 0)
    assert not connection.is_association
    assert not connection.failed
    assert connection._replace(protocol="dicom").is_association
