"""Human3.6M as data_3d_h36m.npz, which VideoPose3D made popular, beside a cameras.pkl and pictures or videos.

positions_3d: subject -> sequence -> (frames, 32, 3) in metres in the world's frame, 50 frames a second. cameras.pkl:
(subject, camera) -> R, T, f, c, k, p, as mmpose distributes it. Frames count from 1, as in the authors' files.

The cameras were checked against real ones (mmpose's sample); the archive against one made after its description.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.readers.dataset import Dataset, first_file, picture_at, steps
from voxelpose.data.readers.human36m.camera_pickle import PlacedCamera, read_cameras
from voxelpose.data.readers.human36m.common import action_of, drops_shifted, is_shifted, of_32, subjects_of
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.safe_files.npz import read_npz_object
from voxelpose.skeleton import H36M17

_PICTURES = "images/{subject}_{sequence}.{camera}_{frame:06d}.jpg"


def read(source: Path, part: str, step: int = 5, pictures: str = _PICTURES, shifted: str = "keep") -> Dataset:
    """part: train, test or all. step: every so many frames of 50 a second. shifted: keep or drop.

    pictures: where they are, with {subject}, {sequence} (spaces as _), {camera} and {frame}; a name that ends like a
    video is one, and its frame is taken.
    """
    archive, pickled = first_file(source, "data_3d_h36m.npz"), first_file(source, "cameras.pkl")
    positions = read_npz_object(source / archive, "positions_3d")
    cameras = read_cameras(source / pickled)
    wanted, drop = subjects_of(part), drops_shifted(shifted)
    if not isinstance(positions, dict) or not set(wanted) & set(positions):
        raise InputError(f"Expected subjects {', '.join(wanted)} in {source / archive}. There is none of them.")

    def records() -> Iterator[Record | Skipped]:
        for subject in (name for name in wanted if name in positions):
            for sequence, joints in sorted(positions[subject].items()):
                if drop and is_shifted(subject, sequence):
                    yield Skipped("shifted sequence of S9", f"{subject} {sequence}")
                    continue
                yield from _sequence(source, subject, sequence, _checked(joints, subject, sequence), cameras)

    def _sequence(source: Path, subject: str, sequence: str, joints: np.ndarray, cameras) -> Iterator[Record | Skipped]:
        seen = {key[1]: camera for key, camera in cameras.items() if isinstance(key, tuple) and key[0] == subject}
        if not seen:
            yield Skipped("missing camera", f"{subject} {sequence}: no camera of {subject} in cameras.pkl")
        for identity, camera in sorted(seen.items()):
            for index in steps(len(joints), step):
                yield _record(source, pictures, About(subject, action_of(sequence), sequence, identity, index + 1),
                              joints[index], camera)  # fmt: skip

    return Dataset(H36M17, (archive, pickled), records)


def _checked(joints: np.ndarray, subject: str, sequence: str) -> np.ndarray:
    if not isinstance(joints, np.ndarray) or joints.ndim != 3 or joints.shape[1:] != (32, 3):
        raise InputError(f"Expected frames x 32 x 3 for {subject} {sequence}. Received: {np.shape(joints)}.")
    return joints


def _record(source: Path, pictures: str, about: About, world: np.ndarray, camera: PlacedCamera) -> Record | Skipped:
    name = pictures.format(
        subject=about.subject, sequence=about.sequence.replace(" ", "_"), camera=about.camera, frame=about.frame
    )
    where = f"{name} ({about.subject} {about.sequence} frame {about.frame})"
    if camera.rotation is None:
        return Skipped("missing camera", where)
    joints = camera.to_camera(of_32(world).astype(np.float64) * 1000)
    return Record(
        picture_at(source, name, about.frame - 1), H36M17, where, None, joints, None, camera.camera, about=about
    )
