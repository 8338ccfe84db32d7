"""A picture of an interactive page, as a README shows it."""

from pathlib import Path

from voxelpose.files import atomic_path
from voxelpose.visualization.interactive.browser import open_browser

SIZE = (1400, 900)
READY = "body[data-ready]"


def photograph_page(page: Path, picture: Path, size: tuple[int, int] = SIZE) -> None:
    """Open a page that `html_page` made in a headless browser and write what it shows as a PNG of size pixels.

    Raises InputError where playwright or Chromium is missing.
    """
    with open_browser() as browser:
        tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector(READY, timeout=60_000)
        tab.evaluate("voxelpose.rest()")
        with atomic_path(picture) as temporary:
            tab.screenshot(path=str(temporary), type="png")
