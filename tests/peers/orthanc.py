"""Orthanc as a peer, without plugins; DICOM only, or as a client over its REST API."""

import contextlib
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.request import Request, urlopen

from tests.peers.programs import free_port, require, running

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

    # In order it takes more than a second to end, and nobody wants what it has stored.
    with running(command, folder / "orthanc.log", end=signal.SIGKILL) as port:
        yield port


@contextlib.contextmanager
def orthanc_with_rest(folder: Path, modalities: Mapping[str, object]) -> Iterator[Callable[..., bytes]]:
    """Run Orthanc with its REST API, and yield what posts to a path of it; without data it gets."""
    http = free_port()
    rest = {"HttpServerEnabled": True, "HttpPort": http, "AuthenticationEnabled": False}
    with orthanc(folder, {**rest, "DicomModalities": modalities}):

        def post(path: str, data: bytes | None = b"{}") -> bytes:
            request = Request(f"http://127.0.0.1:{http}{path}", data)
            with urlopen(request, timeout=30) as answer:
                return bytes(answer.read())

        yield post
