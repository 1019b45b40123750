"""Statuses in words."""

import pytest
from pynetdicom.status import code_to_category

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


def test_every_status_that_pynetdicom_knows_is_in_the_same_class() -> None:
    theirs = {code: code_to_category(code) for code in range(0x10000)}
    known = {code: category for code, category in theirs.items() if category != "Unknown"}
    assert {code: CATEGORIES[status.meaning(code).partition(":")[0]] for code in known} == known
    assert len(known) > 0x3000  # the ranges A000, B000 and C000 alone
