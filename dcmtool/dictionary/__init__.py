"""Data dictionaries: DCMDICTPATH's files and pydicom's, read, checked and searched."""

VARIABLE = "DCMDICTPATH"
