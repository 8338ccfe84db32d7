"""Reading a store: labels in memory, about 1 kB a person; pictures on disk, each read and decoded when it is asked for.

A store of any size serves examples in any order, because a picture is one short read at a known place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voxelpose.data.example import Example, ExampleSet
from voxelpose.data.pictures import PackedPicture, PictureError
from voxelpose.data.record import About
from voxelpose.data.store.manifest import read_manifest
from voxelpose.data.store.shard import Shard, read_shard
from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop
from voxelpose.skeleton import Skeleton, convert


@dataclass(frozen=True, eq=False)
class PictureRows:
    """Where the pictures of N examples lie. shard: (N,) number of the file; start, length: (N,) bytes in it."""

    paths: tuple[Path, ...]
    shard: np.ndarray
    start: np.ndarray
    length: np.ndarray

    @classmethod
    def of(cls, shards: Sequence[Shard]) -> "PictureRows":
        number = np.repeat(np.arange(len(shards)), [len(shard) for shard in shards])
        start = np.concatenate([shard.starts[:-1] for shard in shards])
        length = np.concatenate([np.diff(shard.starts) for shard in shards])
        return cls(tuple(shard.path for shard in shards), number, start, length)

    def select(self, rows: np.ndarray) -> "PictureRows":
        return replace(self, shard=self.shard[rows], start=self.start[rows], length=self.length[rows])

    def read(self, row: int) -> np.ndarray:
        """(S, S, 3) uint8 RGB."""
        path = self.paths[self.shard[row]]
        return PackedPicture(path, int(self.start[row]), int(self.length[row]), f"picture {row}").read()


@dataclass(frozen=True, eq=False)
class StoredExamples:
    """The examples of a store, to be used like an `ExampleSet` whose pictures stay on disk.

    columns: one row per example in each: joints, weights, present, views as in `ExampleSet` (a coordinate that is not
    known is NaN); joints_mm (N, J, 3) in the frame of the picture's camera, NaN where unknown; matrix, original, square
    as in `Portrait`; subject, action, sequence, camera, source (text), frame, head_px.
    fingerprint: SHA-256 of the manifest, or "" for a pool, which has none.
    """

    name: str
    skeleton: Skeleton
    size: int
    columns: Mapping[str, np.ndarray]
    pictures: PictureRows
    fingerprint: str = ""

    def __len__(self) -> int:
        return len(self.present)

    def __getitem__(self, index: int) -> Example:
        try:
            image = self.pictures.read(index)
        except PictureError as error:
            raise InputError(
                f"The store {self.name} is damaged: {error}. Run `voxelpose prepare check` on it."
            ) from error
        source = str(self.columns["source"][index]) or f"{self.name} {index}"
        return Example(
            image, self.joints[index], self.weights[index], bool(self.present[index]), source, self.views[index]
        )

    def __iter__(self) -> Iterator[Example]:
        return (self[i] for i in range(len(self)))

    @property
    def joints(self) -> np.ndarray:
        return self.columns["joints"]

    @property
    def weights(self) -> np.ndarray:
        return self.columns["weights"]

    @property
    def present(self) -> np.ndarray:
        return self.columns["present"]

    @property
    def views(self) -> np.ndarray:
        return self.columns["views"]

    @property
    def joints_mm(self) -> np.ndarray:
        return self.columns["joints_mm"]

    def about(self, index: int) -> About:
        """Subject, action and so on of one example."""
        words = (str(self.columns[name][index]) for name in ("subject", "action", "sequence", "camera"))
        return About(*words, int(self.columns["frame"][index]), float(self.columns["head_px"][index]))

    def camera(self, index: int) -> Camera | None:
        """The camera that sees the stored picture as it is, without distortion; None where unknown."""
        if not np.isfinite(self.views[index, :4]).all():
            return None
        return Camera(*(float(value) for value in self.views[index, :4]), self.size, self.size)

    def original_camera(self, index: int) -> Camera | None:
        """The camera of the original picture, with its distortion; None where unknown."""
        width, height, fx, fy, cx, cy, *distortion = (float(value) for value in self.columns["original"][index])
        return Camera(fx, fy, cx, cy, int(width), int(height), tuple(distortion)) if np.isfinite(fx) else None

    def crop(self, index: int) -> Crop:
        """The map from pixels of the original picture (lens undone) to those of the stored one."""
        return Crop(self.columns["matrix"][index], self.size)

    def select(self, rows: np.ndarray) -> "StoredExamples":
        """The examples of the given rows (indices or a mask)."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return replace(self, columns=columns, pictures=self.pictures.select(rows))

    def load(self) -> ExampleSet:
        """All of them with their pictures in memory. Select first where that would be too much."""
        images = np.empty((len(self), self.size, self.size, 3), np.uint8)
        for index in range(len(self)):
            images[index] = self[index].image
        return ExampleSet(self.name, self.skeleton, images, self.joints, self.weights, self.present, self.views)

    def in_skeleton(self, skeleton: Skeleton) -> "StoredExamples":
        """The same people in another skeleton's joints; depth becomes relative to that skeleton's root."""
        if skeleton == self.skeleton:
            return self
        known = np.isfinite(self.joints_mm).all(-1).astype(np.float32)
        joints, weights = convert(self.joints, self.weights, self.skeleton, skeleton)
        joints_mm, _ = convert(self.joints_mm, known, self.skeleton, skeleton)
        root = joints[:, skeleton.root, 2].copy()
        joints[..., 2] -= root[:, None]
        weights = np.where(np.isfinite(joints), weights, 0.0).astype(np.float32)
        views = self.views.copy()
        views[:, 4] += root
        changed = {"joints": joints, "weights": weights, "joints_mm": joints_mm, "views": views}
        return replace(self, skeleton=skeleton, columns={**self.columns, **changed})


def load_store(folder: str | Path, skeleton: Skeleton | None = None) -> StoredExamples:
    """The examples of a prepared store, in its own skeleton or in the given one; InputError where it is damaged."""
    folder = Path(folder)
    manifest, fingerprint = read_manifest(folder)
    own = manifest.origin.skeleton.build()
    shards = [read_shard(folder / entry.file, len(own)) for entry in manifest.shards]
    for entry, shard in zip(manifest.shards, shards, strict=True):
        if len(shard) != entry.examples:
            raise InputError(f"Expected {entry.examples} examples in {shard.path}. Received: {len(shard)}.")
    stored = examples_of(shards, folder.name, own, manifest.origin.picture, fingerprint)
    return stored if skeleton is None else stored.in_skeleton(skeleton)


def examples_of(
    shards: Sequence[Shard], name: str, skeleton: Skeleton, size: int, fingerprint: str = ""
) -> StoredExamples:
    """The examples of some shards one after another; their pictures have `size` pixels a side."""
    if not sum(map(len, shards)):
        raise InputError(f"Expected at least one example in {name}. It is empty.")
    columns = {field: np.concatenate([shard.columns[field] for shard in shards]) for field in shards[0].columns}
    return StoredExamples(name, skeleton, size, columns, PictureRows.of(shards), fingerprint)
