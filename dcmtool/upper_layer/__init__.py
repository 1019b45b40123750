"""The DICOM Upper Layer protocol (PS3.8), requestor role, without a socket or a clock."""
