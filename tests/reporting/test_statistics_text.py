"""The figures of a verification, compared whole."""

import re

import pytest

from dcmtool.reporting.statistics_text import summary
from dcmtool.verification.report import EchoReport, Phases, Reply
from dcmtool.verification.statistics import Durations

MS = 1_000_000


def report_of(*round_trips: int, sent: int | None = None, status: int = 0) -> EchoReport:
    """Return the report of echoes with these round trips (ns)."""
    report = EchoReport("pacs", 104)
    for number, round_trip in enumerate(round_trips, 1):
        report.echoes.add(Reply(number, status, round_trip))
    report.echoes.sent = len(round_trips) if sent is None else sent
    return report


def text_of(report: EchoReport) -> str:
    return "\n".join(summary(report))


def test_nothing_was_reached() -> None:
    assert (
        text_of(report_of())
        == "echoes\n  sent                   0\n  received               0\n  lost                   0"
    )


def test_one_association() -> None:
    report = report_of(*[MS] * 6, 2 * MS, 2 * MS, 4 * MS, sent=10)
    report.phases = Phases(MS // 2, MS, None, 3 * MS, 17 * MS, 12_345_678)
    assert (
        text_of(report)
        == """\
echoes
  sent                  10
  received               9
  lost                   1  (10.0%)

round trip (ms)
  minimum            1.000
  median             1.000
  p95                4.000
  p99                4.000
  maximum            4.000
  mean               1.556
  deviation          0.956

  from (ms)     echoes
         0.999  ################################################## 6
         1.311  0
         1.671  ################# 2
         2.032  0
         2.687  0
         3.408  ######### 1

phase (ms)
  resolve            0.500
  connect            1.000
  associate          3.000
  echo              17.000
  release           12.346"""
    )


def test_one_echo_has_no_distribution() -> None:
    lines = text_of(report_of(2 * MS)).splitlines()
    assert lines[-2:] == ["round trip (ms)", "  one echo           2.000"]


def test_an_association_for_each() -> None:
    report = report_of(MS, 3 * MS, status=0x0110)
    report.phases = Phases(resolve=7)
    for name, times in {"release": (5, 7), "tls": (2 * MS,), "connect": (MS, 2 * MS)}.items():
        report.per_phase[name] = Durations()
        for time in times:
            report.per_phase[name].add(time)
    lines = text_of(report).splitlines()
    assert lines[3:5] == [
        "  lost                   0",
        "  status 0110            2  (Failure: Processing Failure)",
    ]
    assert lines[-4:] == [
        "phase (ms)        count    minimum     median        p95    maximum       mean",
        "  connect             2      1.000      1.000      2.000      2.000      1.500",
        "  TLS                 1      2.000          -          -      2.000      2.000",
        "  release             2      0.000      0.000      0.000      0.000      0.000",
    ]


@pytest.mark.parametrize("count", [2, 5, 600, 100_000])
def test_it_fits_into_80_columns_and_a_dozen_bars(count: int) -> None:
    lines = list(summary(report_of(*(30_000 + number**2 % 9_999_991 for number in range(count)), sent=10**9)))
    assert max(map(len, lines)) <= 80
    bars = [line for line in lines if re.match(r" +\d+\.\d{3}  ", line)]
    assert 1 <= len(bars) <= 12
    assert sum(int(bar.split()[-1]) for bar in bars) == count
