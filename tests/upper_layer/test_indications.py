"""Indications are plain values."""

from dcmtool.upper_layer import indications
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj, Pdv


def test_indications_are_values() -> None:
    answer = AssociateAc("A", "B", (), ())
    assert indications.Accepted(answer, ()).answer is answer
    assert indications.Rejected(AssociateRj(1, 1, 7)).answer.reason == 7
    assert indications.DataReceived((Pdv(1, True, True, b""),)).pdvs[0].is_last
    assert indications.ReleaseRequested(collision=True).collision
    assert indications.Aborted(2, 6) == indications.Aborted(source=2, reason=6)
    assert indications.TransportClosed("P-DATA-TF").partial == "P-DATA-TF"
    assert indications.ReleaseConfirmed() == indications.ReleaseConfirmed()
