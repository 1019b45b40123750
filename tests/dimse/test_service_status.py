"""What statuses mean, by the command that they answer."""

import pytest

from dcmtool.dimse.service_status import is_failure, is_pending, service_meaning


@pytest.mark.parametrize(
    ("command", "status", "words", "failed"),
    [
        ("C-ECHO", 0x0000, "Success", False),
        ("C-ECHO", 0xA700, "Failure: not defined for C-ECHO", True),
        ("C-STORE", 0xA700, "Refused: Out of Resources", True),
        ("C-STORE", 0xA7FF, "Refused: Out of Resources", True),
        ("C-STORE", 0xA901, "Error: Data Set Does Not Match SOP Class", True),
        ("C-STORE", 0xC123, "Error: Cannot Understand", True),
        ("C-STORE", 0xB000, "Warning: Coercion of Data Elements", False),
        ("C-STORE", 0xB007, "Warning: Data Set Does Not Match SOP Class", False),
        ("C-STORE", 0x0122, "Refused: SOP Class Not Supported", True),
        ("C-FIND", 0xFF00, "Pending", False),
        ("C-FIND", 0xFE00, "Cancel", False),
        ("C-FIND", 0xC001, "Failure: Unable to Process", True),
        ("C-MOVE", 0xA701, "Refused: Out of Resources - Unable to Calculate Number of Matches", True),
        ("C-MOVE", 0xA702, "Refused: Out of Resources - Unable to Perform Sub-operations", True),
        ("C-MOVE", 0xA801, "Refused: Move Destination Unknown", True),
        ("C-GET", 0xB000, "Warning: Sub-operations Complete - One or More Failures", True),
        ("N-CREATE", 0x0107, "Warning: Attribute List Error", False),
        ("N-ACTION", 0x0112, "Failure: No Such SOP Instance", True),
        ("N-ACTION", 0x1234, "Unknown Status", True),
        ("N-SET", 0x0001, "Warning", False),
    ],
)
def test_meanings(command: str, status: int, words: str, failed: bool) -> None:
    assert service_meaning(command, status) == words
    assert is_failure(command, status) is failed


def test_what_more_follows() -> None:
    assert [status for status in range(0x10000) if is_pending(status)] == [0xFF00, 0xFF01]
