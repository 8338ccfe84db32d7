"""Reading a store: labels in memory, about 1 kB a person; pictures on disk, each read and decoded when it is asked for.

A store of any size serves examples in any order, because a picture is one short read at a known place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import CameraJoints, Labels, PictureCameras
from voxelpose.data.pictures import PackedPicture, PictureError
from voxelpose.data.plausible import check_labels
from voxelpose.data.record import About
from voxelpose.data.source import ExampleSource
from voxelpose.data.store.manifest import MANIFEST, Origin, read_manifest
from voxelpose.data.store.shard import Shard, read_shard
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.geometry import Camera, Crop
from voxelpose.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class PictureRows:
    """Where the pictures of N examples lie. shard: (N,) number of the file; start, length: (N,) bytes in it; crc: (N,)
    their CRC-32, -1 where not known."""

    paths: tuple[Path, ...]
    shard: np.ndarray
    start: np.ndarray
    length: np.ndarray
    crc: np.ndarray

    @classmethod
    def of(cls, shards: Sequence[Shard]) -> "PictureRows":
        number = np.repeat(np.arange(len(shards)), [len(shard) for shard in shards])
        start = np.concatenate([shard.starts[:-1] for shard in shards])
        length = np.concatenate([np.diff(shard.starts) for shard in shards])
        crc = np.concatenate([shard.crc for shard in shards])
        return cls(tuple(shard.path for shard in shards), number, start, length, crc)

    def select(self, rows: np.ndarray) -> "PictureRows":
        columns = {name: getattr(self, name)[rows] for name in ("shard", "start", "length", "crc")}
        return replace(self, **columns)

    def read(self, row: int) -> np.ndarray:
        """(S, S, 3) uint8 RGB."""
        path = self.paths[self.shard[row]]
        place = int(self.start[row]), int(self.length[row])
        return PackedPicture(path, *place, f"picture {row}", int(self.crc[row])).read()


@dataclass(frozen=True, eq=False)
class StoredExamples(ExampleSource):
    """The examples of a store, whose pictures stay on disk.

    all_labels: of everybody. facts: one row per example in each: matrix, original, square as in `SquareExample`;
    subject, action, sequence, camera, source (text), frame, head_px; a number that is not known is NaN, as in the file.
    fingerprint: SHA-256 of the manifest; origin: what the manifest says that the store is made of. A pool has neither.
    """

    name: str
    all_labels: Labels
    facts: Mapping[str, np.ndarray]
    pictures_at: PictureRows
    fingerprint: str = ""
    origin: Origin | None = None

    @property
    def skeleton(self) -> Skeleton:
        return self.all_labels.skeleton

    @property
    def size(self) -> int:
        """Side of the pictures in pixels."""
        return self.all_labels.size

    def __len__(self) -> int:
        return len(self.all_labels)

    def __getitem__(self, index: int) -> Example:
        try:
            image = self.pictures_at.read(index)
        except PictureError as error:
            raise InputError(
                f"The store {self.name} is damaged: {error}. Run `voxelpose prepare check` on it."
            ) from error
        return self.all_labels.example(index, image, str(self.facts["source"][index]) or f"{self.name} {index}")

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        return self.all_labels if rows is None else self.all_labels.select(rows)

    def about(self, index: int) -> About:
        """Subject, action and so on of one example."""
        words = (str(self.facts[name][index]) for name in ("subject", "action", "sequence", "camera"))
        return About(*words, int(self.facts["frame"][index]), float(self.facts["head_px"][index]))

    def original_camera(self, index: int) -> Camera | None:
        """The camera of the original picture, with its distortion; None where unknown."""
        width, height, fx, fy, cx, cy, *distortion = (float(value) for value in self.facts["original"][index])
        return Camera(fx, fy, cx, cy, int(width), int(height), tuple(distortion)) if np.isfinite(fx) else None

    def crop(self, index: int) -> Crop:
        """The map from pixels of the original picture (lens undone) to those of the stored one."""
        return Crop(self.facts["matrix"][index], self.size)

    def select(self, rows: np.ndarray) -> "StoredExamples":
        facts = {name: column[rows] for name, column in self.facts.items()}
        labels, pictures_at = self.all_labels.select(rows), self.pictures_at.select(rows)
        return replace(self, all_labels=labels, facts=facts, pictures_at=pictures_at)

    def in_skeleton(self, skeleton: Skeleton) -> "StoredExamples":
        """The same people in another skeleton's joints; depth becomes relative to that skeleton's root."""
        return replace(self, all_labels=self.all_labels.in_skeleton(skeleton))


def load_store(folder: str | Path, skeleton: Skeleton | None = None) -> StoredExamples:
    """The examples of a prepared store, in its own skeleton or in the given one.

    InputError where it is damaged, where its labels are not those of the manifest, and where they are no person's. Of
    stores whose manifest has no checksums of labels all bytes are read for this, pictures included.
    """
    folder = Path(folder)
    manifest, fingerprint = read_manifest(folder)
    own = manifest.origin.skeleton.build()
    shards = [read_shard(folder / entry.file, len(own)) for entry in manifest.shards]
    for entry, shard in zip(manifest.shards, shards, strict=True):
        if len(shard) != entry.examples:
            raise InputError(f"Expected {entry.examples} examples in {shard.path}. Received: {len(shard)}.")
        expected = entry.labels_sha256 or entry.sha256
        received = shard.labels_sha256 if entry.labels_sha256 else sha256(shard.path)
        if received != expected:
            raise InputError(
                f"Expected the shard {shard.path} as {folder / MANIFEST} has it, SHA-256 {expected[:12]}. "
                f"Received: {received[:12]}: it was changed. `voxelpose prepare check` says what to do."
            )
    stored = examples_of(shards, folder.name, own, manifest.origin.picture)
    stored = replace(stored, fingerprint=fingerprint, origin=manifest.origin)
    return stored if skeleton is None else stored.in_skeleton(skeleton)


def examples_of(shards: Sequence[Shard], name: str, skeleton: Skeleton, size: int) -> StoredExamples:
    """The examples of some shards one after another; their pictures have `size` pixels a side.

    InputError where there is none, and where labels are no person's.
    """
    if not sum(map(len, shards)):
        raise InputError(f"Expected at least one example in {name}. It is empty.")
    columns = {field: np.concatenate([shard.columns[field] for shard in shards]) for field in shards[0].columns}
    joints, weights, present, views, mm = (
        columns.pop(field) for field in ("joints", "weights", "present", "views", "joints_mm")
    )
    known, in_mm = present[:, None, None] & np.isfinite(joints), np.isfinite(mm).all(-1)
    measured = CameraJoints(np.where(in_mm[..., None], mm, 0), in_mm) if in_mm.any() else None
    cameras = PictureCameras.from_file(views)
    labels = Labels(skeleton, size, np.where(known, joints, 0), weights, present, cameras, known, measured)
    return StoredExamples(name, check_labels(labels, name), columns, PictureRows.of(shards))
