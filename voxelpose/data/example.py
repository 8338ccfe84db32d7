"""What one training example is, whatever its source, and how many of them lie in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from voxelpose.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Example:
    """A square picture with margin around a person, and what is known of the joints.

    image: (S, S, 3) uint8 RGB, or (S, S, 0) where only the pose is known. joints: (J, 3) float32: x, y in pixels of
    `image` (integers at pixel centres), z in mm relative to the root along the ray through the crop's centre. weights:
    (J, 3) float32 in [0, 1] per axis: 0 where not annotated; 2D labels have weight 0 in z; a joint outside the picture
    has weight 0.
    present: whether there is a person at all. source: where it came from, for messages and reports.
    view: (5,) float32 fx, fy, cx, cy of the picture in pixels and the root's depth in mm along the ray through the
    picture's centre, which make `joints` metric; NaN where unknown.
    """

    image: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    present: bool
    source: str
    view: np.ndarray = field(default_factory=lambda: np.full(5, np.nan, np.float32))


@dataclass(frozen=True, eq=False)
class ExampleSet:
    """N examples of one picture size and one skeleton, held as arrays (see `Example` for units and order).

    images: (N, S, S, 3) uint8; joints: (N, J, 3) float32; weights: (N, J, 3) float32; present: (N,) bool;
    views: (N, 5) float32.
    """

    name: str
    skeleton: Skeleton
    images: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    present: np.ndarray
    views: np.ndarray

    def __post_init__(self):
        count, joints = len(self.images), len(self.skeleton)
        expected = {
            "joints": (count, joints, 3),
            "weights": (count, joints, 3),
            "present": (count,),
            "views": (count, 5),
        }
        for name, shape in expected.items():
            received = getattr(self, name).shape
            if received != shape:
                raise ValueError(f"Expected {name} of shape {shape} in example set '{self.name}'. Received: {received}")

    @classmethod
    def of(cls, name: str, skeleton: Skeleton, examples: Sequence[Example]) -> "ExampleSet":
        """Single examples of one picture size, stacked."""
        columns = [np.stack([getattr(e, field) for e in examples]) for field in ("image", "joints", "weights")]
        present = np.array([e.present for e in examples], bool)
        return cls(name, skeleton, *columns, present, np.stack([e.view for e in examples]))

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Example:
        return Example(
            self.images[index],
            self.joints[index],
            self.weights[index],
            bool(self.present[index]),
            self.name,
            self.views[index],
        )

    def select(self, rows: np.ndarray) -> "ExampleSet":
        """The examples of the given rows (indices or a mask)."""
        columns = (self.images, self.joints, self.weights, self.present, self.views)
        return ExampleSet(self.name, self.skeleton, *(column[rows] for column in columns))
