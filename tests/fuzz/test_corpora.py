"""Every seed and every input that once broke something, through its target."""

from pathlib import Path

import pytest

from dcmtool.scp.record import ConnectionOutcome
from dcmtool.verification.report import Outcome
from tests.fuzz import peers, tls
from tests.fuzz.targets import CORPORA, TARGETS, corpus

_GOOD = (  # without which a target would see nothing but failures
    *(("verification", "storescp"), ("scp", "echoscu")),
    *(("tls-client", "session-storescp"), ("tls-server", "session-echoscu")),
)
MOST = 64_000  # bytes of a corpus: what is new is looked for anew


@pytest.mark.parametrize(
    ("target", "path"),
    [pytest.param(name, path, id=f"{name}-{path.name}") for name in TARGETS for path in corpus(name)],
)
def test_an_input(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


def test_what_good_peers_said_is_still_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[object] = []
    for module in (peers, tls):
        monkeypatch.setattr(module, "check_report", lambda report, _request: ends.append(report.outcome))
        monkeypatch.setattr(module, "check_records", lambda records: ends.append(records[0].outcome))
    for target, seed in _GOOD:
        TARGETS[target]((CORPORA / target / seed).read_bytes())
    assert ends == [Outcome.SUCCESS, ConnectionOutcome.RELEASED] * 2


@pytest.mark.parametrize("target", TARGETS)
def test_any_target_takes_nothing(target: str) -> None:
    TARGETS[target](b"")


def test_each_corpus_is_of_a_target_and_small() -> None:
    assert {folder.name for folder in CORPORA.iterdir()} == set(TARGETS)
    for name in TARGETS:
        sizes = [path.stat().st_size for path in corpus(name)]
        assert sizes
        assert sum(sizes) <= MOST
