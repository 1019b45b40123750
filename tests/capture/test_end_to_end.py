"""Real programs that talk to each other, captured by dumpcap: what is told of them, beside tshark."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import dcmtool
from dcmtool.capture.connection import ObservedConnection
from dcmtool.upper_layer import pdus
from dcmtool.upper_layer.pdus import AssociateAc, AssociateRj
from tests.capture.programs_talking import SLOW, TALKS
from tests.capture.tshark_fields import Shown, shown
from tests.peers.dumpcap import capturing, own_network
from tests.reporting.documents import validator
from tests.setups.commands import captured

pytestmark = pytest.mark.interop

AT_A_TIME = 6  # talks: they wait more than they work
# What depends on how busy this machine is, unless a talk is about it.
OF_THE_MACHINE = ("packets-lost", "slow-")
BLOCKS = Path(__file__).with_name("programs_talking.txt")
_HOW_ENDED = re.compile(r"^  end      (closed|reset) by the \w+$", re.MULTILINE)
_IN_THE_MIDDLE = re.compile(r", the \w+ in the middle of [\w-]+$", re.MULTILINE)  # as far as it came
_TIME = re.compile(r"\b\d+(\.\d+)? m?s\b")
_END = re.compile(r"127\.\d+\.\d+\.\d+(:\d+)?")
_BLOCK = re.compile(r"^(?:FAIL|ok  |-   ) #(\d+)  \S+Z  ", re.MULTILINE)
_IMPLEMENTATION = re.compile(r"(OFFIS_DCMTK|PYNETDICOM|DCMTOOL)_\w+")
Object = dict[str, Any]


class Talked(NamedTuple):
    """The capture, what each talk came to, and what is told of the connections, by their numbers."""

    capture: Path
    talks: Mapping[str, "Future[None]"]
    connections: list[ObservedConnection]
    documents: list[Object]
    blocks: list[str]

    def of(self, name: str) -> list[int]:
        """Return which connections a talk made, from 0; raises what the talk raised."""
        self.talks[name].result()
        last = f".{[*TALKS].index(name) + 1}"
        return [
            number
            for number, connection in enumerate(self.connections)
            if connection.acceptor.address.endswith(last)
        ]


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Talked:
    """Have all talks, and capture them."""
    folder, network = tmp_path_factory.mktemp("capture"), own_network()
    with capturing(folder, network) as capture, ThreadPoolExecutor(AT_A_TIME) as pool:
        talks = {}
        for number, (name, talk) in enumerate(TALKS.items(), 1):
            (folder / str(number)).mkdir()
            talks[name] = pool.submit(talk, folder / str(number), f"{network}.{number}")
        for future in talks.values():
            with contextlib.suppress(BaseException):  # it is the test's that asks for this talk
                future.result()
    path = str(capture.path)
    connections = sorted(dcmtool.explain(path, slow=SLOW), key=lambda each: each.number)
    options = ("--slow", str(SLOW), path)
    code, lines = captured(["explain", "--output", "ndjson", *options])
    assert code == 3
    documents = sorted(map(json.loads, lines.splitlines()), key=lambda each: int(each["number"]))
    code, text = captured(["explain", *options])
    assert code == 3
    _, *parts = _BLOCK.split(text.rpartition("\n\n")[0])
    blocks = {int(number): block for number, block in zip(parts[::2], parts[1::2], strict=True)}
    return Talked(capture.path, talks, connections, documents, [blocks[each] for each in sorted(blocks)])


def every_talk() -> pytest.MarkDecorator:
    """Return what gives a test each talk."""
    return pytest.mark.parametrize("name", TALKS)


# What is told -------------------------------------------------------------------------------------------


@every_talk()
def test_the_block(name: str, talked: Talked) -> None:
    expected = BLOCKS.read_text().split(f"== {name} ==\n\n")[1].split("\n\n== ")[0].rstrip()
    passed_over = () if "--delay" in name else OF_THE_MACHINE
    assert "\n\n".join(_masked(talked.blocks[each], passed_over) for each in talked.of(name)) == expected


def _masked(block: str, passed_over: tuple[str, ...]) -> str:
    """Return a block without what is another one each time; of its findings the first line."""
    rows, *findings = block.rstrip().split("\n\n")
    heads = [each.splitlines()[0] for each in findings]
    heads = [each for each in heads if not each.startswith(tuple(f"  {name}" for name in passed_over))]
    kept = [row for row in rows.splitlines() if not row.startswith("  again ")] + heads
    text = _HOW_ENDED.sub("  end      closed or reset", _IN_THE_MIDDLE.sub("", "\n".join(kept)))
    return _END.sub("HOST", _IMPLEMENTATION.sub(r"\1", _TIME.sub("TIME", text)))


@every_talk()
def test_the_document_says_the_same(name: str, talked: Talked) -> None:
    for each in talked.of(name):
        document, connection = talked.documents[each], talked.connections[each]
        assert document["number"] == each + 1
        assert (document["ending"], document["ended_by"]) == (connection.ending, connection.ended_by)
        titles = document["association"] or {"calling_aet": None, "called_aet": None}
        request = connection.request
        asked = (None, None) if request is None else (request.calling_aet, request.called_aet)
        assert (titles["calling_aet"], titles["called_aet"]) == asked
        counted = [
            (use["command"], use["requests"], {row["status"]: row["count"] for row in use["statuses"]})
            for use in document["services"]
        ]
        assert counted == [(use.command, use.requests, dict(use.statuses)) for use in connection.services]
        found = [finding.finding.id for finding in connection.findings]
        assert [finding["id"] for finding in document["findings"]] == found
        assert document["findings"] == [] or document["findings"][0]["actor"] in (
            *("requestor", "acceptor", "network"),
        )


def test_the_documents_are_valid(talked: Talked) -> None:
    code, text = captured(["explain", "--output", "json", "--slow", str(SLOW), str(talked.capture)])
    whole = json.loads(text)
    validator("explain").validate(whole)
    assert whole["exit_code"] == code == 3
    assert sorted(whole["connections"], key=lambda each: int(each["number"])) == talked.documents
    assert whole["summary"]["connections"] == len(talked.connections)
    assert sum(pair["connections"] for pair in whole["pairs"]) == len(talked.connections)


# Beside tshark ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown_by_tshark(talked: Talked) -> list[Shown]:
    """The same connections as tshark shows them."""
    return shown(talked.capture, {each.acceptor.port for each in talked.connections if each.acceptor.port})


@every_talk()
def test_tshark_agrees(name: str, talked: Talked, shown_by_tshark: list[Shown]) -> None:
    assert len(shown_by_tshark) == len(talked.connections)
    for number in talked.of(name):
        connection, seen = talked.connections[number], shown_by_tshark[number]
        assert (seen.stream, seen.began) == (number, connection.began)
        assert (seen.caller, seen.port) == (connection.requestor.port, connection.acceptor.port)
        assert connection.ended is not None
        assert connection.ended <= seen.frames[-1].at
        _compare_association(connection, seen)
        _compare_commands(connection, seen)


def _compare_association(connection: ObservedConnection, seen: Shown) -> None:
    both = seen.pdus(of_caller=True), seen.pdus(of_caller=False)
    if connection.request is None:
        assert both == (Counter(), Counter())
        return
    titles = {*seen.values("dicom.assoc.ae.calling")}, {*seen.values("dicom.assoc.ae.called")}
    assert titles == ({connection.request.calling_aet}, {connection.request.called_aet})
    asked, answered = seen.time_of(pdus.ASSOCIATE_RQ), connection.answer
    assert connection.requested == asked
    assert both[0][pdus.ASSOCIATE_RQ] == 1
    assert both[1][pdus.ASSOCIATE_AC] == isinstance(answered, AssociateAc)
    if isinstance(answered, AssociateAc):
        assert connection.accept == seen.time_of(pdus.ASSOCIATE_AC) - asked
        assert sorted(seen.numbers("dicom.pctx.result")) == sorted(each.result for each in answered.contexts)
        ids = [each.context_id for each in connection.request.contexts]
        assert {*seen.numbers("dicom.pctx.id")} >= {*ids}
    rejection = [
        seen.numbers(f"dicom.assoc.reject.{each}") for each in ("result", "source", "reason")
    ]  # fmt: skip
    assert rejection == ([[each] for each in answered] if isinstance(answered, AssociateRj) else [[], [], []])
    aborts = seen.numbers("dicom.assoc.abort.source"), seen.numbers("dicom.assoc.abort.reason")
    assert aborts == (([], []) if connection.abort is None else tuple([each] for each in connection.abort))
    assert (connection.ending == "released") == (sum(side[pdus.RELEASE_RP] for side in both) == 1)
    if connection.ended_by is not None and connection.abort is not None:
        assert both[connection.ended_by == "acceptor"][pdus.ABORT] == 1
    if connection.release is not None:
        assert connection.release == seen.time_of(pdus.RELEASE_RP) - seen.time_of(pdus.RELEASE_RQ)


def _compare_commands(connection: ObservedConnection, seen: Shown) -> None:
    requests = Counter({use.command: use.requests for use in connection.services})
    for command in ("C-ECHO", "C-STORE", "C-FIND", "C-MOVE"):
        assert seen.commands(f"{command}-RQ") == requests[command]
        answers = [use.statuses for use in connection.services if use.command == command]
        assert seen.commands(f"{command}-RSP") == sum(count for each in answers for _, count in each)
