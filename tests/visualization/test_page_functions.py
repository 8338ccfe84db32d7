"""The page's pure functions, tested by node's own runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "page"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run the page's own tests")
def test_the_pages_own_tests_pass():
    files = sorted(map(str, FOLDER.glob("*.test.mjs")))
    ran = subprocess.run(["node", "--test", *files], capture_output=True, text=True, timeout=60)
    assert files and ran.returncode == 0, ran.stdout + ran.stderr
