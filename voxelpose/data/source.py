"""Where examples come from: the one contract that pools, stores, poses, photographs and examples in memory keep."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import Labels
from voxelpose.geometry import Camera
from voxelpose.skeleton import Skeleton


class ExampleSource(ABC):
    """Examples by number, all of one skeleton and one picture size, and their labels without a look at the pictures.

    name: for messages, logs and reports. What a source lacks it says beforehand: `pictures` is False where examples are
    poses alone, whose pictures have no channels; `people` where nobody is in any picture; `depth` where no joint has a
    depth and no picture a camera. True means that there may be some. first: a source that is still being made says how
    many examples its first pass takes; None where all are there.
    """

    name: str
    skeleton: Skeleton
    pictures: bool = True
    people: bool = True
    depth: bool = True
    first: int | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Example:
        """Example `index`, the same at every call; raises InputError where it is damaged."""

    @abstractmethod
    def labels(self, rows: np.ndarray | None = None) -> Labels:
        """The labels of the given rows (indices or a mask), of all by default; InputError where they are damaged."""

    @property
    def ready(self) -> int:
        """Of how many, from the first on, the labels come without waiting and without much work."""
        return len(self)

    def __iter__(self) -> Iterator[Example]:
        return (self[index] for index in range(len(self)))

    def select(self, rows: np.ndarray) -> "ExampleSource":
        """The examples of the given rows (indices or a mask)."""
        return Selection(self, rows)

    def original_camera(self, index: int) -> Camera | None:
        """The camera of the picture that this one was cut from, with its lens; by default this picture's own."""
        return self.labels(np.array([index])).camera(0)


class WrappedSource(ExampleSource):
    """Another source as it is; for those that change one thing about it."""

    def __init__(self, source: ExampleSource):
        self.source = source
        self.name, self.skeleton = source.name, source.skeleton
        self.pictures, self.people, self.depth, self.first = source.pictures, source.people, source.depth, source.first

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Example:
        return self.source[index]

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        return self.source.labels(rows)

    @property
    def ready(self) -> int:
        return self.source.ready

    def original_camera(self, index: int) -> Camera | None:
        return self.source.original_camera(index)


class Selection(WrappedSource):
    """Some rows of another source, in their order."""

    def __init__(self, source: ExampleSource, rows: np.ndarray):
        super().__init__(source)
        self.first = None
        self._rows = np.arange(len(source))[rows]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        return self.source[int(self._rows[index])]

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        return self.source.labels(self._rows if rows is None else self._rows[rows])

    @property
    def ready(self) -> int:
        late = np.flatnonzero(self._rows >= self.source.ready)
        return int(late[0]) if len(late) else len(self)

    def original_camera(self, index: int) -> Camera | None:
        return self.source.original_camera(int(self._rows[index]))


class ExampleSet(ExampleSource):
    """Examples whose pictures (N, S, S, 3) uint8 RGB lie in memory; ValueError for arrays that do not fit together."""

    def __init__(self, name: str, images: np.ndarray, labels: Labels):
        if images.shape[:3] != (len(labels), labels.size, labels.size):
            expected = (len(labels), labels.size, labels.size, 3)
            raise ValueError(f"Expected images of shape {expected} in example set '{name}'. Received: {images.shape}")
        self.name, self.skeleton, self.images = name, labels.skeleton, images
        self._labels = labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Example:
        return self._labels.example(index, self.images[index], self.name)

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        return self._labels if rows is None else self._labels.select(rows)

    def select(self, rows: np.ndarray) -> "ExampleSet":
        return ExampleSet(self.name, self.images[rows], self._labels.select(rows))

    def in_skeleton(self, skeleton: Skeleton) -> "ExampleSet":
        """The same people in another skeleton's joints."""
        return ExampleSet(self.name, self.images, self._labels.in_skeleton(skeleton))
