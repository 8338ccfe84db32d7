"""A small data set in memory whose pictures tell their number, and the pieces to make stores of it."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.data.pictures import PictureError
from voxelpose.data.readers.dataset import Dataset
from voxelpose.data.record import About, Record, Skipped
from voxelpose.data.store.preparation import Settings, origin_of
from voxelpose.geometry import Camera
from voxelpose.skeleton import H36M17

CAMERA = Camera(300.0, 310.0, 99.5, 89.5, 200, 180, (-0.2, 0.1, 0.001, -0.001, 0.0))
# A standing person in mm; up is -y, the person's left is at +x when facing the camera.
BODY = np.array([
    (0, 0, 0), (-130, 0, 0), (-140, 440, -60), (-150, 880, 40), (130, 0, 0), (140, 440, -80), (150, 880, 30),
    (0, -240, 0), (0, -490, 20), (0, -590, -30), (0, -700, 0), (160, -450, 0), (190, -180, 30), (200, 60, -60),
    (-160, -450, 0), (-190, -180, 30), (-200, 60, -60),
], np.float64)  # fmt: skip


@dataclass(frozen=True)
class GreyPicture:
    """200 x 180 pixels of one grey; number 5 is broken where it is asked to be, and reading may take a while."""

    number: int
    broken: tuple[int, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return f"grey {self.number}"

    def read(self) -> np.ndarray:
        time.sleep(self.seconds)
        if self.number in self.broken:
            raise PictureError("picture unreadable", self.name)
        return np.full((180, 200, 3), self.number % 256, np.uint8)


def person(number: int, **picture) -> Record:
    rng = np.random.default_rng(number)
    turn = rng.uniform(-1, 1)
    around = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    joints = BODY @ around.T + (rng.uniform(-300, 300), -100, rng.uniform(4000, 5000))
    about = About(f"S{number % 3}", ("Eating", "Walking")[number % 2], f"walk {number // 4}", "left", number, 20.0)
    return Record(
        GreyPicture(number, **picture),
        H36M17,
        f"person {number}",
        CAMERA.project(joints),
        joints,
        None,
        CAMERA,
        about=about,
    )


def reading(count: int, skip: tuple[int, ...] = (), **picture) -> Dataset:
    """count people; those in `skip` have no camera."""

    def records() -> Iterator[Record | Skipped]:
        for number in range(count):
            yield Skipped("missing camera", f"person {number}") if number in skip else person(number, **picture)

    return Dataset(H36M17, (), records, count)


def settings(**changes) -> Settings:
    return Settings(**{"picture": 64, "margin": 1.5, "shard": 4, **changes})


def origin(source: Dataset, how: Settings, dataset: str = "fake"):
    return origin_of(dataset, Path("."), "all", {}, source, how)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}
