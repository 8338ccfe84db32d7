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
from voxelpose.extras import optional
from voxelpose.files import atomic_path, write_text
from voxelpose.inference.batch.rows import Columns

SUFFIXES = (".npz", ".parquet")


def check_results_file(path: str | os.PathLike) -> Path:
    """The path, if a table can be written there; InputError for another kind of file or a missing package."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"Expected a results file that ends in {' or '.join(SUFFIXES)}. Received: {path}.")
    if path.suffix == ".parquet":
        optional("pyarrow", "parquet", "Parquet files")
    return path


class Journal:
    """Parts of a table in the folder NAME.parts beside the results file NAME.

    done: the names of the pictures that the parts hold.
    """

    def __init__(self, results: str | os.PathLike, settings: Mapping[str, Any]):
        """settings: what the rows depend on; parts of other settings are not continued.

        Raises InputError for a results file of another kind, a missing package, or parts that don't fit.
        """
        self.results = check_results_file(results)
        self._folder = self.results.with_name(self.results.name + ".parts")
        self._open(json.dumps(settings, sort_keys=True, indent=1))
        self.done = {name for part in self._parts() for name in part["image"].tolist()}

    def add(self, columns: Columns) -> None:
        """Keep some finished pictures."""
        with atomic_path(self._folder / f"part-{len(self._paths()):06d}.npz") as temporary:
            np.savez(temporary, **columns)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the results file, whole or not at all, and drop the parts.

        facts: what all rows share; it is stored as one JSON text, "facts" (in Parquet the metadata "voxelpose.facts").
        """
        write = _write_npz if self.results.suffix == ".npz" else _write_parquet
        with atomic_path(self.results) as temporary:
            write(temporary, self._parts, json.dumps(facts, allow_nan=False))
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


def _write_npz(path: Path, parts, facts: str) -> None:
    """Column by column and part by part, so that memory holds one part."""
    kinds: dict[str, tuple[np.dtype, tuple[int, ...]]] = {}
    rows = 0
    for part in parts():
        rows += len(part["image"])
        for name, array in part.items():
            known = kinds.get(name, (array.dtype, ()))[0]
            # Texts are as wide as the longest of any part.
            kinds[name] = np.promote_types(known, array.dtype), array.shape[1:]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        with archive.open("facts.npy", "w") as file:
            np.lib.format.write_array(file, np.array(facts), allow_pickle=False)
        for name, (kind, shape) in kinds.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                header = np.lib.format.header_data_from_array_1_0(np.empty((0, *shape), kind))
                np.lib.format.write_array_header_2_0(file, header | {"shape": (rows, *shape), "fortran_order": False})
                for part in parts():
                    file.write(np.ascontiguousarray(part[name], kind).tobytes())


def _write_parquet(path: Path, parts, facts: str) -> None:
    """A row group per part; arrays are lists of fixed length, in C order, whose shapes stand in the metadata."""
    import pyarrow
    import pyarrow.parquet

    writer = None
    try:
        for part in parts():
            shapes = {name: list(array.shape[1:]) for name, array in part.items() if array.ndim > 1}
            table = pyarrow.table({name: _parquet_column(array) for name, array in part.items()})
            table = table.replace_schema_metadata({"voxelpose.facts": facts, "voxelpose.shapes": json.dumps(shapes)})
            writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _parquet_column(array: np.ndarray):
    import pyarrow

    if array.ndim == 1:
        return pyarrow.array(array.tolist() if array.dtype.kind == "U" else array)
    values = pyarrow.array(np.ascontiguousarray(array).ravel())
    return pyarrow.FixedSizeListArray.from_arrays(values, int(np.prod(array.shape[1:])))
