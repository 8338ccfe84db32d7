"""The volumes behind a result, in a file beside it: NAME.volumes.npz for NAME.pose.json."""

import hashlib
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.reading.json_text import parse_json
from voxelpose.reading.npz import open_npz
from voxelpose.results.pose import Pose3D

SCHEMA = "voxelpose.volumes"
SCHEMA_VERSION = 1
POSE_ENDING = ".pose.json"
VOLUMES_ENDING = ".volumes.npz"
HOW_TO_STORE = "`voxelpose infer IMAGE --volumes` stores them beside the pose"
# A header that asks for more than this is damaged or hostile: seventeen joints of 64^3 take 18 MB a stage.
MAX_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class StoredVolumes:
    """Likelihoods of all stages, coarse to fine, (H, W, J, D_s) float32, and where their cells are.

    crop: image <-> crop, with the direction of depth; grid: the finest stage's; crop_image: (S, S, 3) uint8 RGB.
    """

    volumes: tuple[np.ndarray, ...]
    crop: Crop
    grid: VoxelGrid
    crop_image: np.ndarray


def volumes_path(pose_path: str | os.PathLike) -> Path:
    """Where the volumes of a pose file are, whether or not there are any."""
    path = Path(pose_path)
    return path.with_name(path.name.removesuffix(".json").removesuffix(".pose") + VOLUMES_ENDING)


def save_volumes(path: str | os.PathLike, pose: Pose3D, stored: StoredVolumes) -> None:
    """Write the volumes behind a pose, compressed, with shapes and checksum, whole or not at all."""
    arrays = {f"stage_{n}": np.asarray(v, np.float32) for n, v in enumerate(stored.volumes, start=1)}
    arrays["crop_image"] = stored.crop_image
    header = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "axes": "height, width, joint, depth",
        "joint_names": list(pose.joint_names),
        "shapes": {name: list(array.shape) for name, array in arrays.items()},
        "sha256": _fingerprint(arrays),
        "pose_sha256": _pose_fingerprint(pose),
        "crop_matrix": stored.crop.matrix.tolist(),
        "crop_size": stored.crop.size,
        "depth_axis": stored.crop.depth_axis.tolist(),
        "near_mm": stored.grid.near_mm,
        "far_mm": stored.grid.far_mm,
    }
    text = np.frombuffer(json.dumps(header).encode("utf-8"), np.uint8)
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, header=text, **arrays)


def load_volumes(path: str | os.PathLike, pose: Pose3D) -> StoredVolumes:
    """Read the volumes that were stored with `pose`.

    Raises InputError if the file is missing (saying how to store them), damaged, of other shapes than it says, or
    stored with another result.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"No volumes are stored with this result: there is no {path}. {HOW_TO_STORE}.")
    with open_npz(path, "volumes of this result", f"Store them again: {HOW_TO_STORE}.") as archive, _named(path):
        header = parse_json(archive["header"].tobytes())
        arrays = _checked_arrays(archive, header, pose)
        crop = Crop(
            np.array(header["crop_matrix"], np.float64).reshape(2, 3),
            int(header["crop_size"]),
            np.array(header["depth_axis"], np.float64).reshape(3),
        )
        crop_image = arrays.pop("crop_image")
        volumes = tuple(arrays.values())
        height, width, _, depth = volumes[-1].shape
        grid = VoxelGrid(width, height, depth, float(header["near_mm"]), float(header["far_mm"]))
    return StoredVolumes(volumes, crop, grid, crop_image)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise InputError(f"{path} cannot be used. {error}") from error


def _checked_arrays(archive, header: dict[str, Any], pose: Pose3D) -> dict[str, np.ndarray]:
    if (header["schema"], header["schema_version"]) != (SCHEMA, SCHEMA_VERSION):
        raise InputError(
            f"Expected the schema {SCHEMA} {SCHEMA_VERSION}. Received: {header['schema']} {header['schema_version']}."
        )
    if header["joint_names"] != list(pose.joint_names):
        raise InputError(f"Expected volumes of the joints {', '.join(pose.joint_names)}. Received: others.")
    shapes = {name: tuple(map(int, shape)) for name, shape in header["shapes"].items()}
    stages = [name for name in shapes if name.startswith("stage_")]
    if not stages or set(shapes) != {*stages, "crop_image"}:
        raise InputError(f"Expected stages and a crop image. Received: {', '.join(shapes)}.")
    joints = len(pose.skeleton)
    for name, shape in shapes.items():
        fits = len(shape) == 4 and shape[2] == joints if name in stages else len(shape) == 3 and shape[2] == 3
        if not fits or min(shape) < 1 or 4 * math.prod(shape) > MAX_BYTES:
            raise InputError(f"Expected a picture and volumes of {joints} joints. Received: {name} of shape {shape}.")
        if archive.zip.getinfo(f"{name}.npy").file_size > 4 * math.prod(shape) + 4096:
            raise InputError(f"Expected {name} of shape {shape}. Received: more than that.")
    arrays = {name: archive[name] for name in shapes}
    for name, array in arrays.items():
        kind = np.float32 if name in stages else np.uint8
        if array.shape != shapes[name] or array.dtype != kind:
            raise InputError(
                f"Expected {name} of shape {shapes[name]}, {np.dtype(kind)}. Received: {array.shape}, {array.dtype}."
            )
    if _fingerprint(arrays) != header["sha256"]:
        raise InputError("Its content doesn't match its checksum: it was changed or damaged.")
    if header["pose_sha256"] != _pose_fingerprint(pose):
        raise InputError(f"It was stored with another result. Store the volumes again: {HOW_TO_STORE}.")
    return arrays


def _fingerprint(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _pose_fingerprint(pose: Pose3D) -> str:
    """Of the pose as version 1 has it: results are told apart by what was seen, and older volumes keep their poses."""
    content = {name: value for name, value in pose.to_dict().items() if name != "runtime"} | {"schema_version": 1}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
