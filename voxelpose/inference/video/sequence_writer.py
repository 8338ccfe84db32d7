"""Poses of a video on disk while it runs, so that memory doesn't grow with its length."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from voxelpose.inference.video.tracking import Seen
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import NOT_SMOOTHED, FrameRows, PoseSequence


class SequenceWriter:
    """A context that takes frames one by one, and then gives one PoseSequence per person.

    The sequences' arrays are maps of temporary files: they are valid within the block only.
    """

    def __init__(self, fps: float, source: str | None, smoothing: str = NOT_SMOOTHED):
        self._facts = {"fps": fps, "source": source, "smoothing": smoothing}
        self._people: dict[int, _Person] = {}

    def __enter__(self) -> "SequenceWriter":
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
                file = (Path(self._folder.name) / str(number)).open("w+b")
                self._people[number] = _Person(FrameRows(result), file)
            self._people[number].add(seen.frame.time, result)

    def sequences(self) -> Iterator[PoseSequence]:
        """One sequence per person, from the first to the last frame in which they were seen."""
        for number, person in self._people.items():
            yield person.sequence(track=number, **self._facts)


class _Person:
    """One track's file of rows, which ends for good with the last frame that has a pose."""

    def __init__(self, rows: FrameRows, file: IO[bytes]):
        self.rows, self.file = rows, file
        self._length = self._count = 0

    def add(self, time: float, result: Any) -> None:
        self.file.write(self.rows.row(time, result).tobytes())
        self._count += 1
        if isinstance(result, Pose3D):
            self._length = self._count

    def sequence(self, **facts: Any) -> PoseSequence:
        self.file.flush()
        rows = np.memmap(self.file.name, self.rows.dtype, "r", shape=(self._length,))
        return self.rows.sequence(rows, **facts)
