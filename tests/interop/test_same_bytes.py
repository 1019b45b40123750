"""What `-v` writes to a pipe is what echoscu writes, byte for byte, for a success and for each rejection."""

import pytest

from dcmtool.errors import Rejection
from tests.peers.programs import run_dcmtool, run_echoscu
from tests.peers.scripted import ScriptedPeer
from tests.peers.vocabulary import Reject

pytestmark = pytest.mark.interop


def outputs(run: object) -> tuple[str, str]:
    """Return standard output and standard error."""
    return run.stdout, run.stderr  # type: ignore[attr-defined]


@pytest.mark.parametrize("options", [["-v"], ["-v", "--repeat", "3"], ["-v", "--abort"], []], ids=" ".join)
def test_a_success(storescp: int, options: list[str]) -> None:
    words = [*options, "127.0.0.1", str(storescp)]
    assert outputs(run_dcmtool(*words)) == outputs(run_echoscu(*words))


@pytest.mark.parametrize("result", Rejection.RESULTS)
@pytest.mark.parametrize("numbers", Rejection.REASONS)
@pytest.mark.parametrize("options", [["-v"], []], ids=["verbose", "default"])
def test_a_rejection(result: int, numbers: tuple[int, int], options: list[str]) -> None:
    said = []
    for run in (run_dcmtool, run_echoscu):
        with ScriptedPeer(Reject(result, *numbers)) as peer:
            said.append(outputs(run(*options, peer.host, str(peer.port))))
    ours, theirs = said
    assert ours == theirs
