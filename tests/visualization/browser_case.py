"""What the browser tests share: tabs that collect complaints, the scene as an array, a folder for screenshots."""

import base64
import os
import time
from pathlib import Path

import cv2
import numpy as np

# The scene's background, where nothing is drawn.
BACKGROUND = np.round(255 * np.array([0.063, 0.071, 0.09]))
HIDDEN = ("skeleton", "ground", "frustum", "photograph", "rays", "truth")


def artefacts() -> Path:
    """Where screenshots are kept: VOXELPOSE_TEST_ARTEFACTS, or a folder that git ignores."""
    folder = Path(os.environ.get("VOXELPOSE_TEST_ARTEFACTS") or Path(__file__).parents[2] / "out" / "test-artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Tab:
    """A page in the browser; `complaints` are what its console, its script and its requests said."""

    def __init__(self, browser, url, width=760, height=600, before=None, **options):
        self.page = browser.new_page(viewport={"width": width, "height": height}, **options)
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._judge(request.url, url))
        if before:
            self.page.add_init_script(before)
        self.page.goto(url)
        self.page.wait_for_selector("body[data-ready]", timeout=60_000)
        self.rest()

    def _judge(self, asked, own):
        if asked != own and not asked.startswith(("data:", "blob:")):
            self.complaints.append(f"request: {asked}")

    def rest(self):
        self.page.evaluate("voxelpose.rest()")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
        self.rest()

    def click(self, selector):
        self.page.click(selector)
        self.rest()

    def slide(self, name, value):
        """Move a slider as a hand does: the value, then the event."""
        self.page.evaluate(
            "([id, value]) => { const s = document.getElementById(id); s.value = value;"
            " s.dispatchEvent(new Event('input', {bubbles: true})); }",
            [name, value],
        )
        self.rest()

    def wait(self, condition, seconds=30):
        """Until a JavaScript expression is true. (The page's own policy forbids playwright's way of waiting.)"""
        end = time.monotonic() + seconds
        while not self.page.evaluate(condition):
            assert time.monotonic() < end, f"{condition} did not come true in {seconds} s"
            time.sleep(0.03)

    def text(self, selector):
        return self.page.inner_text(selector)

    def show_only(self, *joints):
        """The volume of these joints and nothing else in the scene."""
        for selector in ["#joints-none", *(f"[data-joint={joint}]" for joint in joints)]:
            self.page.click(selector)
        self.page.evaluate("(names) => names.forEach((name) => { voxelpose.state.layers[name] = false; })", HIDDEN)
        self.page.evaluate("voxelpose.redraw()")
        self.rest()

    def canvas(self, selector="#scene"):
        """(height, width, 3) uint8 RGB of a canvas."""
        url = self.page.evaluate("(s) => document.querySelector(s).toDataURL('image/png')", selector)
        return cv2.imdecode(np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]

    def light(self):
        """(height, width): how far the scene differs from its background."""
        return np.abs(self.canvas().astype(float) - BACKGROUND).max(axis=-1)

    def keep(self, name):
        self.page.evaluate("scrollTo(0, 0)")
        self.page.screenshot(path=str(artefacts() / f"{name}.png"))

    def close(self):
        self.page.close()


def correlation(a, b):
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])
