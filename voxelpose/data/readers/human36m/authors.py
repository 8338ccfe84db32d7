"""Human3.6M as Pavlakos et al. released it: annot/PART.h5, annot/PART_images.txt, and annot/PART.mat if there is one.

The .h5 holds part (N, 17, 2) in pixels from 0, center, scale and zind (N, 17): the depth in 64 bins of 31 mm, root in
bin 33. The .mat holds a struct annot with imgname, S (N, 3, 17) in mm before the camera and K; with it joints are
exact, without it depth is the middle of its bin. The released sample (c2f-vol-demo, h36m-sample) has center and scale
only in its .h5: there pixels are the projection of S. Pixels are those of the real lens, so cameras have the lens that
the data set states for them. The files have the left leg first; here they come out as h36m17.

Checked against files made after the published description.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.data.readers.dataset import Dataset, camera_of, first_file, picture_at, read_names, same_counts
from voxelpose.data.readers.human36m.common import about_file, drops_shifted, is_shifted, lens_of, size_of
from voxelpose.data.record import Record, Skipped
from voxelpose.errors import InputError
from voxelpose.geometry import Camera, VoxelGrid
from voxelpose.safe_files.hdf5 import open_hdf5
from voxelpose.safe_files.matlab import read_mat
from voxelpose.skeleton import C2F17, H36M17

_ORDER = [C2F17.index(name) for name in H36M17.joints]
_BINS = 64
_JOINT_COLUMNS = {"part": (None, 17, 2), "zind": (None, 17)}


def read(source: Path, part: str, images: str = "images", shifted: str = "keep") -> Dataset:
    """images: folder of the pictures in `source`. shifted: keep or drop the three shifted sequences of S9."""
    h5 = first_file(source, f"annot/{part}.h5", f"{part}.h5")
    listed = first_file(source, f"annot/{part}_images.txt", f"{part}_images.txt")
    mat = h5.with_suffix(".mat")
    has_mat = (source / mat).is_file()
    names = read_names(source / listed)
    columns = _columns(source / h5, names, has_mat)
    exact = _exact(source / mat, names) if has_mat else None
    drop = drops_shifted(shifted)

    def records() -> Iterator[Record | Skipped]:
        for row, name in enumerate(names):
            yield _record(source, images, name, {k: v[row] for k, v in columns.items()}, exact, row, drop)

    return Dataset(H36M17, (h5, listed, *([mat] if has_mat else [])), records, len(names))


def _columns(path: Path, names: list[str], has_mat: bool) -> dict[str, np.ndarray]:
    with open_hdf5(path) as file:
        if "part" not in file and not has_mat:
            raise InputError(
                f"Expected joints: part in {path}, or {path.with_suffix('.mat').name} beside it. Neither is."
            )
        columns = {"center": file.array("center", (None, 2)), "scale": file.array("scale").reshape(-1)}
        columns |= {name: file.array(name, shape) for name, shape in _JOINT_COLUMNS.items() if name in file}
    same_counts(path, **{"the list of pictures": len(names)}, **{k: len(v) for k, v in columns.items()})
    return columns


def _exact(path: Path, names: list[str]) -> tuple[np.ndarray, list[Camera]]:
    """Joints (N, 17, 3) in mm, h36m17, and the cameras of annot."""
    annot = read_mat(path, "annot")
    annot = annot.flat[0] if isinstance(annot, np.ndarray) and annot.size else annot
    missing = [name for name in ("imgname", "S", "K") if not hasattr(annot, name)]
    if missing:
        raise InputError(f"Expected imgname, S and K in annot of {path}. Missing: {', '.join(missing)}.")
    listed = [_text(value) for value in np.ravel(annot.imgname)]
    # The sample's .mat names its pictures without the .jpg that its list has (demoH36M.m appends it).
    if [name.removesuffix(".jpg") for name in listed] != [name.removesuffix(".jpg") for name in names]:
        raise InputError(f"Expected the same pictures in {path} and its list, in the same order. They differ.")
    joints, matrices = np.asarray(annot.S, np.float64), _matrices(annot.K)
    same_counts(path, imgname=len(listed), S=len(joints), K=len(matrices))
    if joints.shape[1:] != (3, 17):
        raise InputError(f"Expected S of shape N x 3 x 17 in {path}. Received: {joints.shape}.")
    identities = [about_file(name).camera for name in names]
    cameras = [camera_of(k, size_of(i), lens_of(i)) for k, i in zip(matrices, identities, strict=True)]
    return joints.transpose(0, 2, 1)[:, _ORDER], cameras


def _matrices(values: Any) -> np.ndarray:
    """K as N x 3 x 3, 3 x 3 x N or a list of cells -> (N, 3, 3)."""
    values = np.asarray(values)
    if values.dtype == object:
        return np.stack([np.asarray(value, np.float64) for value in values.ravel()])
    return values if values.shape[1:] == (3, 3) else np.moveaxis(values, -1, 0)


def _text(value: Any) -> str:
    return _text(value.flat[0]) if isinstance(value, np.ndarray) else str(value)


def _record(source, images, name, row, exact, number, drop) -> Record | Skipped:
    where = f"{name} (row {number})"
    about = about_file(name)
    if drop and is_shifted(about.subject, about.sequence):
        return Skipped("shifted sequence of S9", where)
    pixels = row["part"][_ORDER].astype(np.float64) if "part" in row else None
    square = (*(float(v) for v in row["center"]), 200 * float(row["scale"]))
    joints, camera, depth = None, None, None
    if exact is not None:
        joints, camera = exact[0][number], exact[1][number]
    elif "zind" in row:
        fraction = (row["zind"][_ORDER].astype(np.float64) - 0.5) / _BINS
        depth = VoxelGrid.paper().fraction_to_depth(fraction)
        depth = depth - depth[H36M17.root]
    return Record(
        picture_at(source, f"{images}/{name}"), H36M17, where, pixels, joints, depth, camera, None, square, about
    )
