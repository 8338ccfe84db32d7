"""Human3.6M as h36m-fetch lays it out: SUBJECT/ACTION/annot.h5 beside SUBJECT/ACTION/imageSequence/CAMERA/.

annot.h5 holds pose/2d (N, 32, 2), pose/3d or pose/3d-univ (N, 32, 3) in mm before the camera, camera, frame, and
intrinsics/CAMERA, or intrinsics-univ/CAMERA for pose/3d-univ, as fx, cx, fy, cy. Its intrinsics were fitted without a
lens, so joints reproject within some pixels; pose/3d is fitted again here with the lens that the data set states, which
leaves nothing, and the nearer one of both cameras is taken.

Checked against files made after the program that writes them (anibali/h36m-fetch, process_all.py).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.readers.dataset import Dataset, camera_of, picture_at, same_counts
from voxelpose.data.readers.human36m.common import (
    action_of,
    drops_shifted,
    is_shifted,
    of_32,
    size_of,
    subjects_of,
    with_lens,
)
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.safe_files.hdf5 import Hdf5, open_hdf5
from voxelpose.skeleton import H36M17

# So many poses decide on a camera; one alone could be met by a wrong one.
_ENOUGH = 2


def read(source: Path, part: str, universal: bool = False, shifted: str = "keep") -> Dataset:
    """part: train, test or all. universal: joints scaled to one body, where both are there. shifted: keep or drop."""
    wanted, drop = subjects_of(part), drops_shifted(shifted)
    files = [p.relative_to(source) for subject in wanted for p in sorted((source / subject).glob("*/annot.h5"))]
    if not files:
        raise InputError(f"Expected {wanted[0]}/ACTION/annot.h5 and so on in {source}. There is none.")

    def records() -> Iterator[Record | Skipped]:
        for file in files:
            subject, sequence = file.parts[:2]
            if drop and is_shifted(subject, sequence):
                yield Skipped("shifted sequence of S9", str(file))
            else:
                yield from _sequence(source, file, universal)

    return Dataset(H36M17, tuple(files), records)


def _sequence(source: Path, file: Path, universal: bool) -> Iterator[Record]:
    subject, sequence = file.parts[:2]
    with open_hdf5(source / file) as h5:
        space = "pose/3d-univ" if universal or "pose/3d" not in h5 else "pose/3d"
        pixels = of_32(h5.array("pose/2d", (None, 32, 2))).astype(np.float64)
        joints = of_32(h5.array(space, (None, 32, 3))).astype(np.float64)
        identities, frames = h5.array("camera", (None,)), h5.array("frame", (None,))
        stated = {int(i): _stated(h5, int(i), universal) for i in np.unique(identities)}
    same_counts(source / file, **{"pose/2d": len(pixels), space: len(joints), "frame": len(frames)})
    cameras = {i: _nearest(i, stated[i], pixels[identities == i], joints[identities == i]) for i in stated}
    for row, (identity, frame) in enumerate(zip(identities, frames, strict=True)):
        image = f"{subject}/{sequence}/imageSequence/{identity}/img_{frame:06d}.jpg"
        about = About(subject, action_of(sequence), sequence, str(identity), int(frame))
        yield Record(
            picture_at(source, image), H36M17, f"{image} (row {row} of {file})", pixels[row], joints[row], None,
            cameras[int(identity)], about=about,
        )  # fmt: skip


def _stated(h5: Hdf5, identity: int, universal: bool) -> Camera | None:
    """The camera as the file states it, for the joints that are asked for."""
    names = [f"intrinsics-univ/{identity}"] * universal + [f"intrinsics/{identity}"]
    name = next((name for name in names if name in h5), None)
    if name is None:
        return None
    fx, cx, fy, cy = h5.array(name, (4,))
    return camera_of(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), size_of(str(identity)))


def _nearest(identity: int, stated: Camera | None, pixels: np.ndarray, joints: np.ndarray) -> Camera | None:
    """The stated camera, or one with the known lens where that takes joints (N, 17, 3) nearer to pixels (N, 17, 2)."""
    usable = np.isfinite(pixels).all((1, 2)) & np.isfinite(joints).all((1, 2)) & (joints[..., 2] > 0).all(1)
    pixels, joints = pixels[usable], joints[usable]
    if stated is None or len(pixels) < _ENOUGH:
        return stated
    try:
        fitted = with_lens(str(identity), pixels, joints)
    except InputError:  # no camera has such a focal length: the joints are not those of the pixels
        return stated
    near = [np.median(np.linalg.norm(c.project(joints) - pixels, axis=-1)) for c in (stated, fitted)]
    return fitted if near[1] < near[0] else stated
