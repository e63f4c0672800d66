"""`snakemake --report`: one file that needs nothing else, opened in a real browser."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, find_browser
from lxml import html
from runs import Outcome, Project
from small_project import SmallProject

pytestmark = pytest.mark.slow

EMODELS = ["cADpyr_TPC", "cNAC_LBC"]


@pytest.fixture(scope="module")
def report(example: tuple[Project, Outcome]) -> Path:
    project, outcome = example
    assert outcome.returncode == 0, outcome.output
    made = project.snakemake("--report", "report.html")
    assert made.returncode == 0, made.output
    return project.root / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    find_browser()
    with Browser(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.fixture
def opened(report: Path, browser: Browser) -> Browser:
    browser.open(report)
    browser.wait_for("document.querySelector('nav')?.innerText.includes('RESULTS')")
    return browser


def embedded(path: Path, name: str) -> dict:
    """One of the tables that Snakemake writes into its report."""
    text = path.read_text()
    return json.loads(re.search(rf"^    var {name} = (.*);$", text, re.M).group(1))


def click(browser: Browser, text: str) -> None:
    """Click on the item of the menu with this text."""
    items = "[...document.querySelectorAll('nav a')]"
    browser.wait_for(f"{items}.some(a => a.innerText.trim() === {json.dumps(text)})")
    browser.value(f"{items}.find(a => a.innerText.trim() === {json.dumps(text)}).click()")


def show(browser: Browser, label: str) -> str:
    """Click on the eye of the row with this label; the text of the page that is then shown."""
    row = f"[...document.querySelectorAll('nav tr')].find(r => r.innerText.startsWith('{label}'))"
    browser.wait_for(f"{row} !== undefined")
    browser.value(f"{row}.querySelector('a').click()")
    browser.wait_for("document.querySelector('iframe') !== null")
    for _ in range(100):
        if text := browser.frame_text():
            return text
        time.sleep(0.1)
    raise AssertionError(f"{label}: nothing is shown")


def test_items_with_categories_labels_and_captions(report: Path):
    results, categories = embedded(report, "results"), embedded(report, "categories")
    paths = {
        category: [path for items in groups.values() for path in items]
        for category, groups in categories.items()
    }
    assert set(paths) == {"Release", "E-models", "Runtimes"}
    assert sorted(Path(path).name for path in paths["Release"]) == [
        "coverage.html",
        "coverage.tsv",
        "explore.html",
        "failures.tsv",
        "mecombo_emodel.tsv",
        "megating.pdf",
        "release.html",
    ]
    assert [Path(path).stem for path in paths["E-models"]] == EMODELS
    assert all(result["labels"] for result in results.values())
    assert all("<p>" in result["caption"] for result in results.values())


def test_the_front_page_says_what_was_run(report: Path):
    front = html.fromstring(embedded(report, "workflow_desc")).text_content()
    assert "Which electrical model works on which morphology" in front
    assert "Limit: 5 standard deviations, or as many times the exemplar's own score" in front
    assert "Traces" not in front  # none were kept


def test_one_file_without_references(report: Path):
    page = html.parse(str(report)).getroot()
    assert not page.xpath("//script[@src] | //link | //iframe | //object | //embed")
    sources = page.xpath("//@src | //@href")
    assert all(source.startswith(("data:", "#")) for source in sources)
    results = embedded(report, "results")
    assert all(result["data_uri"].startswith("data:") for result in results.values())


def test_it_opens_in_a_browser(opened: Browser, report: Path):
    menu = opened.value("document.querySelector('nav').innerText")
    assert re.findall(r"^(E-models|Release|Runtimes|Traces)$", menu, re.M) == [
        "E-models",
        "Release",
        "Runtimes",
    ]
    assert opened.value("document.querySelector('#app .prose h1').innerText") == "megate"
    assert opened.value("document.querySelectorAll('#app svg').length") > 0


def test_the_release_is_shown(opened: Browser):
    click(opened, "Release")
    text = show(opened, "All combinations")
    assert "12 of 17 combinations are released (70.6 %)." in text
    assert "tpc140402_2" in text
    assert "MissingAxonError" in text


def test_the_release_is_explored(opened: Browser):
    click(opened, "Release")
    show(opened, "Explore")
    for _ in range(100):
        if "12 of 17 combinations are released" in opened.frame_text():
            break
        time.sleep(0.1)
    assert "tpc140402_2" in opened.frame_text()


@pytest.mark.parametrize("emodel", EMODELS)
def test_emodels_are_shown_with_their_figure(opened: Browser, emodel: str):
    click(opened, "E-models")
    text = show(opened, emodel)
    assert "Features by which combinations fail" in text
    width, height = opened.frame_value(
        "(() => { const box = document.querySelector('figure svg').getBoundingClientRect();"
        " return [box.width, box.height]; })()"
    )
    assert width > 400
    assert height > 100
    bars = "document.querySelectorAll('figure svg [id^=patch] path').length"
    assert opened.frame_value(bars) > 5


def test_tables_sort_and_filter(opened: Browser):
    click(opened, "Release")
    show(opened, "All combinations")
    released = "const table = document.querySelectorAll('table')[2]; "
    margins = "[...table.tBodies[0].rows].map(row => Number(row.cells[5].textContent))"
    title = "[...table.tHead.rows[0].cells].find(th => th.textContent === 'margin (%)')"
    first = opened.frame_value(released + margins)
    assert len(first) == 12
    assert first == sorted(first)
    for order in (sorted(first), sorted(first, reverse=True)):
        assert opened.frame_value(f"{released}{title}.click(); {margins}") == order
    shown = opened.frame_value(
        released
        + "const input = document.querySelector('input'); input.value = 'lbc cnac_lbc dnac';"
        + " input.dispatchEvent(new Event('input'));"
        + " [...table.tBodies[0].rows].filter(row => !row.hidden)"
        + ".map(row => row.cells[0].textContent + ' ' + row.cells[3].textContent)"
    )
    assert sorted(shown) == ["lbc140501-1 dNAC", "lbc140501-2 dNAC", "lbc140503.1 dNAC"]


def test_runtimes_and_snakemakes_own_statistics(opened: Browser):
    click(opened, "Runtimes")
    assert "15 simulations took" in show(opened, "Simulations")
    opened.value("app.setView({navbarMode: 'menu', content: 'stats'})")
    opened.wait_for("document.querySelector('#runtimes canvas, #runtimes svg') !== null")


def test_nothing_was_asked_for_and_nothing_failed(opened: Browser, report: Path):
    """Comes last: of everything that the tests above have opened."""
    click(opened, "Release")
    assert show(opened, "All combinations")
    assert set(opened.requests) == {report.as_uri()}
    assert opened.errors == []


def test_traces_where_they_are_kept(tmp_path: Path, browser: Browser):
    project = SmallProject(tmp_path, ["a", "b"], fault="", keep_traces=True)
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned["report_traces"] == 1
    made = project.snakemake("--report", "report.html")
    assert made.returncode == 0, made.output
    browser.open(project.root / "report.html")
    browser.wait_for("document.querySelector('nav')?.innerText.includes('RESULTS')")
    click(browser, "Traces")
    text = show(browser, "small")
    assert "beside 2 of 3 released combinations" in text
    figure = browser.frame_value("document.querySelector('figure svg').textContent")
    assert "V (mV)" in figure
    assert "exemplar" in figure
    lines = "document.querySelectorAll('figure svg [id^=line2d] path[style*=stroke]').length"
    assert browser.frame_value(lines) >= 5  # the exemplar, and two over it
