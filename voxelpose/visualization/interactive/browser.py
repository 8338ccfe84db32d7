"""A headless browser for pictures of pages: Chromium, driven by playwright, rendering WebGL in software if it must."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.extras import optional
from voxelpose.files import atomic_path

FLAGS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
VARIABLE = "VOXELPOSE_CHROMIUM"
# Of a picture of a page in pixels; and what the page says once everything is drawn.
SIZE = (1400, 900)
READY = "body[data-ready]"


def find_chromium() -> str | None:
    """Path of a Chromium: the one that VOXELPOSE_CHROMIUM names, or the first on the search path."""
    return os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser() -> Iterator:
    """A playwright browser in a fresh profile; raises InputError where playwright or Chromium is missing."""
    playwright = optional("playwright.sync_api", "browser", "pictures of pages")
    executable = find_chromium()
    if executable is None:
        raise InputError(f"A picture of a page needs Chromium: install it (apt install chromium) or set {VARIABLE}.")
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=executable, args=list(FLAGS))
        except playwright.Error as error:
            raise InputError(f"Cannot start the browser {executable}: {error.message.splitlines()[0]}") from error
        try:
            yield browser
        finally:
            browser.close()


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
