import pytest

from voxelpose.errors import InputError
from voxelpose.visualization.interactive.browser import open_browser


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium for the tests that need one; they skip, with the reason, where there is none."""
    opening = open_browser()
    try:
        opened = opening.__enter__()
    except InputError as error:
        pytest.skip(str(error))
    yield opened
    opening.__exit__(None, None, None)
