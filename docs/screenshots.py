"""Make the documentation's pictures of pages, from the results of the example.

    snakemake --cores 2
    python docs/screenshots.py [results]

It opens the pages in a headless Chromium (the tests' helper) and writes docs/images/*.png.
"""

import argparse
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "tests" / "support"))

from browser import Browser  # noqa: E402

SIZE = (1400, 960)
"""Of the browser's window, pixels."""

# The page to explore in: the threshold is raised, and a combination chosen that would pass.
TRY_A_THRESHOLD = """
  page.settings.rules[0].threshold = 14;
  drawRules();
  update(true);
  page.table.pick(2);
"""

PICTURES = {
    "explore.png": ("explore.html", TRY_A_THRESHOLD),
    "page-release.png": ("release.html", ""),
    "page-emodel.png": ("emodels/cADpyr_TPC.html", ""),
    "page-coverage.png": ("coverage.html", ""),
}
"""Picture -> page in `results/report`, and what to do in it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=Path("results"))
    report = parser.parse_args().results.resolve() / "report"
    with (
        tempfile.TemporaryDirectory() as folder,
        Browser(Path(folder) / "profile", SIZE) as browser,
    ):
        for picture, (page, script) in PICTURES.items():
            browser.open(report / page)
            if page == "explore.html":
                browser.wait_for("page.milliseconds.open")
            browser.value(script)
            browser.screenshot(DOCS / "images" / picture)


if __name__ == "__main__":
    main()
