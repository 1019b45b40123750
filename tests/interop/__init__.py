"""`dcmtool echo` as a process against real DICOM nodes and against peers that misbehave."""
