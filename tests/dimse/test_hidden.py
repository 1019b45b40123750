"""What of command sets is shown: no instance, and nothing of a data set."""

import pytest

from dcmtool.dimse import command_set as cs
from dcmtool.dimse.hidden import InstanceHider, without_instances

INSTANCE = cs.ui("1.2.826.0.1.3680043.2.1125.99")
KEPT = [(cs.AFFECTED_SOP_CLASS_UID, cs.ui("1.2.840.10008.5.1.4.1.1.2")), (cs.COMMAND_FIELD, cs.us(1))]
INSTANCES = [(cs.AFFECTED_SOP_INSTANCE_UID, INSTANCE), (cs.REQUESTED_SOP_INSTANCE_UID, INSTANCE)]
LAST = [(cs.ACTION_TYPE_ID, cs.us(1))]
STARS = b"*" * len(INSTANCE)
NAME = b"\x10\0\x10\0\4\0\0\0DOE "  # PatientName, which has no place in a command set


def test_a_command_set_without_instances() -> None:
    elements = dict(KEPT + INSTANCES) | {0x00100010: b"DOE "}
    assert without_instances(elements) == dict(KEPT) | {tag: STARS for tag, _ in INSTANCES} | {
        0x00100010: b"****"
    }


def test_one_that_names_none_is_itself() -> None:
    elements = dict(KEPT)
    assert without_instances(elements) is elements


@pytest.mark.parametrize("size", [1, 3, 8, 9, 1000])
def test_bytes_in_pieces(size: int) -> None:
    data = cs.encode(KEPT + INSTANCES + LAST) + NAME
    hider = InstanceHider()
    shown = b"".join(hider.feed(data[at : at + size]) for at in range(0, len(data), size))
    assert shown == data.replace(INSTANCE, STARS).replace(b"DOE ", b"****")
