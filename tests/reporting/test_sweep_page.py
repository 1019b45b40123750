"""The page of a sweep, opened in a real browser."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dcmtool.fleet.result import NodeResult
from dcmtool.reporting import sweep_page
from tests.peers.chromium import Page, chromium
from tests.reporting.sweep_results import (
    ENDED,
    answered,
    interrupted,
    refused,
    rejected,
    rows,
    short_of_days,
    skipped,
    total,
)

EVIL = "<script>document.title='taken'</script><img src=http://192.0.2.1/x onerror=document.title='too'>"
MIXED = (
    answered("ct-10", 2.5),
    answered("ct-9", 40, tls=True),
    skipped("scanner", f'"{EVIL}'),
    answered(f"{EVIL}\u202e", 0.25),
    rejected("archive"),
    short_of_days("viewer"),
    refused("away"),
    interrupted("late"),
)
WORST_FIRST = ["late", "away", "archive", "viewer", f"{EVIL}\\u202e", "ct-10", "ct-9", "scanner"]
NAMES = "[...document.querySelectorAll('td.name b')].map((cell) => cell.textContent)"


def _page(*results: NodeResult) -> str:
    return sweep_page.document(rows(*results), total(*results), "monitor.example.org", ENDED, "1.2.3")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def address(tmp_path: Path) -> str:
    path = tmp_path / "sweep.html"
    path.write_text(_page(*MIXED), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Page, address: str) -> Page:
    browser.requests.clear()
    browser.complaints.clear()
    browser.set_up()
    browser.load(address)
    return browser


def _column(page: Page, key: str) -> list[str]:
    shown: list[str] = page.run(
        f"""{{
            const place = document.querySelector("th[data-key={key}]").cellIndex;
            const cells = [...document.querySelectorAll("tbody tr")].map((row) => row.cells[place]);
            cells.map((cell) => cell.innerText.split("\\n")[0])
        }}"""
    )
    return shown


def _click(page: Page, key: str) -> None:
    page.run(
        f"""new Promise((done) => {{
            addEventListener("hashchange", () => done(1), {{once: true}});
            document.querySelector("th[data-key={key}] a").click();
        }})"""
    )


def test_it_says_who_failed_how_and_what_to_do(page: Page) -> None:
    text = page.run("document.body.innerText")
    assert page.run("document.title") == "DICOM nodes: 3 of 7 answered"
    assert "8 nodes, verified on 2026-11-30 at 08:15:10 UTC from monitor.example.org by dcmtool 1.2.3" in text
    assert re.search(
        r"3 failed \(1 \S+, 1 \S+, 1 \S+\)\s+1 certificate ends soon\s+3 answered\s+1 not probed", text
    )
    assert "the node does not know the AE title PACS that it was called by" in text
    assert "Called AE Title Not Recognized (called-title, likely)" in text
    assert "give the node's own with -aec" in text
    assert _column(page, "days-left") == ["", "", "", "5 days left", "", "", "5 days left", ""]


def test_the_worst_stands_first_with_and_without_its_script(page: Page) -> None:
    assert page.run(NAMES) == WORST_FIRST
    assert _column(page, "state") == [
        *("failed", "failed", "failed", "certificate ends soon"),
        *("answered", "answered", "answered", "not probed"),
    ]
    in_the_file = re.findall(r'<span class="grade (\w+)">', _page(*MIXED))
    assert in_the_file == ["failed"] * 3 + ["warned"] + ["answered"] * 3 + ["skipped"]


def test_nothing_of_a_node_is_run_and_nothing_is_asked_for(page: Page, address: str) -> None:
    assert page.run("document.querySelectorAll('script, img, link, iframe').length") == 1
    assert "onerror" in page.run("document.body.innerText")
    assert page.requests == [address]
    assert page.complaints == []


def test_its_policy_allows_nothing_but_its_own(page: Page, address: str) -> None:
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=http://127.0.0.1:9/x>')")
    page.run(
        """{
            const made = document.createElement("script");
            made.text = "document.title = 1";
            document.body.append(made);
        }"""
    )
    assert page.run("document.title") == "DICOM nodes: 3 of 7 answered"
    assert page.run("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
    assert page.run("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert len([each for each in page.complaints if "Content Security Policy" in each]) >= 2


def test_a_click_on_a_heading_sorts(page: Page) -> None:
    _click(page, "round-trip")
    assert _column(page, "round-trip")[:4] == ["40.00 ms", "2.50 ms", "0.25 ms", ""]
    _click(page, "round-trip")
    assert _column(page, "round-trip")[:4] == ["0.25 ms", "2.50 ms", "40.00 ms", ""]
    assert page.run("document.querySelector('th[data-key=round-trip]').ariaSort") == "ascending"
    _click(page, "name")
    names = page.run(NAMES)
    assert names.index("ct-9") < names.index("ct-10")


def test_an_address_may_ask_for_an_order(page: Page, address: str) -> None:
    page.load("about:blank")
    page.load(f"{address}#sort=-name")
    assert page.run(NAMES)[0] == "viewer"


def test_it_fits_a_telephone_paper_and_the_dark(page: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    for width in (320, 700, 1600):
        page.set_up(width=width)
        assert page.run("document.documentElement.scrollWidth") <= width
    page.set_up(dark=True)
    assert page.run(background) == "rgb(22, 24, 28)"
    page.set_up(dark=True, medium="print")
    assert page.run(background) == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")


def test_without_tls_there_is_no_column_of_certificates() -> None:
    text = _page(answered("pacs"), skipped("scanner"))
    assert "days-left" not in text.partition("<table>")[2].partition("</thead>")[0]


def test_a_certificate_that_has_ended_says_so() -> None:
    (row,) = rows(answered("pacs", tls=True)._replace(started=ENDED + timedelta(days=9)))
    assert row.days_left == -4
    assert "expired<br>" in sweep_page.document([row], total(), "monitor", ENDED, "1")
