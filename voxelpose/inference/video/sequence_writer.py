"""Poses of a video on disk while it runs, so that memory doesn't grow with its length."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from voxelpose.inference.video.tracking import Seen
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import NOT_SMOOTHED, PoseSequence, array_shapes


class Spool:
    """A context that takes frames one by one, and then gives one PoseSequence per person.

    The sequences' arrays are maps of temporary files: they are valid within the block only.
    """

    def __init__(self, fps: float, source: str | None, smoothing: str = NOT_SMOOTHED):
        self._fps, self._source, self._smoothing = fps, source, smoothing
        self._people: dict[int, _Person] = {}

    def __enter__(self) -> "Spool":
        self._folder = tempfile.TemporaryDirectory(prefix="voxelpose-")
        return self

    def __exit__(self, *_) -> None:
        for person in self._people.values():
            person.file.close()
        self._folder.cleanup()

    def add(self, seen: Seen) -> None:
        """Keep one frame's people."""
        for number, result in seen.people:
            if number not in self._people:
                if not isinstance(result, Pose3D):
                    continue
                path = Path(self._folder.name) / str(number)
                self._people[number] = _Person(result, path.open("w+b"), _row_type(len(result.skeleton)))
            self._people[number].add(seen.frame.time, result)

    def sequences(self) -> Iterator[PoseSequence]:
        """One sequence per person, from the first to the last frame in which they were seen."""
        for number, person in self._people.items():
            yield person.sequence(fps=self._fps, track=number, source=self._source, smoothing=self._smoothing)


class _Person:
    """One track's file of rows; what all frames share; how box, camera and depth came about."""

    def __init__(self, first: Pose3D, file: IO[bytes], row_type: np.dtype):
        self.first, self.file, self._row_type = first, file, row_type
        self._length = self._rows = 0
        self._sources: dict[str, dict[str, None]] = {name: {} for name in _SOURCES}

    def add(self, time: float, result: Any) -> None:
        row = np.zeros((), self._row_type)
        for name in self._row_type.names:
            if name != "outside_crop":
                row[name] = np.nan
        row["times"] = time
        row["presence"] = np.nan if result.presence is None else result.presence
        self._rows += 1
        if isinstance(result, Pose3D):
            self._length = self._rows
            for name in self._row_type.names:
                if name not in ("times", "presence"):
                    value = getattr(result, "box" if name == "boxes" else name)
                    row[name] = np.nan if value is None else value
            for name, texts in self._sources.items():
                texts[getattr(result, name)] = None
        self.file.write(row.tobytes())

    def sequence(self, **facts: Any) -> PoseSequence:
        self.file.flush()
        rows = np.memmap(self.file.name, self._row_type, "r", shape=(self._length,))
        shared = ("skeleton", "camera", "model", "weights_sha256", "image_size")
        return PoseSequence(
            **{name: rows[name] for name in self._row_type.names},
            **{name: getattr(self.first, name) for name in shared},
            **{name: "; ".join(texts) for name, texts in self._sources.items()},
            **facts,
        )


_SOURCES = ("camera_source", "box_source", "root_depth_source")


def _row_type(joints: int) -> np.dtype:
    kinds = {"outside_crop": np.bool_}
    shapes = array_shapes(1, joints)
    return np.dtype([(name, kinds.get(name, np.float64), shape[1:]) for name, shape in shapes.items()])
