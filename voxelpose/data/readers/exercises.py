"""Photographs of people exercising, as one packed .npz, labelled by two networks and trusted where both say the same.

The archive has squares around the people: `jpeg` (all files end to end, uint8), `offsets` (N + 1), `part` (N,) "train"
or "heldout", `image` (N,) their names, EXERCISE/NUMBER.jpg; `blazepose_uv` (N, 33, 2) pixels and `blazepose_world_mm`
(N, 33, 3) x right, y down, z away, of BlazePose (Bazarevsky et al. 2020, arXiv 2006.10204); `movenet_uv_score`
(N, 17, 3) pixels and a score, of MoveNet. A joint lies in the middle of the two answers; pictures are stored byte for
byte.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.pictures import PackedPicture, PictureError
from voxelpose.data.readers.dataset import Dataset, first_file, packed_pictures, require_part, same_counts
from voxelpose.data.record import About, Record
from voxelpose.safe_files.npz import read_npz
from voxelpose.skeleton import COCO17, rooted_at_hips

HELD_OUT = "heldout"
SKELETON = rooted_at_hips(COCO17)
# BlazePose's number of each joint of COCO that both networks have.
_BLAZEPOSE = {
    "nose": 0, "left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13, "right_elbow": 14, "left_wrist": 15,
    "right_wrist": 16, "left_hip": 23, "right_hip": 24, "left_knee": 25, "right_knee": 26, "left_ankle": 27,
    "right_ankle": 28,
}  # fmt: skip
_HIPS = ("left_hip", "right_hip")
# Fractions of the crop: two answers so near to each other are fully trusted, so far apart not at all.
_SAME, _OTHER = 0.02, 0.06


def read(source: Path, part: str, file: str = "exercises_crops320.npz", depth_weight: float = 0.5) -> Dataset:
    """A packed archive; part: train, or heldout, which is measured on.

    In train a joint counts as far as it is trusted, its depth, which is BlazePose's alone, `depth_weight` times that.
    In heldout a joint is known where the two lie within 4 % of the crop, and no depth is. Size and margin of the
    preparation don't count: the pictures are kept.
    """
    path = source / first_file(source, file)
    layout = {
        "offsets": (None,), "part": (None,), "image": (None,), "blazepose_uv": (None, 33, 2),
        "blazepose_world_mm": (None, 33, 3), "movenet_uv_score": (None, 17, 3),
    }  # fmt: skip
    fields = read_npz(path, layout)
    count = same_counts(path, **{name: len(fields[name]) for name in layout if name != "offsets"})
    picture = packed_pictures(path, fields["offsets"], count, lambda row: f"image {fields['image'][row]}")
    rows = np.flatnonzero(fields["part"] == require_part(part, "train", HELD_OUT))
    side = next((shape for row in rows if (shape := _side(picture(row))) is not None), None)

    def records() -> Iterator[Record]:
        return (_record(fields, int(row), picture(row), file, side, part, depth_weight) for row in rows)

    return Dataset(SKELETON, (Path(file),), records, len(rows), {"pictures": "as they are"}, side)


def agreement(first: np.ndarray, second: np.ndarray, side: int) -> np.ndarray:
    """Trust (...) in [0, 1] in two answers (..., 2) in pixels of a crop of `side` px; it falls linearly in between."""
    apart = np.linalg.norm(first - second, axis=-1) / side
    return np.clip((_OTHER - apart) / (_OTHER - _SAME), 0.0, 1.0)


def _record(
    fields: dict[str, np.ndarray],
    row: int,
    picture: PackedPicture,
    file: str,
    side: int | None,
    part: str,
    depth_weight: float,
) -> Record:
    numbers, coco = list(_BLAZEPOSE.values()), [COCO17.index(name) for name in _BLAZEPOSE]
    blazepose = fields["blazepose_uv"][row][numbers].astype(np.float64)
    movenet = fields["movenet_uv_score"][row][coco, :2].astype(np.float64)
    trust = np.zeros((len(SKELETON), 3))
    trust[coco] = agreement(blazepose, movenet, side or 1)[:, None] * (1.0, 1.0, depth_weight)
    pixels, depth = np.full((len(SKELETON), 2), np.nan), np.full(len(SKELETON), np.nan)
    pixels[coco] = (blazepose + movenet) / 2
    depth[coco] = fields["blazepose_world_mm"][row][numbers, 2]
    hips = [SKELETON.index(name) for name in _HIPS]
    pixels[SKELETON.root], trust[SKELETON.root] = pixels[hips].mean(0), trust[hips].min(0)
    depth -= depth[hips].mean()
    depth[SKELETON.root] = 0.0
    if part == HELD_OUT:
        pixels[trust[:, 0] < 0.5], trust, depth = np.nan, None, None
    else:
        pixels[trust[:, 0] == 0] = np.nan
    name = str(fields["image"][row])
    about = About(action=name.partition("/")[0])
    return Record(
        picture, SKELETON, f"{name} (row {row} of {file})", pixels, depth_mm=depth, trust=trust, about=about, whole=True
    )


def _side(picture: PackedPicture) -> int | None:
    try:
        return picture.read().shape[0]
    except PictureError:
        return None
