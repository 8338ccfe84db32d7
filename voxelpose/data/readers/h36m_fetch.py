"""Human3.6M as h36m-fetch lays it out: SUBJECT/ACTION/annot.h5 beside SUBJECT/ACTION/imageSequence/CAMERA/.

annot.h5 holds pose/2d (N, 32, 2), pose/3d or pose/3d-univ (N, 32, 3) in mm before the camera, camera, frame, and
intrinsics/CAMERA as fx, cx, fy, cy. Its intrinsics were fitted without a lens, so joints reproject within some pixels.

Checked against files made after the program that writes them (anibali/h36m-fetch, process_all.py).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.files.hdf5 import Hdf5, open_hdf5
from voxelpose.data.readers.h36m import action_of, drops_shifted, is_shifted, of_32, size_of, subjects_of
from voxelpose.data.readers.reading import Reading, camera_of, picture_at, same_counts
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.skeleton import H36M17


def read(source: Path, part: str, universal: bool = False, shifted: str = "keep") -> Reading:
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

    return Reading(H36M17, tuple(files), records)


def _sequence(source: Path, file: Path, universal: bool) -> Iterator[Record]:
    subject, sequence = file.parts[:2]
    with open_hdf5(source / file) as h5:
        space = "pose/3d-univ" if universal or "pose/3d" not in h5 else "pose/3d"
        pixels, joints = h5.array("pose/2d", (None, 32, 2)), h5.array(space, (None, 32, 3))
        identities, frames = h5.array("camera", (None,)), h5.array("frame", (None,))
        cameras = {int(i): _camera(h5, int(i)) for i in np.unique(identities)}
    same_counts(source / file, **{"pose/2d": len(pixels), space: len(joints), "frame": len(frames)})
    for row, (identity, frame) in enumerate(zip(identities, frames, strict=True)):
        image = f"{subject}/{sequence}/imageSequence/{identity}/img_{frame:06d}.jpg"
        about = About(subject, action_of(sequence), sequence, str(identity), int(frame))
        yield Record(
            picture_at(source, image), H36M17, f"{image} (row {row} of {file})", of_32(pixels[row]).astype(np.float64),
            of_32(joints[row]).astype(np.float64), None, cameras[int(identity)], about=about,
        )  # fmt: skip


def _camera(h5: Hdf5, identity: int) -> Camera | None:
    name = f"intrinsics/{identity}"
    if name not in h5:
        return None
    fx, cx, fy, cy = h5.array(name, (4,))
    return camera_of(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), size_of(str(identity)))
