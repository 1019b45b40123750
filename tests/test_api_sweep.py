"""`dcmtool.sweep`: what came of each of many nodes, as values."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dcmtool
from tests.peers.dcmtool_scp import ScpProcess, scp_process
from tests.peers.programs import refusing_port


@pytest.fixture(scope="module")
def scp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScpProcess]:
    with scp_process(tmp_path_factory.mktemp("scp"), "--output", "ndjson") as process:
        yield process


def swept(*args: Any, **kwargs: Any) -> dict[str, dcmtool.SweepResult]:
    async def gathered() -> list[dcmtool.SweepResult]:
        return [result async for result in dcmtool.sweep(*args, **kwargs)]

    return {result.name: result for result in asyncio.run(gathered())}


def node_file(folder: Path, scp: ScpProcess) -> Path:
    path = folder / "nodes.toml"
    path.write_text(
        f'[nodes.pacs]\nhost = "127.0.0.1"\nport = {scp.port}\ncall = "PACS"\ntags = ["archive", "ct"]\n'
        f'[nodes.scanner]\nhost = "127.0.0.1"\nport = {scp.port}\ntags = ["ct"]\ndo-not-probe = "it hangs"\n'
    )
    return path


def test_addresses(scp: ScpProcess) -> None:
    with refusing_port() as dead:
        away, there = f"127.0.0.1:{dead}", f"A@B@127.0.0.1:{scp.port}"
        found = swept([away, there], calling_aet="MONITOR", called_aet="OTHER")
    assert [bool(found[each]) for each in (there, away)] == [True, False]
    assert found[there].target == there
    assert found[away].target == f"OTHER@{away}"
    failed = found[away].report
    assert failed is not None
    assert (failed.finding, failed.exit_code, failed.request.timeouts.deadline) == ("refused", 60, 10)
    assert failed.to_dict()["peer"]["calling_aet"] == "MONITOR"
    with pytest.raises(dcmtool.VerificationFailed):
        failed.raise_for_failure()


def test_nodes_of_a_file(tmp_path: Path, scp: ScpProcess) -> None:
    nodes = node_file(tmp_path, scp)
    found = swept(nodes=nodes, calling_aet="MONITOR")
    assert [*found] == ["scanner", "pacs"] or [*found] == ["pacs", "scanner"]
    assert found["pacs"].report is not None
    assert found["pacs"].report.request.negotiation.called_aet == "PACS"
    assert found["pacs"].report.request.negotiation.calling_aet == "MONITOR"
    skipped = found["scanner"]
    assert (skipped.report, skipped.reason, skipped.outcome, bool(skipped)) == (
        *(None, "it hangs", "skipped", False),
    )
    assert [*swept(nodes=str(nodes), tags=["archive"])] == ["pacs"]
    assert swept(["pacs"], nodes=nodes, called_aet="OTHER")["pacs"].target == f"OTHER@127.0.0.1:{scp.port}"


def test_closing_the_iterator_leaves_no_association(tmp_path: Path) -> None:
    async def first(port: int) -> str:
        results = dcmtool.sweep([f"T{number}@127.0.0.1:{port}" for number in range(20)], per_host=5)
        async for result in results:
            await results.aclose()
            return result.outcome
        return "nothing"

    with scp_process(tmp_path, "--output", "ndjson", "--max-associations", "50") as scp:
        assert asyncio.run(first(scp.port)) == "success"
        assert scp.end() == 0
        ends = [each["connection"]["outcome"] for each in scp.documents if each["connection"]]
        assert {*ends} <= {"released", "aborted-by-peer"}
        assert 1 <= len(ends) < 20


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        ({"targets": ["http://h"]}, dcmtool.SettingsError, "'http://h' is a URL"),
        ({"targets": "pacs"}, dcmtool.SettingsError, "put it into a list"),
        ({"targets": ["h:70000"]}, dcmtool.SettingsError, "70000"),
        ({"targets": ["h"], "concurrency": 0}, dcmtool.SettingsError, "concurrency '0'"),
        ({"targets": ["h"], "repeat": -1}, dcmtool.SettingsError, "number of echoes '-1'"),
        ({"targets": ["h"], "colour": 1}, TypeError, "no argument 'colour'"),
        ({"nodes": 3}, dcmtool.SettingsError, "is no path"),
        ({"nodes": "none.toml"}, dcmtool.InputFileError, "cannot be read"),
    ],
)
def test_what_cannot_be(arguments: dict[str, Any], kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as raised:
        swept(**arguments)
    assert sentence in str(raised.value)
