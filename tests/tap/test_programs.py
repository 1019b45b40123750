"""Real programs through a relay: what they send arrives, and what they say to each other is kept."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

import dcmtool
from dcmtool.settings import TlsSettings
from dcmtool.tap.recording import Recording
from tests.peers import dcmtk, pki
from tests.peers.dcmtool_scp import scp_process
from tests.peers.programs import environment, free_port, require, run_echoscu
from tests.tap.captured import packets, stream
from tests.tap.ends import HOST, Tapped, tapped

PATIENT = "DOE^JANE"
SIZE = 100_000_000


def image(path: Path, pixels: bytes, number: int = 1) -> Path:
    """Write a Secondary Capture image of bytes in rows of 1000."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = UID(f"1.2.3.4.{number}")
    data.PatientName, data.PatientID = PATIENT, "P1"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    data.Rows, data.Columns = len(pixels) // 10000, 10000
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.SamplesPerPixel, data.PixelRepresentation = 7, 1, 0
    data.PhotometricInterpretation = "MONOCHROME2"
    data.PixelData = pixels
    data["PixelData"].VR = "OB"
    data.save_as(path, enforce_file_format=True)
    return path


def run(program: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run one of DCMTK's clients to its end."""
    return subprocess.run(
        [require(f"/usr/bin/{program}"), *args],
        env=environment({"TCP_NODELAY": "1"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    """Run dcmqrscp with two images, which it moves to one port; give its own, that, and its folder."""
    folder, destination = tmp_path_factory.mktemp("archive"), free_port()
    with dcmtk.dcmqrscp(folder, callers=[f"(MOVER, localhost, {destination})"]) as port:
        for number in (1, 2):
            stored = image(folder / f"image{number}.dcm", os.urandom(100_000), number)
            assert (
                run("storescu", "-aet", "MOVER", "-aec", "QRSCP", HOST, str(port), str(stored)).returncode
                == 0
            )
        yield port, destination, folder


def test_an_image_of_100_megabytes_arrives_as_it_was(tmp_path: Path) -> None:
    require("/usr/bin/storescu")
    sent = image(tmp_path / "sent.dcm", os.urandom(SIZE // 100) * 100)
    capture = tmp_path / "kept.pcapng"
    with (
        dcmtk.storescp(tmp_path, "+B") as port,  # which keeps the data set as it comes
        Recording(str(capture), False, "", pytest.fail) as recording,
        tapped(port, record=recording.connection) as tap,
    ):
        assert run("storescu", "-xe", HOST, str(tap.port), str(sent)).returncode == 0
        tap.wait_for_end()
    (received,) = tmp_path.glob("SC*")
    assert _data_set(received) == _data_set(sent)
    assert tap.relay.totals.bytes > SIZE
    assert capture.stat().st_size < SIZE / 100
    assert PATIENT.encode() not in capture.read_bytes()
    tells(capture, port, ["C-STORE-RQ", "C-STORE-RSP", "A-RELEASE response"])


def _data_set(file: Path) -> bytes:
    """Return what follows the file meta information (PS3.10 7.1)."""
    data = file.read_bytes()
    return data[144 + int.from_bytes(data[140:144], "little") :]


def tells(capture: Path, port: int, words: list[str]) -> None:
    """See that Wireshark finds all this in a capture."""
    command = [require("/usr/bin/tshark"), "-r", str(capture), "-d", f"tcp.port=={port},dicom"]
    shown = subprocess.run([*command, "-Y", "dicom"], capture_output=True, text=True, check=True).stdout
    for word in words:
        assert word in shown
    flawed = subprocess.run(
        [*command, "-Y", "tcp.analysis.flags"], capture_output=True, text=True, check=True
    ).stdout
    assert flawed == ""


def test_echoes(tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path) as port, tapped(port, listens=True) as tap:
        assert run_echoscu("--repeat", "3", HOST, str(tap.port)).returncode == 0
        tap.wait_for_end()
        told = [type(event.what).__name__ for event in tap.events]
    assert told.count("MessageReceived") == 6


def test_queries_and_moves(archive: tuple[int, int, Path], tmp_path: Path) -> None:
    port, destination, _ = archive
    titles = ("-aet", "MOVER", "-aec", "QRSCP")
    keys = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3.1")
    capture = tmp_path / "kept.pcapng"
    with (
        Recording(str(capture), False, "", pytest.fail) as recording,
        tapped(port, record=recording.connection) as tap,
    ):
        found = run("findscu", *titles, *keys, "-k", "PatientName", HOST, str(tap.port))
        assert found.returncode == 0
        assert PATIENT in found.stdout + found.stderr
        received = tmp_path / "received"
        received.mkdir()
        moved = run(
            "movescu", *titles, "+P", str(destination), "-od", str(received), *keys, HOST, str(tap.port)
        )
        assert moved.returncode == 0
        assert len(list(received.iterdir())) == 2
        tap.wait_for_end(2)
    data = capture.read_bytes()
    assert PATIENT.encode() not in data
    assert b"1.2.3.1" not in data  # of the identifiers
    tells(capture, port, ["C-FIND-RQ", "C-FIND-RSP", "C-MOVE-RQ", "C-MOVE-RSP"])


def test_tls_passes_and_is_kept(tmp_path: Path) -> None:
    cast = pki.standard()
    authority = cast.root.certificate_file(tmp_path)
    key, certificate = cast.server.key_file(tmp_path), cast.server.certificate_file(tmp_path)
    capture = tmp_path / "kept.pcapng"
    with (
        scp_process(tmp_path, "+tls", key, certificate) as scp,
        Recording(str(capture), False, "", pytest.fail) as recording,
        tapped(scp.port, record=recording.connection) as tap,
    ):
        report = dcmtool.echo(HOST, tap.port, tls=TlsSettings(ca_files=(authority,)))
        assert report.outcome == "success"
        tap.wait_for_end()
    found = packets(capture.read_bytes())
    assert all(not each.missing for each in found)
    assert stream(found, found[0].source).startswith(b"\x16\x03")


def test_what_is_no_dicom_passes(tmp_path: Path) -> None:
    """An HTTPS request of a client that is no DICOM program, and so on: bytes are bytes."""
    capture = tmp_path / "kept.pcapng"
    context = ssl.create_default_context()

    def called(tap: Tapped) -> None:
        with tap.call() as caller, pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(caller, server_hostname="localhost")

    with (
        scp_process(tmp_path) as scp,
        Recording(str(capture), False, "", pytest.fail) as recording,
        tapped(scp.port, record=recording.connection) as tap,
    ):
        called(tap)
        tap.wait_for_end()
        with tap.call() as caller:
            caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert caller.recv(10)[:1] == b"\7"
        tap.wait_for_end(2)
    assert b"GET" not in capture.read_bytes()
