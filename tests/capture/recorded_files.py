"""A DICOM file to send, with values that nobody else may show."""

from pathlib import Path

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

PATIENT, STUDY, INSTANCE = (
    "Secretname^Anna",
    "1.2.826.0.1.3680043.2.1125.77001",
    "1.2.826.0.1.3680043.2.1125.99",
)
SECRETS = (PATIENT, "Secretname", STUDY, INSTANCE, "PID-4711")


def secondary_capture(path: Path, number: int = 1, pixels: int = 1 << 17) -> Path:
    """Write a Secondary Capture of so many bytes, and return where."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = UID(f"{INSTANCE}.{number}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    file.SOPClassUID = SecondaryCaptureImageStorage
    file.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    file.PatientName, file.PatientID = PATIENT, "PID-4711"
    file.StudyInstanceUID, file.SeriesInstanceUID = STUDY, f"{STUDY}.1"
    file.StudyID, file.StudyDate, file.Modality = "7", "20260101", "OT"
    file.Rows, file.Columns = pixels // 256, 256
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.BitsAllocated = file.BitsStored = 8
    file.HighBit, file.PixelRepresentation = 7, 0
    file.PixelData = bytes(range(256)) * (pixels // 256)
    file.save_as(path, enforce_file_format=True)
    return path
