"""Leeds Sports Pose and its extension in their own form: images/ and joints.mat; and LSPET as one packed .npz.

LSP: (3, 14, 2000), all joints annotated, pictures 1-1000 for training and 1001-2000 for testing. LSPET: (14, 3, 10000),
a joint whose flag is 0 is rubbish. Coordinates are taken as they are. Cite Johnson & Everingham, BMVC 2010, CVPR 2011.
The packed archive has squares around the people: `jpeg` (all files end to end, uint8), `offsets` (N + 1), `joints`
(N, 14, 3) with x, y in their pixels and the flag, and `image_id` (N). They are stored as they are, byte for byte.

Checked against the real packed LSPET (9,054 crops) and files made after the published README.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.data.pictures import Picture, PictureError
from voxelpose.data.readers.dataset import Dataset, first_file, packed_pictures, picture_at, require_part, same_counts
from voxelpose.data.record import About, Record
from voxelpose.data.store.taught_depth import LSP14_HIPS, TaughtDepth
from voxelpose.errors import InputError
from voxelpose.safe_files.matlab import read_mat
from voxelpose.safe_files.npz import read_npz
from voxelpose.skeleton import LSP14

PACKED = "lspet_crops192.npz"
HELD_OUT = "heldout"
# Pictures of LSPET above this number are held out from the first day on: they are for evaluation only.
_LAST_LSPET_TRAINING, _LAST_LSP_TRAINING = 9000, 1000


def read_lsp(source: Path, part: str) -> Dataset:
    """part: train (pictures 1 to 1000), test (the rest) or all."""
    file = first_file(source, "joints.mat")
    joints = np.moveaxis(read_mat(source / file, "joints", (3, 14, None)), (2, 1, 0), (0, 1, 2)).copy()
    joints[..., 2] = 1
    rows = _rows(_numbers(joints), part, _LAST_LSP_TRAINING, ("train", "test"))
    return _numbered(source, file, "im{:04d}.jpg", joints, rows, None)


def read_lspet(source: Path, part: str, depth: str = "") -> Dataset:
    """part: train (pictures up to 9000), heldout (the rest, which this project never trains on) or all.

    depth: a file of tools/teach_depth.py, which gives depth to joints and corrects exchanged sides.
    """
    file = first_file(source, "joints.mat")
    joints = np.moveaxis(read_mat(source / file, "joints", (14, 3, None)), 2, 0)
    rows = _rows(_numbers(joints), part, _LAST_LSPET_TRAINING, ("train", HELD_OUT))
    return _numbered(source, file, "im{:05d}.jpg", joints, rows, _taught(depth, part))


def read_packed(source: Path, part: str, file: str = PACKED, depth: str = "") -> Dataset:
    """A packed archive; part: train (pictures up to 9000), heldout (the rest, never trained on) or all.

    file: its name in `source`. depth: as of `lspet`. Size and margin of the preparation don't count: the pictures are
    kept.
    """
    path = source / first_file(source, file)
    fields = read_npz(path, {"offsets": (None,), "joints": (None, 14, 3), "image_id": (None,)})
    count = same_counts(path, joints=len(fields["joints"]), image_id=len(fields["image_id"]))
    picture = packed_pictures(path, fields["offsets"], count, lambda row: f"image {fields['image_id'][row]}")
    rows = _rows(fields["image_id"], part, _LAST_LSPET_TRAINING, ("train", HELD_OUT))
    people = _People(Path(file), fields["image_id"], fields["joints"], _taught(depth, part), "image {}".format, picture)
    return people.dataset(rows, _first_side(picture, rows))


def _numbered(
    source: Path, file: Path, pattern: str, joints: np.ndarray, rows: np.ndarray, taught: TaughtDepth | None
) -> Dataset:
    """Pictures in files of their own, numbered from 1."""

    def name(number: int) -> str:
        return f"images/{pattern.format(number)}"

    people = _People(file, _numbers(joints), joints, taught, name, lambda row: picture_at(source, name(row + 1)))
    return people.dataset(rows, None)


def _numbers(joints: np.ndarray) -> np.ndarray:
    return np.arange(1, len(joints) + 1)


def _rows(numbers: np.ndarray, part: str, last: int, parts: tuple[str, str]) -> np.ndarray:
    chosen = {parts[0]: numbers <= last, parts[1]: numbers > last, "all": numbers > 0}
    return np.flatnonzero(chosen[require_part(part, *chosen)])


def _first_side(picture: Callable[[int], Picture], rows: np.ndarray) -> int | None:
    """The side of the first picture that can be read, which the others must have, too."""
    for row in rows:
        try:
            return picture(row).read().shape[0]
        except PictureError:
            continue
    return None


def _taught(depth: str, part: str) -> TaughtDepth | None:
    if depth and part != "train":
        raise InputError(
            f"Expected depth for the part train alone: taught depth is nothing to measure on. Part: {part}."
        )
    return TaughtDepth.load(depth) if depth else None


@dataclass(frozen=True, eq=False)
class _People:
    """Annotated people by row: numbers (N,), joints (N, 14, 3) x, y and a flag; what to call a number and where the
    picture of a row lies."""

    file: Path
    numbers: np.ndarray
    joints: np.ndarray
    taught: TaughtDepth | None
    name: Callable[[int], str]
    picture: Callable[[int], Picture]

    def dataset(self, rows: np.ndarray, side: int | None) -> Dataset:
        """Those of the given rows; side: of pictures that are kept as they are."""

        def records() -> Iterator[Record]:
            return (self._record(int(row), side is not None) for row in rows)

        taught = self.taught
        skeleton = LSP14 if taught is None else LSP14_HIPS
        facts = {} if side is None else {"pictures": "as they are"}
        facts |= {} if taught is None else {"depth": f"sha256 {taught.sha256}"}
        return Dataset(skeleton, (self.file,), records, len(rows), facts, side)

    def _record(self, row: int, whole: bool) -> Record:
        number, joints = self.numbers[row], self.joints[row].astype(np.float64)
        skeleton, depth = LSP14, None
        if self.taught is not None:
            skeleton = LSP14_HIPS
            joints, depth = self.taught.applied(number, joints)
        pixels = np.where(joints[:, 2:] > 0, joints[:, :2], np.nan)
        where = f"{self.name(number)} (row {row} of {self.file})"
        return Record(
            self.picture(row), skeleton, where, pixels, depth_mm=depth, about=About(frame=int(number)), whole=whole
        )
