"""Orthanc as a peer: DICOM only, no plugins, no HTTP."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.peers.programs import require, running

TITLE = "ORTHANC"


@contextlib.contextmanager
def orthanc(folder: Path, more: Mapping[str, object] | None = None) -> Iterator[int]:
    """Run Orthanc, with more settings if any, and yield its DICOM port; it rejects other called titles."""
    program = require("/usr/sbin/Orthanc")
    config = folder / "orthanc.json"

    def command(port: int) -> list[str]:
        settings = {
            "Name": "peer",
            "HttpServerEnabled": False,
            "Plugins": [],
            "DicomAet": TITLE,
            "DicomCheckCalledAet": True,
            "DicomPort": port,
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            **(more or {}),
        }
        config.write_text(json.dumps(settings))
        return [program, str(config)]

    with running(command, folder / "orthanc.log") as port:
        yield port
