"""The people that an evaluation is about: pictures, the truth, and whose pose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSource
from voxelpose.geometry import Camera
from voxelpose.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Tags:
    """Whose pose it is and when, one entry per person; text is empty and a frame is -1 where that is not known.

    sequence: poses of one sequence depend on each other, so that intervals are made by drawing whole sequences.
    """

    subject: np.ndarray
    action: np.ndarray
    sequence: np.ndarray
    camera: np.ndarray
    frame: np.ndarray

    @classmethod
    def unknown(cls, count: int) -> "Tags":
        """Nothing is known: everybody is a sequence of their own."""
        empty = np.full(count, "", dtype=np.str_)
        return cls(empty, empty, np.arange(count).astype(np.str_), empty, np.full(count, -1))

    def select(self, rows: np.ndarray) -> "Tags":
        return Tags(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class People:
    """N people to evaluate on. All of them are there: pictures without anybody are left out and counted.

    dataset, part: the names by which protocols know the data. labels: those of `examples`. known: (N, J) joints whose
    place in the picture is annotated; joints_mm: (N, J, 3) in the frame of the picture's camera, NaN where unknown, as
    all metrics take it. head_px: (N,) head size in pixels of the picture, NaN where unknown. sha256: of the labels, so
    that two reports can tell whether they are about the same. skipped: how many records were left out, by reason.
    """

    dataset: str
    examples: ExampleSource
    labels: Labels
    joints_mm: np.ndarray
    known: np.ndarray
    head_px: np.ndarray
    tags: Tags
    sha256: str
    part: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def name(self) -> str:
        return self.examples.name

    @property
    def skeleton(self) -> Skeleton:
        return self.labels.skeleton

    @property
    def size(self) -> int:
        """Side of every picture in pixels."""
        return self.labels.size

    @property
    def pixels(self) -> np.ndarray:
        """(N, J, 2) in the picture, NaN where not annotated."""
        return np.where(self.known[..., None], self.labels.joints[..., :2].astype(np.float64), np.nan)

    @property
    def metric(self) -> bool:
        """Whether anybody's joints are known in mm."""
        return bool(np.isfinite(self.joints_mm).any())

    def camera(self, index: int) -> Camera | None:
        """The camera of a person's picture; None where it isn't known."""
        return self.labels.camera(index)

    def original_camera(self, index: int) -> Camera | None:
        """The camera of the picture that a store's one was cut from, with its lens; else the picture's own."""
        return self.examples.original_camera(index)

    def select(self, rows: np.ndarray) -> "People":
        """The people of the given rows (indices)."""
        if np.array_equal(rows, np.arange(len(self))):
            return self  # pictures in memory need not be copied
        return replace(
            self,
            examples=self.examples.select(rows),
            labels=self.labels.select(rows),
            joints_mm=self.joints_mm[rows],
            known=self.known[rows],
            head_px=self.head_px[rows],
            tags=self.tags.select(rows),
        )
