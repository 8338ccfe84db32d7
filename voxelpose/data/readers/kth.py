"""KTH Multiview Football II (Kazemi et al., BMVC 2013): positions2d.txt, positions3d.txt and cameras.txt of a sequence.

One number a line, the first index fastest: 2 x 14 x cameras x frames pixels, 3 x 14 x frames metres, and 2 x 4 x
cameras x frames affine cameras. An affine camera has no depth; here it is a pinhole camera a kilometre away, which
differs from it by less than 0.2 % of the person's size. Depth of the root is therefore that kilometre and no finding.

Checked against files made after the readme.txt that the authors ship.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.readers.dataset import Dataset, picture_at, require_part
from voxelpose.data.record import About, Record
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.geometry.rotations import nearest_rotation
from voxelpose.safe_files.limits import require_file
from voxelpose.skeleton import LSP14

_JOINTS = 14
_FAR_MM = 1_000_000.0


def read(source: Path, part: str, width: int = 480, height: int = 640) -> Dataset:
    """part: all. width, height: size of the pictures, which are upright and follow the player.

    Every folder below `source` with the three files is read.
    """
    require_part(part, "all")
    folders = sorted(path.parent.relative_to(source) for path in source.rglob("positions3d.txt"))
    if not folders:
        raise InputError(
            f"Expected folders with positions2d.txt, positions3d.txt, cameras.txt in {source}. None found."
        )
    files = [f / f"{name}.txt" for f in folders for name in ("positions2d", "positions3d", "cameras")]

    def records() -> Iterator[Record]:
        for folder in folders:
            yield from _sequence(source, folder, (width, height))

    return Dataset(LSP14, tuple(files), records)


def _sequence(source: Path, folder: Path, size: tuple[int, int]) -> Iterator[Record]:
    space = _numbers(source / folder / "positions3d.txt", (-1, _JOINTS, 3))
    plane = _numbers(source / folder / "positions2d.txt", (len(space), -1, _JOINTS, 2))
    # The file runs over rows first, so its last axis here is the row of the 2 x 4 matrix.
    matrices = _numbers(source / folder / "cameras.txt", (len(space), plane.shape[1], 4, 2)).swapaxes(-1, -2)
    for frame, joints in enumerate(space):
        for number in range(plane.shape[1]):
            name = f"{folder.as_posix()}/Camera {number + 1}/{frame + 1:05d}.png"
            camera, before = distant_pinhole(matrices[frame, number], joints * 1000, size)
            about = About(str(folder.parent), "", folder.as_posix(), f"Camera {number + 1}", frame + 1)
            yield Record(
                picture_at(source, name), LSP14, f"{name} (frame {frame})", plane[frame, number], before, None, camera,
                about=about,
            )  # fmt: skip


def distant_pinhole(matrix: np.ndarray, world: np.ndarray, size: tuple[int, int]) -> tuple[Camera, np.ndarray]:
    """The pinhole camera that stands for an affine one, and points (J, 3) in mm before it.

    matrix: (2, 4) from metres to pixels; world: (J, 3) mm. The principal point lies on the points' middle.
    """
    rows = matrix[:, :3] / 1000
    axes = nearest_rotation(np.vstack([rows, np.cross(*rows)]))
    middle = world.mean(0)
    centre = rows @ middle + matrix[:, 3]
    fx, fy = (float(np.dot(rows[i], axes[i])) * _FAR_MM for i in (0, 1))
    camera = Camera(fx, fy, float(centre[0]), float(centre[1]), *size)
    return camera, (world - middle) @ axes.T + (0, 0, _FAR_MM)


def _numbers(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    text = require_file(path, "a list of numbers").read_text(errors="replace")
    try:
        return np.array(text.split(), np.float64).reshape(shape)
    except ValueError as error:
        raise InputError(f"Expected numbers of shape {shape} in {path}. Received: {error}") from error
