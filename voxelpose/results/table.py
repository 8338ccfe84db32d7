"""The table that many pictures become: one row per person, or per picture without one, as arrays by column."""

import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic.fields import FieldInfo

from voxelpose.errors import InputError
from voxelpose.extras import optional
from voxelpose.files import atomic_path
from voxelpose.results.nobody import Nobody
from voxelpose.results.parts import WORDS, Provenance
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton

SCHEMA, SCHEMA_VERSION = "voxelpose.batch", 1
SUFFIXES = (".npz", ".parquet")
POSE, NOBODY, FAILED = "pose", "nobody", "failed"
Columns = dict[str, np.ndarray]
# What all rows share, and what a row has of its own besides the fields of a pose.
_SHARED = ("skeleton", "model", "weights_sha256", "runtime")
_OWN_TEXTS = ("image", "status", "failure")


@dataclass(frozen=True, eq=False)
class PictureResult:
    """What came of one picture. people: one result per box; failure: the sentence that says why there is none."""

    image: str
    people: tuple[Pose3D | Nobody, ...] = ()
    failure: str = ""


def columns_of(results: Sequence[PictureResult], joints: int) -> Columns:
    """Rows of the results in their order.

    image: the picture's path; person: from 1, 0 in a row without a pose; status: "pose", "nobody" or "failed"; failure:
    the sentence. The others are Pose3D's fields, NaN (False, 0, "") in rows without a pose; camera: fx, fy, cx, cy and
    k1, k2, p1, p2, k3.
    """
    rows = [row for result in results for row in _rows(result)]
    kinds = {name: _column(name, field, joints) for name, field in Pose3D.leaf_fields().items() if name not in _SHARED}
    columns = {name: np.full((len(rows), *shape), fill, kind) for name, (shape, kind, fill) in kinds.items() if kind}
    columns["person"] = np.zeros(len(rows), np.int32)
    texts = {name: [""] * len(rows) for name, (_, kind, _) in kinds.items() if not kind}
    texts |= {name: [""] * len(rows) for name in _OWN_TEXTS}
    for n, (image, person, status, failure, result) in enumerate(rows):
        for name, value in {} if result is None else result.leaves().items():
            if value is not None and name in columns:
                columns[name][n] = _camera_row(value) if name == "camera" else value
            elif value is not None and name in texts:
                texts[name][n] = value
        columns["person"][n] = person
        texts["image"][n], texts["status"][n], texts["failure"][n] = image, status, failure
    return columns | {name: np.array(values, np.str_) for name, values in texts.items()}


def table_facts(skeleton: Skeleton, provenance: Provenance, min_presence: float) -> dict[str, Any]:
    """What all rows share, and the words that explain the columns."""
    model, weights_sha256, runtime = provenance.network()
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        **WORDS,
        "camera_format": "fx, fy, cx, cy in pixels, then OpenCV's k1, k2, p1, p2, k3",
        "status": f"{POSE}, {NOBODY} or {FAILED}; without a pose the numbers are NaN",
        "skeleton": skeleton.name,
        "joint_names": list(skeleton.joints),
        "parents": list(skeleton.parents),
        "model": model,
        "weights_sha256": weights_sha256,
        "runtime": runtime,
        "min_presence": min_presence,
    }


def check_table_file(path: str | os.PathLike) -> Path:
    """The path, if a table can be written there; InputError for another kind of file or a missing package."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"Expected a results file that ends in {' or '.join(SUFFIXES)}. Received: {path}.")
    if path.suffix == ".parquet":
        optional("pyarrow", "parquet", "Parquet files")
    return path


def write_table(path: Path, parts: Callable[[], Iterator[Columns]], facts: Mapping[str, Any]) -> None:
    """Write the rows of all parts to a .npz or .parquet file, whole or not at all; memory holds one part at a time.

    facts: stored as one JSON text, "facts" (in Parquet the metadata "voxelpose.facts").
    """
    write = _write_npz if path.suffix == ".npz" else _write_parquet
    with atomic_path(path) as temporary:
        write(temporary, parts, json.dumps(facts, allow_nan=False))


def _column(name: str, field: FieldInfo, joints: int) -> tuple[tuple[int, ...], type | None, Any]:
    """Shape of an entry, type and what stands for nothing; the type is None for texts."""
    array = Pose3D.array_leaves().get(name)
    if array is not None:
        kind, fill = (np.bool_, False) if array.dtype is np.bool_ else (np.float32, np.nan)
        return array.of(joints), kind, fill
    if name in _TUPLES:
        return _TUPLES[name]
    kinds = [getattr(kind, "__origin__", kind) for kind in (field.annotation, *get_args(field.annotation))]
    return ((), None, "") if str in kinds else ((), np.float32, np.nan)


_TUPLES = {"box": ((4,), np.float32, np.nan), "camera": ((9,), np.float32, np.nan), "image_size": ((2,), np.int32, 0)}


def _camera_row(camera) -> tuple[float, ...]:
    return (camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion)


def _rows(result: PictureResult) -> list[tuple]:
    """(image, person, status, failure, result or None)"""
    if result.failure:
        return [(result.image, 0, FAILED, result.failure, None)]
    poses = [person for person in result.people if isinstance(person, Pose3D)]
    if poses:
        return [(result.image, number, POSE, "", pose) for number, pose in enumerate(poses, start=1)]
    return [(result.image, 0, NOBODY, "", next(iter(result.people), None))]


def _write_npz(path: Path, parts: Callable[[], Iterator[Columns]], facts: str) -> None:
    """Column by column and part by part."""
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


def _write_parquet(path: Path, parts: Callable[[], Iterator[Columns]], facts: str) -> None:
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
