"""The judge of `make soak` itself: what is flat passes, and each kind of loss and growth is told."""

from pathlib import Path

import pytest

from tests.peers.dcmtool_scp import Taken
from tests.soak import runs
from tests.soak.__main__ import main
from tests.soak.judge import MOST_GROWTH, Process, Run, faults
from tests.soak.program import EndedEarly, Program

USUAL = Taken(threads=4, descriptors=9, memory=40_000)
FLAT = [USUAL] * 100


def made(
    samples: list[Taken] = FLAT,
    *,
    at_rest: bool = True,
    answered: int = 1000,
    served: int = 1000,
    released: int = 1000,
) -> Run:
    """Return a run of a caller that is flat and an SCP that is as its samples say."""
    processes = (Process("the caller", FLAT, False), Process("the SCP", samples, at_rest))
    return Run("echoes", 1000, answered, served, 1000, released, 1.0, processes)


def leaking(start: int = 0, **each: int) -> list[Taken]:
    """Return samples of which each has so much more than the one before, from a sample on."""
    return [
        USUAL._replace(**{what: getattr(USUAL, what) + max(0, number - start) * more})
        for number in range(100)
        for what, more in each.items()
    ]


@pytest.mark.parametrize(
    "samples",
    [
        FLAT,
        [USUAL._replace(memory=20_000)] * 20 + [USUAL] * 80,  # it warms up
        [USUAL._replace(memory=USUAL.memory + number % 2 * MOST_GROWTH * 2) for number in range(100)],
        [USUAL._replace(descriptors=9 + (number % 7 == 3) * 4) for number in range(100)],
        leaking(memory=-10),
    ],
    ids=["flat", "warming up", "up and down", "some connections", "shrinking"],
)
def test_what_is_sound(samples: list[Taken]) -> None:
    assert faults(made(samples)) == []


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (leaking(memory=20), "the memory of the SCP grew from 40590 to 41790 KiB"),
        (leaking(start=85, memory=500), "the memory of the SCP grew from 40000 to 42250 KiB"),
        (leaking(descriptors=1), "the SCP had up to 108 descriptors, after 48 in the beginning"),
        (leaking(threads=1), "the SCP had up to 103 threads, after 43 in the beginning"),
        (
            [*FLAT, USUAL._replace(descriptors=10)],
            "the SCP had 9 descriptors at rest before, and 10 afterwards",
        ),
        ([*FLAT, USUAL._replace(threads=5)], "the SCP had 4 threads at rest before, and 5 afterwards"),
        (FLAT[:19], "the SCP was looked at 19 times, too few to judge: take a larger SCALE"),
    ],
    ids=["memory", "memory late", "descriptors", "threads", "one descriptor", "one thread", "too short"],
)
def test_what_grows_is_told(samples: list[Taken], told: str) -> None:
    assert faults(made(samples))[0] == f"echoes: {told}"


def test_who_is_never_at_rest_may_end_with_a_connection() -> None:
    assert faults(made([*FLAT, USUAL._replace(descriptors=10)], at_rest=False)) == []


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (made(answered=999, served=999), ["of 1000 echoes 999 were answered"]),
        (made(served=999), ["the caller counted 1000 echoes and the SCP 999"]),
        (made(released=998), ["of 1000 associations 998 were released"]),
    ],
)
def test_what_is_lost_is_told(run: Run, told: list[str]) -> None:
    assert faults(run) == [f"echoes: {each}" for each in told]


# The runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "scale"), [("reconnect", 0.0005), ("tls-asyncio", 0.0001)])
def test_a_run_counts_at_both_ends(word: str, scale: float, tmp_path: Path) -> None:
    (kind,) = (each for each in runs.KINDS if each.word == word)
    run = runs.run(kind, scale, tmp_path)
    assert run.asked == run.answered == run.served == run.associations == run.released >= 100
    caller, scp = run.processes
    assert min(max(each.memory for each in process.samples) for process in (caller, scp)) > 10_000
    assert scp.samples[0][:2] == scp.samples[-1][:2]


def test_the_table_and_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runs, "run", lambda *_arguments: made(leaking(descriptors=1)))
    with pytest.raises(SystemExit) as ended:
        main(["1", "echoes"])
    assert ended.value.code == "echoes: the SCP had up to 108 descriptors, after 48 in the beginning\n" + (
        "echoes: the SCP had 9 descriptors at rest before, and 108 afterwards"
    )
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| 1,000 echoes | 0 | 1 s (1000 µs each) | the caller | 39.06, 39.06 MiB | 9, 4 |",
        "| | | | the SCP | 39.06, 39.06 MiB | 108, 4 |",
    ]
    monkeypatch.setattr(runs, "run", lambda *_arguments: made())
    main(["0.5"])
    assert len(capsys.readouterr().out.splitlines()) == 2 + 2 * len(runs.KINDS)


def test_a_process_that_ends_at_once_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(kind: runs.Kind, scale: float, folder: Path) -> Run:
        with Program("dcmtool.no_such_module") as program:
            program.await_line()
        raise EndedEarly("")

    monkeypatch.setattr(runs, "run", ends)
    with pytest.raises(SystemExit) as ended:
        main(["1", "tls"])
    assert ended.value.code == (
        "TLS associations of `dcmtool.echo()`: dcmtool.no_such_module ended with the exit code 1"
    )


@pytest.mark.parametrize("scale", ["0", "-1", "x", "nan", "inf"])
def test_a_scale_is_a_number(scale: str) -> None:
    with pytest.raises(SystemExit, match="is no number above 0"):
        main([scale])
