"""Other people's predictions, so that they can be scored the same way: the authors' voxels, and any NPZ of joints."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.metrics.pairs import PredictedJoints
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import CropPlace, NetworkPredictions
from voxelpose.files import atomic_path
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.safe_files.hdf5 import open_hdf5
from voxelpose.safe_files.npz import array_names, read_npz
from voxelpose.skeleton import C2F17, Skeleton, get_skeleton

HDF5_ENDINGS = (".h5", ".hdf5")
# The released crops: the bounding box of the projected joints, its longer side plus 40 pixels, shown with 256.
_PADDING_PX = 40.0
_CROP = 256
_VOXELS = 64
ZERO = "zero"


def read_joints(path: str | Path) -> PredictedJoints:
    """An .npz of joints: `joints` (N, J, 3) in mm in the camera frame or relative to the root, or `joints_2d` (N, J, 2)
    in pixels of the picture, or both; and `skeleton` (the name of one) or `joint_names` (J).

    NaN marks joints that somebody doesn't predict at all. InputError for anything else.
    """
    path = Path(path)
    there = array_names(path)
    if not {"joints", "joints_2d"} & there:
        raise InputError(f"Expected joints or joints_2d in {path}. There is: {', '.join(sorted(there)) or 'nothing'}.")
    skeleton = _skeleton(path, there)
    shapes = {"joints": (None, len(skeleton), 3), "joints_2d": (None, len(skeleton), 2)}
    arrays = read_npz(path, {name: shape for name, shape in shapes.items() if name in there})
    if len({len(array) for array in arrays.values()}) > 1:
        raise InputError(
            f"Expected as many joints as joints_2d in {path}. Received: {[len(a) for a in arrays.values()]}."
        )
    return PredictedJoints(skeleton, *(_numbers(arrays.get(name)) for name in shapes))


def write_joints(path: str | os.PathLike, predicted: PredictedJoints) -> None:
    """Write what `read_joints` reads, whole or not at all."""
    arrays = {"joints": predicted.joints_mm, "joints_2d": predicted.pixels}
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            joint_names=np.array(predicted.skeleton.joints),
            **{name: array for name, array in arrays.items() if array is not None},
        )


def read_voxels(path: str | Path) -> np.ndarray:
    """The authors' predictions: (N, 17, 3) voxels x, y, z counted from 1, left leg first.

    A file of their training (`preds`, (N, 17, 3)) or of their demo (`preds3D`, (1, 17, 3)), or a folder of the latter,
    one per picture, in the order of the numbers in their names. InputError for anything else.
    """
    path = Path(path)
    if not path.is_dir():
        return _voxels(path)
    files = sorted((file for file in path.iterdir() if file.suffix in HDF5_ENDINGS), key=_number)
    if not files:
        raise InputError(f"Expected the authors' predictions (.h5) in {path}. There is none.")
    return np.concatenate([_voxels(file) for file in files])


def place_voxels(voxels: np.ndarray, people: People, root_z: str = ZERO) -> NetworkPredictions:
    """The authors' voxels (N, 17, 3) as predictions of their network: its crops, its grid, the optical axis as depth.

    root_z: "zero" puts the root at depth 0, by definition; "decoded" takes its cell's centre as the released code does
    and so shifts the whole pose. The crops follow from the true joints, which must be known in mm for everybody.
    """
    if len(voxels) != len(people):
        raise InputError(f"Expected one prediction for each of {len(people)} people. Received: {len(voxels)}.")
    grid = VoxelGrid.paper(_VOXELS, _VOXELS)
    fractions = (voxels - 0.5) / _VOXELS
    if root_z == ZERO:
        fractions[:, C2F17.root, 2] = grid.depth_to_fraction(0.0)
    # all that is known of a joint is its cell
    spread = np.broadcast_to(np.eye(3) / (12 * _VOXELS**2), (len(C2F17), 3, 3))
    inside, sure = np.zeros(len(C2F17), bool), np.ones(len(C2F17))
    by_person = [Prediction(pose, spread, sure, inside, grid) for pose in fractions]
    return NetworkPredictions(C2F17, by_person, [_authors_place(people, index) for index in range(len(people))])


def _authors_place(people: People, index: int) -> CropPlace:
    camera, joints = people.original_camera(index), people.joints_mm[index]
    if camera is None or not np.isfinite(joints).all():
        raise InputError(
            f"The authors' crops follow from camera and true joints. Expected both for everybody in {people.name}. "
            f"Received: person {index} without."
        )
    pixels = camera.project(joints)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return CropPlace(camera, Crop.around((low + high) / 2, float((high - low).max()) + _PADDING_PX, _CROP))


def _voxels(path: Path) -> np.ndarray:
    with open_hdf5(path) as file:
        name = next((name for name in ("preds3D", "preds") if name in file), "preds")
        voxels = file.array(name, (None, len(C2F17), 3)).astype(np.float64)
    if not np.isfinite(voxels).all():
        raise InputError(f"Expected finite numbers in {name} of {path}. Received: NaN or infinite ones.")
    if voxels.min(initial=1) < 0.5 or voxels.max(initial=1) > _VOXELS + 0.5:
        raise InputError(
            f"Expected voxels from 1 to {_VOXELS} in {name} of {path}. "
            f"Received: {voxels.min():g} to {voxels.max():g}; are these mm or pixels?"
        )
    return voxels


def _number(file: Path) -> tuple[int, str]:
    digits = re.findall(r"\d+", file.stem)
    return (int(digits[-1]) if digits else -1, file.name)


def _skeleton(path: Path, there: Iterable[str]) -> Skeleton:
    if "joint_names" in there:
        names = tuple(str(name) for name in read_npz(path, {"joint_names": (None,)})["joint_names"])
        if len(set(names)) != len(names) or not names:
            raise InputError(f"Expected distinct joint_names in {path}. Received: {', '.join(names)}.")
        return Skeleton(path.stem, names, (0,) * len(names))
    if "skeleton" in there:
        return get_skeleton(str(read_npz(path, {"skeleton": ()})["skeleton"]))
    raise InputError(f"Expected joint_names or the name of a skeleton in {path}. There is neither.")


def _numbers(array: np.ndarray | None) -> np.ndarray | None:
    return None if array is None else array.astype(np.float64)
