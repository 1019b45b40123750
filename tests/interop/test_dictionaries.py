"""Data dictionaries: DCMTK's own files, and what DCMTK's programs make of the same ones."""

import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import get_entry, get_private_entry

from dcmtool.dictionary.pydicom import VRS
from dcmtool.dictionary.sources import read_all
from dcmtool.dictionary.table import Dictionary, Found
from tests.dictionary.forms import ACCEPTED, NOTHING, REFUSED, REFUSED_BY_US
from tests.peers.programs import require_data, run_dcmdump, run_dcmtool, run_echoscu
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Accept, EchoResponseWith, ReleaseResponse

pytestmark = pytest.mark.interop

STANDARD, PRIVATE, NONDESTRUCTIVE = "dicom.dic", "private.dic", "diconde.dic"


def dictionaries(*names: str) -> Dictionary:
    """Return DCMTK's own dictionaries."""
    return read_all([path_of(name) for name in names]).parsed()


def path_of(name: str) -> str:
    """Return where the package has put a dictionary."""
    return str(require_data(f"libdcmtk*/{name}"))


@pytest.mark.parametrize(
    "names", [(STANDARD, PRIVATE), (STANDARD, PRIVATE, NONDESTRUCTIVE), ("acrnema.dic",)]
)
def test_dcmtks_own_files_load_without_a_complaint(names: tuple[str, ...]) -> None:
    loaded = dictionaries(*names)
    assert loaded.bad() == []
    assert [len(file) > 100 for file in loaded.files] == [True] * len(names)
    if names == (STANDARD, PRIVATE):
        assert len(loaded) == 7829  # in DCMTK 3.6.7


# Where dicom.dic (PS3.6 2022b in DCMTK 3.6.7) and pydicom's dictionary (a later edition) differ, and why.
RETIRED_SINCE = "retired after 2022b"
EXPLAINED = {
    0x00089007: "FrameType has a fifth value since 2023",
    0x00283006: "lt stands for whatever VR a lookup table may have; LUT Data is US or OW",
    **dict.fromkeys(
        (
            *(0x00380004, 0x00701807, 0x00701808, 0x30040010, 0x30040012, 0x30060085, 0x30060088),
            *(0x3008002B, 0x30100090),
        ),
        RETIRED_SINCE,
    ),
}


def of_file(found: Found) -> tuple[str, str, str, bool]:
    """Return what can be compared of an entry of DCMTK's."""
    entry = found.entry
    return VRS.get(entry.vr, entry.vr), entry.vm, entry.keyword, entry.retired


def test_dcmtk_and_pydicom_agree_on_every_element_that_both_know() -> None:
    loaded = dictionaries(STANDARD)
    both, differing = 0, set()
    for tag, (vr, vm, _, retired, keyword) in DicomDictionary.items():
        found = loaded.find(tag)
        if found is not None and found.entry.single:
            both += 1
            if of_file(found) != (vr, vm, keyword, bool(retired)):
                differing.add(tag)
    assert both > 4800
    assert {f"{tag:08x}" for tag in differing - EXPLAINED.keys()} == set()


def test_dcmtk_and_pydicom_agree_on_repeating_groups() -> None:
    ranges = [found for found in dictionaries(STANDARD).ranges() if not found.entry.group.low % 2]
    sampled = [(found, found.entry.group.low << 16 | found.entry.element.low) for found in ranges]
    differing = {
        found.entry.name for found, tag in sampled if tag & 0xFFFF and of_file(found) != of_pydicom(tag)
    }
    assert len(sampled) > 60
    assert differing == set()


def of_pydicom(tag: int) -> tuple[str, str, str, bool]:
    """Return what can be compared of pydicom's entry."""
    vr, vm, _, retired, keyword = get_entry(tag)
    return vr, vm, keyword, bool(retired)


TEXTS = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UI", "UT"}
NUMBERS = {"FD", "FL", "SL", "SS", "UL", "US", "US or SS"}
# How DCMTK's private dictionary and pydicom's (which is GDCM's) differ: vendors publish theirs as prose, in
# several releases, and the two were collected independently. The last kind alone would make a value
# unreadable, and which of the two is right only the vendor knows.
SAME, UNKNOWN = "the same but for spelling", "one of them does not know the name or the VR"
NAME, MULTIPLICITY = "the name is worded differently", "the multiplicity of another release"
TEXT_VR, NUMBER_VR = "another VR for text", "another sign or size of a number"
KIND = "text here, a number or bytes there"
_KINDS = {TEXT_VR: TEXTS, NUMBER_VR: NUMBERS}


def test_private_dictionaries_differ_only_for_known_reasons() -> None:
    counted = dict.fromkeys((SAME, UNKNOWN, NAME, MULTIPLICITY, TEXT_VR, NUMBER_VR, KIND), 0)
    for found in dictionaries(PRIVATE, NONDESTRUCTIVE).entries():
        tag = found.entry.group.low << 16 | found.entry.element.low | 0x1000
        try:
            theirs = get_private_entry(tag, found.entry.creator)
        except KeyError:
            continue
        counted[reason(found, theirs)] += 1
    total = sum(counted.values())
    assert total > 2500
    assert counted[SAME] > 0.6 * total
    assert counted[KIND] < 0.01 * total


def reason(found: Found, theirs: tuple[str, str, str, str]) -> str:
    """Return in what two private entries differ most."""
    vr, vm, name, _ = of_file(found)
    if vr != theirs[0] and "UN" not in (vr, theirs[0]):
        return next((kind for kind, vrs in _KINDS.items() if {vr, theirs[0]} <= vrs), KIND)
    if (vr, bare(name)) != (theirs[0], bare(theirs[2])) and (
        "UN" in (vr, theirs[0]) or "Unknown" in (name, theirs[2]) or not theirs[2]
    ):
        return UNKNOWN
    if vm != theirs[1]:
        return MULTIPLICITY
    return SAME if bare(name) == bare(theirs[2]) else NAME


def bare(name: str) -> str:
    """Return a name without what is only its spelling."""
    return re.sub(r"[\W_]", "", name).lower()


def test_dcmtk_takes_and_refuses_the_same_lines(tmp_path: Path) -> None:
    taken = [*ACCEPTED, *NOTHING, *REFUSED_BY_US]
    refused = [line for line in REFUSED if "\ufeff" not in line]  # the first line of a file only
    (tmp_path / "d.dic").write_text("".join(f"{line}\n" for line in taken + refused))
    done = run_dcmdump("-d", "/dev/null", env={"DCMDICTPATH": str(tmp_path / "d.dic")})
    complaints = [int(number) for number in re.findall(r"DcmDataDictionary: .*\(line (\d+)\)", done.stderr)]
    assert complaints == list(range(len(taken) + 1, len(taken) + len(refused) + 1))


ACME = """\
(0000,5010)	LO	AcmeCommand	1	ACME
(0009-o-00ff,0010-u-00ff)	LO	PrivateCreator	1	ACME
(0009,"ACME 1",01)	SH	AcmeAny	1	ACME
(0009,"ACME 1",1002)	SH	AcmeOne	1	ACME
(0009,"ACME 1",10-20)	SH	AcmeEvens	1	ACME
(0009,"ACME 1",14)	LO	AcmeSingle	1	ACME
(0010,0010)	LO	RenamedName	1	ACME
(6000-60FF,0011)	LO	WideRange	1	ACME
(6000-600F,0011)	SH	NarrowRange	1	ACME
(6004,0011)	ST	SingleOfRange	1	ACME
(6000-o-60FF,0012)	LO	OddRange	1	ACME
(6000-u-60FF,0013-u-0014)	LO	AllRange	1	ACME
"""
ELEMENTS = {
    0x00090010: "ACME 1",
    0x00090011: "ACME 1",
    0x00090012: "OTHER",
    **dict.fromkeys(
        (
            *(0x00091001, 0x00091101, 0x00091201, 0x00091002, 0x00091102, 0x00091010, 0x00091011, 0x00091014),
            *(0x00100010, 0x00100020, 0x60000011, 0x60020011, 0x60040011, 0x60200011, 0x60200012, 0x60210012),
            *(0x60210013, 0x60220014, 0x60220015),
        ),
        "text",
    ),
}


def data_set(elements: Mapping[int, str]) -> bytes:
    """Return elements in Implicit VR Little Endian."""
    values = {tag: text.encode() + b" " * (len(text) % 2) for tag, text in sorted(elements.items())}
    return b"".join(
        struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value for tag, value in values.items()
    )


def names_of_dcmdump(text: str) -> Iterator[tuple[int, str]]:
    """Yield tag and name of each line of a dump."""
    for group, element, name in re.findall(r"\((\w{4}),(\w{4})\) .*# *\d+, *\d+ (.*)$", text, re.MULTILINE):
        yield int(group + element, 16), name


@pytest.mark.parametrize(
    "order",
    [["acme.dic"], ["a.dic", "acme.dic"], ["acme.dic", "a.dic"], [STANDARD, "acme.dic"]],
    ids="+".join,
)
def test_elements_have_the_names_that_dcmdump_shows(tmp_path: Path, order: list[str]) -> None:
    (tmp_path / "acme.dic").write_text(ACME)
    (tmp_path / "a.dic").write_text(
        '(0009,"ACME 1",01)\tLO\tOtherAny\n(0009,"ACME 1",14)\tLO\tOther\n(6000-60ff,0011)\tLO\tOtherWide\n'
    )
    (tmp_path / "data").write_bytes(data_set(ELEMENTS))
    paths = [path_of(name) if name == STANDARD else str(tmp_path / name) for name in order]
    shown = run_dcmdump("-f", "-ti", str(tmp_path / "data"), env={"DCMDICTPATH": ":".join(paths)})
    loaded = read_all(paths).parsed()
    ours = {}
    for tag in ELEMENTS:
        private = tag >> 16 & 1 and tag >> 8 & 0xFF
        label = loaded.label(tag, ELEMENTS.get(tag & 0xFFFF0000 | (tag >> 8 & 0xFF), "") if private else "")
        ours[tag] = label[1] if label else "Unknown Tag & Data"
    assert ours == dict(names_of_dcmdump(shown.stdout))


RESPONSE = EchoResponseWith(
    (
        (0x00005010, b"hello "),
        (0x00090010, b"ACME 1"),
        (0x00091001, b"x y "),
        (0x00091002, b"z "),
        (0x00091099, b"qq"),
    )
)


def test_an_echo_shows_the_names_that_echoscu_shows(tmp_path: Path) -> None:
    (tmp_path / "acme.dic").write_text(ACME)
    dumps = []
    for run, level in ((run_echoscu, "trace"), (run_dcmtool, "debug")):
        with ScriptedPeer(Accept(), RESPONSE, ReleaseResponse()) as peer:
            environment = {"DCMDICTPATH": f"{path_of(STANDARD)}:{tmp_path / 'acme.dic'}"}
            done = run("-ll", level, peer.host, str(peer.port), env=environment)
        lines = [line[3:].replace("?? ", "UN ", 1) for line in done.stderr.splitlines()]
        dumps.append([line for line in lines if re.match(r"\(\w{4},\w{4}\) .* # ", line)])
    theirs, ours = ([line for line in dump if not line.startswith("(0000,0000)")] for dump in dumps)
    assert ours == theirs
    assert "(0009,1001) SH [x y]                                    #   4, 1 AcmeAny" in ours


BROKEN = {"empty": b"", "comment": b"# nothing\n", "malformed": b"bad\n", "binary": b"\0\1\2"}


@pytest.mark.parametrize("name", [*BROKEN, "missing", "."])
@pytest.mark.parametrize("form", ["{bad}", "{bad}:{good}", "{good}:{bad}", ":"])
def test_an_echo_with_files_that_are_no_dictionary(tmp_path: Path, name: str, form: str) -> None:
    for file, content in BROKEN.items():
        (tmp_path / file).write_bytes(content)
    value = form.format(bad=tmp_path / name, good=path_of(STANDARD))
    loads = "{good}" in form
    with ScriptedPeer(Accept(), EchoResponseWith(()), ReleaseResponse()) as peer:
        theirs = run_echoscu(peer.host, str(peer.port), env={"DCMDICTPATH": value})
    with ScriptedPeer(Accept(), EchoResponseWith(()), ReleaseResponse()) as peer:
        ours = run_dcmtool(peer.host, str(peer.port), env={"DCMDICTPATH": value})
        (line,) = ours.stderr.splitlines()
    assert ours.returncode == (0 if loads else 20)
    assert peer.connected == loads
    assert line.startswith("W: the data dictionary " if loads else "Error: DCMDICTPATH: ")
    if form == "{good}:{bad}" and name == "malformed":
        assert theirs.returncode == 70, "one bad last dictionary unloads a good one"
    else:
        assert theirs.returncode == (0 if loads else 70)
