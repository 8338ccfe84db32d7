"""The finished part of a batch on disk, so that it starts again where it stopped; at the end it becomes one file."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path, write_text
from voxelpose.results.table import Columns, check_table_file, write_table


def check_new_table(results: str | os.PathLike) -> Path:
    """The path, if a table can be begun or gone on with there; InputError for one that is finished.

    Its rows may be the work of days and of other pictures; nothing tells them from those to come.
    """
    path = check_table_file(results)
    if path.exists() and not _parts_folder(path).exists():
        raise InputError(
            f"Expected a results file that is not there yet, or one that was stopped. Received: {path}, which is "
            "finished and would be replaced. Name another, or move it away."
        )
    return path


def _parts_folder(results: Path) -> Path:
    return results.with_name(results.name + ".parts")


class Journal:
    """Parts of a table in the folder NAME.parts beside the results file NAME.

    done: the names of the pictures that the parts hold.
    """

    def __init__(self, results: str | os.PathLike, settings: Mapping[str, Any]):
        """settings: what the rows depend on; parts of other settings are not continued.

        Raises InputError for a results file that is finished or of another kind, a missing package, or parts that don't
        fit.
        """
        self.results = check_new_table(results)
        self._folder = _parts_folder(self.results)
        self._open(json.dumps(settings, sort_keys=True, indent=1))
        self.done = {name for part in self._parts() for name in part["image"].tolist()}

    def add(self, columns: Columns) -> None:
        """Keep some finished pictures."""
        with atomic_path(self._folder / f"part-{len(self._paths()):06d}.npz") as temporary:
            np.savez(temporary, **columns)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the results file with what all rows share, whole or not at all, and drop the parts."""
        write_table(self.results, self._parts, facts)
        shutil.rmtree(self._folder)

    def _open(self, settings: str) -> None:
        path = self._folder / "settings.json"
        if not path.exists():
            write_text(path, settings)
        elif path.read_text(encoding="utf-8") != settings:
            raise InputError(
                f"Expected the settings with which {self._folder} was begun. Received: others. "
                "Repeat them, name another results file, or delete that folder."
            )

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("part-*.npz"))

    def _parts(self) -> Iterator[Columns]:
        for path in self._paths():
            try:
                with np.load(path, allow_pickle=False) as content:
                    yield dict(content)
            except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
                raise InputError(f"The unfinished results in {path} are damaged: {error}. Delete that file.") from error
