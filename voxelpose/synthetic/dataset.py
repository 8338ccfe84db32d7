"""Drawn people as a data set, for stores: person i is a function of seed, settings and i."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voxelpose.data.labels import Labels
from voxelpose.data.readers.dataset import Dataset, require_part
from voxelpose.data.record import About
from voxelpose.data.store.square_example import SquareExample
from voxelpose.errors import InputError
from voxelpose.synthetic.people import DRAWING_VERSION, draw_person
from voxelpose.synthetic.scene_sampling import SKELETON
from voxelpose.synthetic.settings import SyntheticSettings


@dataclass(frozen=True)
class DrawnPerson:
    """A person who is drawn when it is their turn."""

    seed: int
    index: int
    settings: SyntheticSettings

    def square_example(self, size: int, margin: float) -> SquareExample:
        """Draw the person with `size` pixels a side; how much is around them varies by itself, whatever the margin."""
        example = draw_person(self.seed, self.index, replace(self.settings, picture=size))
        example = replace(example, source=f"drawn {self.seed}/{self.index}")
        about = About("", "", f"seed {self.seed}", "", self.index)
        nothing = np.full(3, np.nan)
        if not example.present:
            unknown = np.full_like(example.joints, np.nan)
            original = np.array([size, size, *[np.nan] * 9])
            return SquareExample(example, unknown, about, np.eye(2, 3), original, nothing)
        camera = example.camera
        original = np.array([size, size, camera.fx, camera.fy, camera.cx, camera.cy, 0, 0, 0, 0, 0])
        mm = Labels.of(SKELETON, size, [example]).in_camera().mm[0].astype(np.float32)
        return SquareExample(example, mm, about, np.eye(2, 3), original, nothing)


def read(
    source: Path, part: str, count: int = 10_000, seed: int = 0, backgrounds: str = "", garments: str = ""
) -> Dataset:
    """part: all. count, seed: so many people of a seed. backgrounds, garments: folders in `source`, or none.

    Without them backgrounds and clothes are drawn too, and any existing folder will do as `source`.
    """
    require_part(part, "all")
    if count < 1 or seed < 0:
        raise InputError(f"Expected at least one person and a seed of 0 or more. Received: {count}, {seed}.")
    folders = {"backgrounds": backgrounds, "garments": garments}
    for name, folder in folders.items():
        if folder and not (source / folder).is_dir():
            raise InputError(f"Expected a folder of {name} at {source / folder}. There is none.")
    settings = SyntheticSettings(**{name: str(source / folder) for name, folder in folders.items() if folder})

    def people() -> Iterator[DrawnPerson]:
        return (DrawnPerson(seed, index, settings) for index in range(count))

    # What is drawn depends on every photograph and garment, so all of them are part of a store's origin.
    given = [source / folder for folder in folders.values() if folder]
    files = sorted(path.relative_to(source) for folder in given for path in folder.rglob("*") if path.is_file())
    return Dataset(SKELETON, tuple(files), people, count, {"drawing": DRAWING_VERSION})
