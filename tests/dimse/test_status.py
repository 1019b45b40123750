"""Statuses in words."""

import pytest
from pynetdicom.status import GENERAL_STATUS, code_to_category

from dcmtool.dimse import status

# Our word, and the category that pynetdicom puts the same status in.
CATEGORIES = {
    "Success": "Success",
    "Failure": "Failure",
    "Refused": "Failure",
    "Warning": "Warning",
    "Cancel": "Cancel",
    "Pending": "Pending",
    "Pending with Warning": "Pending",
    "Unknown Status": "Unknown",
}
# The names of PS3.7 Annex C where pynetdicom has others.
AS_THE_STANDARD_HAS_THEM = {
    0x0111: "Duplicate SOP Instance",
    0x0116: "Attribute Value Out Of Range",
    0x0117: "Invalid SOP Instance",
    0x0123: "No Such Action Type",
    0x0124: "Not Authorized",
    0x0211: "Unrecognized Operation",
}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x0000, "Success"),
        (0x0122, "Refused: SOP Class Not Supported"),
        (0x0210, "Failure: Duplicate Invocation"),
        (0x0001, "Warning: not defined for C-ECHO"),
        (0xB007, "Warning: not defined for C-ECHO"),
        (0xA700, "Failure: not defined for C-ECHO"),
        (0xC123, "Failure: not defined for C-ECHO"),
        (0x01FF, "Failure: not defined for C-ECHO"),
        (0x02FF, "Failure: not defined for C-ECHO"),
        (0x0002, "Unknown Status: not defined for C-ECHO"),
        (0xFFFF, "Unknown Status: not defined for C-ECHO"),
        (0xFE00, "Cancel"),
    ],
)
def test_meaning(code: int, words: str) -> None:
    assert status.meaning(code) == words


def test_the_statuses_of_general_use_have_the_names_of_pynetdicom() -> None:
    theirs = {code: name.removeprefix("Refused: ") for code, (_, name) in GENERAL_STATUS.items()}
    ours = {code: status.meaning(code).partition(": ")[2] for code in theirs}
    assert ours == theirs | AS_THE_STANDARD_HAS_THEM


def test_the_statuses_of_general_use_are_those_with_a_name() -> None:
    named = {code for code in range(0x10000) if not status.meaning(code).endswith("not defined for C-ECHO")}
    assert named == {*GENERAL_STATUS, 0xFF00, 0xFF01}  # and those of a query
    assert (status.meaning(0xFF00), status.meaning(0xFF01)) == ("Pending", "Pending with Warning")


def test_every_status_that_pynetdicom_knows_is_in_the_same_class() -> None:
    theirs = {code: code_to_category(code) for code in range(0x10000)}
    known = {code: category for code, category in theirs.items() if category != "Unknown"}
    assert {code: CATEGORIES[status.meaning(code).partition(":")[0]] for code in known} == known
    assert len(known) > 0x3000  # the ranges A000, B000 and C000 alone
