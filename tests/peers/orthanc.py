"""Orthanc as a peer: DICOM only, no plugins, no HTTP."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.peers.programs import require, running

TITLE = "ORTHANC"


@contextlib.contextmanager
def orthanc(folder: Path, *, check_called_title: bool = True) -> Iterator[int]:
    """Run Orthanc and yield its DICOM port; it rejects other called titles when told to check."""
    program = require("/usr/sbin/Orthanc")
    config = folder / "orthanc.json"

    def command(port: int) -> list[str]:
        settings = {
            "Name": "peer",
            "HttpServerEnabled": False,
            "Plugins": [],
            "DicomAet": TITLE,
            "DicomCheckCalledAet": check_called_title,
            "DicomPort": port,
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
        }
        config.write_text(json.dumps(settings))
        return [program, str(config)]

    with running(command, folder / "orthanc.log") as port:
        yield port
