"""Real programs that talk to each other, each in a way of its own; all of it goes to one address of loopback.

A talk is a function of a folder and the address; what its nodes are called at stands in no other talk.
"""

import contextlib
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pynetdicom import AE, evt

from tests.capture.recorded_files import STUDY, secondary_capture
from tests.peers import dcmtk, orthanc, pki, scp, tls
from tests.peers.dcmtool_scp import scp_process, wait_for
from tests.peers.programs import ECHOSCU, environment, free_port, require

Talk = Callable[[Path, str], None]
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
STUDY_KEYS = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-k", "PatientName=Secret*")
SENT_LATE = "0.6"  # seconds, more than `SLOW`
SLOW = 0.5


def run(program: str, *arguments: str | int | Path) -> int:
    """Run a client to its end; return its exit code."""
    words = [program, *map(str, arguments)]
    env = environment({"TCP_NODELAY": "1"})
    return subprocess.run(
        words, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    ).returncode


def storescu(*arguments: str | int | Path) -> int:
    """Send files with DCMTK's storescu, which proposes only what it sends."""
    return run(require("/usr/bin/storescu"), "-R", *arguments)


# DCMTK --------------------------------------------------------------------------------------------------


def echoes(folder: Path, host: str) -> None:
    """Three echoes on one association."""
    with dcmtk.storescp(folder) as port:
        assert run(require(ECHOSCU), "--repeat", 3, "-aet", "CT1", "-aec", "PACS", host, port) == 0


def images(folder: Path, host: str) -> None:
    """Three images."""
    files = [secondary_capture(folder / f"Secretname-{number}.dcm", number) for number in range(3)]
    with dcmtk.storescp(folder) as port:
        assert storescu("-aet", "CT1", "-aec", "PACS", host, port, *files) == 0


def refused_association(folder: Path, host: str) -> None:
    """A storescp that rejects all."""
    with dcmtk.storescp(folder, "--refuse") as port:
        assert run(require(ECHOSCU), host, port) != 0


def aborted_before(folder: Path, host: str) -> None:
    """A storescp that aborts once it has an image."""
    with dcmtk.storescp(folder, "--abort-after") as port:
        assert storescu(host, port, secondary_capture(folder / "1.dcm")) != 0


def aborted_within(folder: Path, host: str) -> None:
    """A storescp that aborts while it gets an image."""
    with dcmtk.storescp(folder, "--abort-during") as port:
        assert storescu(host, port, secondary_capture(folder / "1.dcm")) != 0


def query_and_moves(folder: Path, host: str) -> None:
    """A query; a move, which makes an association of the archive's; a move to nobody."""
    own = free_port()
    callers = ["(MOVER, localhost, 104)", f"(DEST, {host}, {own})"]
    ends = ("-aet", "MOVER", "-aec", "QRSCP", host)
    (folder / "moved").mkdir()
    with dcmtk.dcmqrscp(folder, callers=callers) as port:
        assert storescu("-aet", "MOVER", "-aec", "QRSCP", "127.0.0.1", port, *_files(folder, 2)) == 0
        assert run(require("/usr/bin/findscu"), *STUDY_KEYS, *ends, port) == 0
        moving = ("--port", own, "-od", folder / "moved", "-aem")
        keys = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}")
        assert run(require("/usr/bin/movescu"), *moving, "DEST", *keys, *ends, port) == 0
        run(require("/usr/bin/movescu"), "-aem", "NOBODY", *keys, *ends, port)


def _files(folder: Path, count: int) -> list[Path]:
    return [secondary_capture(folder / f"Secretname-{number}.dcm", number) for number in range(count)]


def unknown_title(folder: Path, host: str) -> None:
    """A title that dcmqrscp does not have."""
    with dcmtk.dcmqrscp(folder) as port:
        assert run(require(ECHOSCU), "-aet", "CT1", "-aec", "ELSEWHERE", host, port) != 0


# TLS ----------------------------------------------------------------------------------------------------


def encrypted(folder: Path, host: str) -> None:
    """An echo over TLS."""
    cast = pki.standard()
    with tls.storescp(folder, cast.server) as port:
        assert run(require(ECHOSCU), "+tla", "+cf", cast.root.certificate_file(folder), host, port) == 0


def untrusted(folder: Path, host: str) -> None:
    """A caller that does not trust the node."""
    cast = pki.standard()
    with tls.storescp(folder, cast.untrusted) as port:
        assert run(require(ECHOSCU), "+tla", "+cf", cast.root.certificate_file(folder), host, port) != 0


def plain_to_tls(folder: Path, host: str) -> None:
    """DICOM at a port that is for TLS."""
    with tls.storescp(folder, pki.standard().server) as port:
        assert run(require(ECHOSCU), host, port) != 0


def tls_to_plain(folder: Path, host: str) -> None:
    """TLS at a port that is for DICOM."""
    with dcmtk.storescp(folder) as port:
        assert run(require(ECHOSCU), "+tla", "-ic", host, port) != 0


# Orthanc, pynetdicom ------------------------------------------------------------------------------------


def orthanc_node(folder: Path, host: str) -> None:
    """Orthanc: an echo, an image, a query that it does not allow, a title that it does not have."""
    with orthanc.orthanc(folder) as port:
        ends = ("-aet", "CT1", "-aec", "ORTHANC", host, port)
        assert run(require(ECHOSCU), *ends) == 0
        assert storescu(*ends, *_files(folder, 1)) == 0
        run(require("/usr/bin/findscu"), *STUDY_KEYS, *ends)
        assert run(require(ECHOSCU), "-aet", "CT1", "-aec", "PACS", host, port) != 0


@contextlib.contextmanager
def _storage(host: str, status: int) -> Iterator[int]:
    """A pynetdicom node that answers each C-STORE so."""
    entity = AE(ae_title="STORAGE")
    entity.add_supported_context(SECONDARY_CAPTURE)
    handlers: Any = [(evt.EVT_C_STORE, lambda _event: status)]
    server: Any = entity.start_server((host, 0), block=False, evt_handlers=handlers)
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()


def pynetdicoms(folder: Path, host: str) -> None:
    """Two of pynetdicom: an image for which there is no room; the caller aborts after it."""
    image = dcmread(secondary_capture(folder / "Secretname.dcm", 7, 1 << 10))
    entity = AE(ae_title="CT1")
    entity.add_requested_context(SECONDARY_CAPTURE, image.file_meta.TransferSyntaxUID)
    with _storage(host, 0xA700) as port:
        association = entity.associate(host, port, ae_title="STORAGE")
        assert association.is_established
        assert association.send_c_store(image).Status == 0xA700
        association.abort()


def pynetdicom_without_contexts(_folder: Path, host: str) -> None:
    """A pynetdicom that takes nothing that echoscu offers."""
    with scp.verification_scp(host=host, abstract_syntax=SECONDARY_CAPTURE) as node:
        assert run(require(ECHOSCU), "-aec", "STORAGE", host, node.port) != 0


# dcmtool scp, and nobody --------------------------------------------------------------------------------


def _fault(*options: str, repeat: int = 1) -> Talk:
    """Echoes to a `dcmtool scp` with a fault."""

    def talk(folder: Path, host: str) -> None:
        with scp_process(folder, *options, bind=host) as node:
            run(require(ECHOSCU), "--repeat", repeat, "-aet", "CT1", "-aec", "PACS", host, node.port)

    return talk


def too_many(folder: Path, host: str) -> None:
    """A `dcmtool scp` that takes one association at a time, which somebody has."""
    entity = AE(ae_title="CT1")
    entity.add_requested_context("1.2.840.10008.1.1")
    with scp_process(folder, "--max-associations", "1", bind=host) as node:
        association = entity.associate(host, node.port, ae_title="PACS")
        assert association.is_established
        run(require(ECHOSCU), "-aet", "CT2", "-aec", "PACS", host, node.port)
        association.release()
        wait_for(lambda: not association.is_alive())


def nobody(_folder: Path, host: str) -> None:
    """A port that nobody listens on."""
    with socket.socket() as holder:
        holder.bind((host, 0))
        assert run(require(ECHOSCU), host, holder.getsockname()[1]) != 0


TALKS: Mapping[str, Talk] = {
    "echoes": echoes,
    "images": images,
    "storescp --refuse": refused_association,
    "storescp --abort-after": aborted_before,
    "storescp --abort-during": aborted_within,
    "query and moves": query_and_moves,
    "unknown title": unknown_title,
    "TLS": encrypted,
    "TLS, not trusted": untrusted,
    "plain to TLS": plain_to_tls,
    "TLS to plain": tls_to_plain,
    "Orthanc": orthanc_node,
    "pynetdicom, no room": pynetdicoms,
    "pynetdicom, no context": pynetdicom_without_contexts,
    "scp --reject": _fault("--reject", "1/1/3"),
    "scp --refuse-contexts": _fault("--refuse-contexts"),
    "scp --status": _fault("--status", "0110"),
    "scp --abort-after 0": _fault("--abort-after", "0"),
    "scp --abort-after 2": _fault("--abort-after", "2", repeat=4),
    "scp --delay-accept": _fault("--delay-accept", SENT_LATE),
    "scp --delay-echo": _fault("--delay-echo", SENT_LATE),
    "scp --max-associations": too_many,
    "scp --require-called": _fault("--require-called", "-aet", "ARCHIVE"),
    "nobody": nobody,
}
