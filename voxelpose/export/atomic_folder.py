"""Files that come in pairs or folders, moved to their place only when all of them are there and sound."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder inside `folder`; what it holds at the end moves up, what it holds after a failure goes.

    Files and folders of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        yield stage
        for entry in sorted(stage.iterdir()):
            _replace(entry, folder / entry.name, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _replace(source: Path, target: Path, stage: Path) -> None:
    if target.is_dir() and source.is_dir():
        # A folder can't replace one that isn't empty: the old one goes aside first, and with the stage.
        os.replace(target, stage / f".old-{target.name}")
    os.replace(source, target)
