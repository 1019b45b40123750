"""The table of a sweep: whole ones, at several widths, with few nodes and with thousands."""

import pytest

from dcmtool.cli.output import sweep_table
from dcmtool.cli.output.appearance import Look
from dcmtool.cli.output.cells import width_of
from dcmtool.cli.output.sweep_table import MOST_LISTED, SLOWEST, Table, duration
from dcmtool.fleet.result import NodeResult, summary_of
from tests.reporting.sweep_results import answered, refused, rejected, short_of_days, skipped
from tests.trace.snapshots import SGR

FEW = [
    answered("pacs", 0.4),
    refused("ct1"),
    skipped("injector", "it hangs"),
    rejected("ct2"),
    answered("mr", 81),
]


def table(
    *results: NodeResult, width: int | None = None, full: bool = False, colour: bool = False
) -> list[str]:
    """Return the lines of the table of these results."""
    written: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_table, "columns_of", lambda _stream: width)
        appearance = Look.PLAIN if width is None else Look.COLOURED if colour else Look.UNCOLOURED
        shown = Table(written.append, appearance, full=full)
        for result in results:
            shown.add(result)
        shown.end(summary_of(results, 2.5))
    return "\n".join(written).splitlines()


def test_in_a_pipe_each_node_has_a_line() -> None:
    assert table(*FEW) == [
        "NAME      STATE                                                                         ROUND TRIP",
        "ct1       nothing listens on port 104 of 192.0.2.7, or a firewall refuses in its place           -",
        "ct2       the node does not know the AE title PACS that it was called by                         -",
        "mr        answered                                                                         81.0 ms",
        "pacs      answered                                                                         0.40 ms",
        "injector  left alone: it hangs                                                                   -",
        "",
        "5 nodes in 2.50 s: 2 answered, 2 failed, 1 skipped",
        "failed: 1 no-connection, 1 rejected",
        "round trips: median 0.40 ms, p95 81.0 ms, maximum 81.0 ms",
    ]


def test_on_a_narrow_terminal_lines_are_broken_at_words() -> None:
    assert table(refused("ct1"), short_of_days("viewer"), answered("pacs", tls=True), width=60) == [
        "NAME    STATE                                     TRIP  CERT",
        "ct1     nothing listens on port 104 of               -     -",
        "        192.0.2.7, or a firewall refuses in",
        "        its place",
        "pacs    answered, but its certificate ends     1.50 ms   5 d",
        "        soon",
        "viewer  the node's certificate expires soon          -   5 d",
        "",
        "3 nodes in 2.50 s: 1 answered, 2 failed",
        "failed: 1 no-connection, 1 tls-failed",
    ]


@pytest.mark.parametrize("width", [40, 60, 100, 160])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    long = "röntgen-ct-im-erdgeschoss-der-alten-klinik-日本語ノード-des-zweiten-bauabschnitts"
    results = [answered(long), refused(long + "2"), rejected("\x1b[31mred"), answered("mr", tls=True), *FEW]
    lines = table(*results, width=width)
    assert max(map(width_of, lines)) <= width
    assert not any("\x1b" in line for line in lines)
    coloured = table(*results, width=width, colour=True)
    assert [SGR.sub("", line) for line in coloured] == lines
    assert any(line.startswith("ct1 ") and "\x1b[31mnothing" in line for line in coloured)


def test_of_thousands_of_nodes_what_is_wrong_is_shown_and_the_slowest() -> None:
    many = [answered(f"node-{number}", 1 + number / 1000) for number in range(3000)]
    lines = table(*many, *FEW, width=100)
    assert len(lines) == 1 + 2 + SLOWEST + 1 + 1 + 4
    assert [line.split()[0] for line in lines[1:9]] == [
        *("ct1", "ct2", "mr", "node-2999", "node-2998", "node-2997", "node-2996", "and"),
    ]
    assert lines[8] == "and 2,997 more that answered, none of them slower (--full lists them)"
    assert lines[9].startswith("injector")
    assert lines[11] == "3,005 nodes in 2.50 s: 3,002 answered, 2 failed, 1 skipped"
    assert len(table(*many, *FEW, width=100, full=True)) == len(table(*many, *FEW)) == 3005 + 5


def test_few_are_all_listed() -> None:
    nodes = [answered(f"node-{number:02}") for number in range(MOST_LISTED)]
    assert len(table(*nodes, width=80)) == MOST_LISTED + 4


def test_of_no_nodes_there_is_no_table() -> None:
    assert table(width=80) == ["0 nodes in 2.50 s: 0 answered"]


@pytest.mark.parametrize(("seconds", "shown"), [(0.5, "0.50 s"), (99.9, "99.90 s"), (3725.4, "1:02:05")])
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
