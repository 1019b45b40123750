"""No value of a data set, no instance and no file name is in anything that is shown or kept."""

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pydicom import dcmread
from pydicom.dataelem import DataElement

from dcmtool.cli.main import main
from tests.capture.recorded import recording
from tests.capture.recorded_files import secondary_capture
from tests.peers import dcmtk
from tests.peers.dcmtool_scp import wait_for
from tests.peers.pcap import capture
from tests.peers.programs import ROOT, environment, require

pytestmark = pytest.mark.interop

HOST = "127.0.0.1"
FILE_NAME = "Secretname-Anna-4711"
ENDS = ("-aet", "CT1", "-aec", "QRSCP", HOST)
VALUES = {
    "PatientBirthDate": "19370214",
    "PatientComments": "kept apart from her sister",
    "AccessionNumber": "ACC-081547",
    "ReferringPhysicianName": "Referrer^Rudolf",
    "InstitutionName": "St. Elsewhere Clinic",
    "StudyDescription": "knee after a fall",
    "InstanceCreationTime": "091734.123",
}
IN_COMMANDS = ("SOPClassUID", "Modality")  # which is of any image
FORMS = (
    *((), ("-v",), ("-d",), ("-ll", "trace"), ("--color", "always", "-d"), ("-o", "json"), ("-o", "ndjson")),
    *(("-o", "ndjson", "-ll", "trace"), ("--summary",), ("--summary", "-o", "json")),
)
PACKET = 1400  # bytes


class Secret(NamedTuple):
    """Files to send, and all that nobody may show: in words, and in the two ways of hexadecimal."""

    files: list[Path]
    words: list[str]

    def found_in(self, shown: str) -> list[str]:
        """Return what of it is there; spaces and letters of either case do not hide it."""
        text = re.sub(r"\s+", " ", re.sub(r"\x1b\[[\d;]*m", "", shown)).lower()
        dense = text.replace(" ", "")
        return [
            word
            for word in self.words
            if word.lower() in text or word.encode().hex() in dense or word.lower().replace(" ", "") in dense
        ]


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Secret:
    """Make files whose values are found nowhere else."""
    folder, words, files = tmp_path_factory.mktemp("files"), {FILE_NAME}, []
    for number in (1, 2):
        files.append(secondary_capture(folder / f"{FILE_NAME}-{number}.dcm", number, 1 << 15))
        data = dcmread(files[-1])
        for name, value in VALUES.items():
            setattr(data, name, value)
        data.save_as(files[-1])
        words |= {word for element in data for word in _words(element)}
    assert {"Secretname^Anna", "PID-4711", *VALUES.values()} <= words
    return Secret(files, sorted(words))


def _words(element: DataElement) -> Iterator[str]:
    """Yield what is to be looked for of an element: whole, and each component of a name."""
    value = str(element.value)
    if element.keyword not in IN_COMMANDS and element.VR not in ("OB", "OW", "US"):
        yield from (word for word in (value, *value.split("^")) if len(word) > 3)


def run(program: str, *words: object) -> int:
    """Run one of DCMTK's clients to its end."""
    env = environment({"TCP_NODELAY": "1"})
    command = [program, *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, timeout=60, check=False).returncode


def talk(secret: Secret, port: int) -> None:
    """Store the files, and query for them by what is in them."""
    keys = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=Secretname*", "-k", "StudyInstanceUID")
    more = ("-k", "PatientID=PID-4711", "-k", "StudyDescription", "-k", "PatientBirthDate")
    assert run(require("/usr/bin/storescu"), "-R", *ENDS, port, *secret.files) == 0
    assert run(require("/usr/bin/findscu"), *keys, *more, *ENDS, port) == 0


@pytest.fixture(scope="module")
def captures(secret: Secret, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Captures of both conversations; all that is secret is in them."""
    with dcmtk.dcmqrscp(tmp_path_factory.mktemp("archive")) as port, recording(port) as relay:
        talk(secret, port=relay.port)
        said = relay.conversations()
    kept = [capture((each.sender, each.data) for each in all_of_it if each.data) for all_of_it in said]
    words = {word for word in secret.words if any(word.encode() in each for each in kept)}
    assert words >= {*secret.words} - {FILE_NAME}
    return kept


Explain = Callable[..., str]


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Explain:
    """Return what runs `dcmtool explain` on a capture, and gives all that it wrote."""
    monkeypatch.setenv("COLUMNS", "1000")

    def explained(file: bytes, *options: str) -> str:
        path = tmp_path / "file"
        path.write_bytes(file)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
            assert main(["explain", *options, str(path)]) in (0, 3)
        return out.getvalue()

    return explained


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_whole_captures(
    form: tuple[str, ...], secret: Secret, captures: list[bytes], explain: Explain
) -> None:
    for file in captures:
        shown = explain(file, *form)
        assert "CT1" in shown
        assert secret.found_in(shown) == []


@pytest.mark.parametrize("form", [("-ll", "trace"), ("-v",), ("-o", "json")], ids=" ".join)
def test_captures_from_the_middle(
    form: tuple[str, ...], secret: Secret, captures: list[bytes], explain: Explain
) -> None:
    for file in captures:
        header, packets = split(file)
        for start in (3, 4, 5, 6, 7, 8, 9, 10, 14, 17):
            assert secret.found_in(explain(header + b"".join(packets[start:]), *form)) == [], start


@pytest.mark.parametrize("form", [("-ll", "trace"), ("-v",), ("-o", "json")], ids=" ".join)
def test_captures_with_holes(
    form: tuple[str, ...], secret: Secret, captures: list[bytes], explain: Explain
) -> None:
    for file in captures:
        header, packets = split(file)
        for hole in range(3, 13):
            left = packets[:hole] + packets[hole + 1 :]
            assert secret.found_in(explain(header + b"".join(left), *form)) == [], hole


OTHERS = (
    b"GET /dicom-web/studies?PatientName=Secretname^Anna&PatientID=PID-4711 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x0bMSH|^~\\&|A|B|||||ADT\rPID|||PID-4711||Secretname^Anna\r\x1c\r",
    b"Secretname^Anna, PID-4711",
)


@pytest.mark.parametrize("other", OTHERS, ids=["HTTP", "HL7", "unknown"])
@pytest.mark.parametrize("form", [("-ll", "trace"), ("-v",), ("-o", "json")], ids=" ".join)
def test_other_protocols(form: tuple[str, ...], other: bytes, secret: Secret, explain: Explain) -> None:
    shown = explain(capture([("requestor", other), ("acceptor", b"\7\0\0\0\0\4\0\0\2\1")]), *form)
    assert secret.found_in(shown) == []


def split(file: bytes) -> tuple[bytes, list[bytes]]:
    """Return the header of a pcap file, and its packets with theirs."""
    packets, at = [], 24
    while at < len(file):
        length = 16 + int.from_bytes(file[at + 8 : at + 12], "little")
        packets.append(file[at : at + length])
        at += length
    return file[:24], packets


@pytest.mark.parametrize("form", [(), ("-ll", "trace"), ("-o", "ndjson")], ids=" ".join)
@pytest.mark.parametrize("whole", [False, True])
def test_a_relay(
    form: tuple[str, ...], whole: bool, secret: Secret, explain: Explain, tmp_path: Path
) -> None:
    kept, port_file = tmp_path / "kept.pcapng", tmp_path / "port"
    with dcmtk.dcmqrscp(tmp_path) as port:
        writing = ("--write", str(kept), *(("--write-data",) if whole else ()))
        command = [sys.executable, "-m", "dcmtool", "tap", "--port-file", str(port_file), "--count", "2"]
        ends = (f"{HOST}:0", f"{HOST}:{port}")
        tap = subprocess.Popen(
            [*command, *form, *writing, *ends],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with tap:
            wait_for(lambda: port_file.exists() or tap.poll() is not None)
            talk(secret, int(port_file.read_text()))
            shown = "".join(tap.communicate(timeout=30))
    assert "CT1" in shown
    assert secret.found_in(shown) == []
    data = kept.read_bytes()
    words = {word for word in secret.words if word.encode() in data}
    assert words == ({*secret.words} - {FILE_NAME} if whole else set())
    again = explain(data, "-v")
    assert "C-STORE" in again
    assert "fault" not in again
    assert secret.found_in(again + explain(data, "-ll", "trace")) == []
