"""The C-FIND that matches nothing: its bytes as pydicom reads them."""

import io

import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID
from pynetdicom.status import QR_FIND_SERVICE_CLASS_STATUS

from dcmtool.dimse import find
from dcmtool.dimse.find import QUERY_RETRIEVE, SOP_CLASSES, WORKLIST
from dcmtool.dimse.messages import COMMANDS

UNIQUE = (1 << 120) - 1  # the largest


def decoded(data: bytes) -> Dataset:
    """Return elements in Implicit VR Little Endian."""
    return read_dataset(io.BytesIO(data), is_implicit_VR=True, is_little_endian=True)


def parts(service: str, size: int, unique: int = UNIQUE) -> tuple[Dataset, Dataset]:
    """Return the command and the identifier of a request whose PDVs have at most so many bytes."""
    pdvs = find.query(service, 5, unique, size)
    assert {pdv.context_id for pdv in pdvs} == {5}
    assert max(len(pdv.data) for pdv in pdvs) <= size
    ends = [(pdv.is_command, pdv.is_last) for pdv in pdvs if pdv.is_last]
    assert ends == [(True, True), (False, True)]
    command, identifier = (
        b"".join(pdv.data for pdv in pdvs if pdv.is_command is command) for command in (True, False)
    )
    return decoded(command), decoded(identifier)


@pytest.mark.parametrize("size", [16384, 20])
@pytest.mark.parametrize("service", SOP_CLASSES)
def test_the_command(service: str, size: int) -> None:
    command, _ = parts(service, size)
    assert command.CommandField == 0x0020
    assert command.AffectedSOPClassUID == SOP_CLASSES[service]
    assert (command.MessageID, command.Priority, command.CommandDataSetType) == (1, 0, 1)


@pytest.mark.parametrize("unique", [0, UNIQUE])
def test_a_study_that_nobody_has(unique: int) -> None:
    _, identifier = parts(QUERY_RETRIEVE, 16384, unique)
    assert [element.keyword for element in identifier] == ["QueryRetrieveLevel", "StudyInstanceUID"]
    assert (identifier.QueryRetrieveLevel, identifier.StudyInstanceUID) == ("STUDY", f"2.25.{unique}")
    assert identifier.StudyInstanceUID.is_valid


@pytest.mark.parametrize("unique", [0, UNIQUE])
def test_a_patient_that_nobody_is(unique: int) -> None:
    _, identifier = parts(WORKLIST, 16384, unique)
    (element,) = identifier
    assert (element.keyword, element.value) == ("PatientID", f"NOBODY-{unique:030X}")
    assert len(element.value) <= 64


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0122, "Refused: SOP Class Not Supported"),
        (0x0124, "Refused: Not Authorized"),
        (0xA700, "Refused: Out of Resources"),
        (0xA900, "Error: Data Set Does Not Match SOP Class"),
        (0xC001, "Failure: Unable to Process"),
        (0x0110, "Failure"),
    ],
)
def test_what_a_status_means(status: int, expected: str) -> None:
    assert find.meaning(status) == expected


def test_the_services_and_statuses_have_the_numbers_of_others() -> None:
    assert {service: UID(uid).keyword for service, uid in SOP_CLASSES.items()} == {
        QUERY_RETRIEVE: "StudyRootQueryRetrieveInformationModelFind",
        WORKLIST: "ModalityWorklistInformationModelFind",
    }
    theirs = QR_FIND_SERVICE_CLASS_STATUS
    assert set(find.MATCHES) == {code for code, (category, _) in theirs.items() if category == "Pending"}
    assert set(find.REFUSED) == {0x0122, 0x0124}
    assert (COMMANDS[find.C_FIND_RQ], COMMANDS[find.C_FIND_RSP]) == ("C-FIND-RQ", "C-FIND-RSP")


@pytest.mark.parametrize("service", SOP_CLASSES)
@pytest.mark.parametrize("unique", [0, 10, UNIQUE])
def test_every_value_has_even_length(service: str, unique: int) -> None:
    command, identifier = find.query(service, 5, unique, 16384)
    assert len(command.data) % 2 == len(identifier.data) % 2 == 0
