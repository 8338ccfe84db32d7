"""Photographs of people exercising, packed, labelled by two networks and trusted where both say the same.

The archive (.npz) holds square crops as JPEG bytes: `jpeg` (all files end to end, uint8), `offsets` (N + 1), `part`
(N,) "train" or "heldout", `image` (N,) their names, EXERCISE/NUMBER.jpg; `blazepose_uv` (N, 33, 2) crop pixels and
`blazepose_world_mm` (N, 33, 3) x right, y down, z away, of BlazePose (Bazarevsky et al. 2020); `movenet_uv_score`
(N, 17, 3) crop pixels and a score, of MoveNet.
"""

import zipfile
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.errors import InputError
from voxelpose.skeleton import COCO17, Skeleton, convert

_FIELDS = ("jpeg", "offsets", "part", "image", "blazepose_uv", "blazepose_world_mm", "movenet_uv_score")
# BlazePose's number of each joint of COCO that both networks have.
_BLAZEPOSE = {
    "nose": 0, "left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13, "right_elbow": 14, "left_wrist": 15,
    "right_wrist": 16, "left_hip": 23, "right_hip": 24, "left_knee": 25, "right_knee": 26, "left_ankle": 27,
    "right_ankle": 28,
}  # fmt: skip
# Fractions of the crop: two answers so near to each other are fully trusted, so far apart not at all.
_SAME, _OTHER = 0.02, 0.06


def holds_exercises(path: str | Path) -> bool:
    """Whether an .npz has what packed exercises have and packed LSPET lacks; a damaged file is none."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return "movenet_uv_score" in archive
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return False


def agreement_weights(first: np.ndarray, second: np.ndarray, side: int) -> np.ndarray:
    """Trust (...) in [0, 1] in two answers (..., 2) in pixels of a crop of `side` px; it falls linearly in between."""
    apart = np.linalg.norm(first - second, axis=-1) / side
    return np.clip((_OTHER - apart) / (_OTHER - _SAME), 0.0, 1.0)


def load_exercises(
    path: str | Path, part: str, skeleton: Skeleton, limit: int | None = None, depth_weight: float = 1.0
) -> ExampleSet:
    """The "train" or "heldout" part, or its first `limit` people, as examples of `skeleton`.

    A joint lies in the middle of the two networks' answers, its depth is BlazePose's relative to the middle of the
    hips, and its weight on all axes is the trust in the two, times `depth_weight` in depth. Raises InputError for a
    file of another layout.
    """
    if part not in ("train", "heldout"):
        raise InputError(f"Expected a part among train, heldout. Received: '{part}'.")
    fields = _read(Path(path))
    rows = np.flatnonzero(fields["part"] == part)[:limit]
    images = np.stack([_decode(fields, row, path) for row in rows])
    side, numbers = images.shape[1], list(_BLAZEPOSE.values())
    coco = [COCO17.index(name) for name in _BLAZEPOSE]
    blazepose, movenet = fields["blazepose_uv"][rows][:, numbers], fields["movenet_uv_score"][rows][:, coco, :2]
    depth = fields["blazepose_world_mm"][rows][:, numbers, 2]
    hips = [list(_BLAZEPOSE).index(name) for name in ("left_hip", "right_hip")]
    depth = depth - depth[:, hips].mean(1, keepdims=True)
    points = np.full((len(rows), len(COCO17), 3), np.nan, np.float32)
    weights = np.zeros(points.shape[:2], np.float32)
    points[:, coco] = np.concatenate([(blazepose + movenet) / 2, depth[..., None]], axis=-1)
    weights[:, coco] = agreement_weights(blazepose, movenet, side)
    joints, weights = convert(points, weights, COCO17, skeleton)
    weights = weights * ((joints[..., :2] >= -0.5) & (joints[..., :2] <= side - 0.5)).all(-1)
    joints = np.where(weights[..., None] > 0, joints, 0.0)
    return ExampleSet(
        f"exercises-{part}",
        skeleton,
        images,
        joints.astype(np.float32),
        (weights[..., None] * (1.0, 1.0, depth_weight)).astype(np.float32),
        np.ones(len(rows), bool),
        np.full((len(rows), 5), np.nan, np.float32),
    )


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in _FIELDS}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"Expected packed exercises (.npz) at {path}. Received: {error}.") from None


def _decode(fields: dict[str, np.ndarray], row: int, path: str | Path) -> np.ndarray:
    start, stop = fields["offsets"][row : row + 2]
    image = cv2.imdecode(fields["jpeg"][start:stop], cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f"Expected JPEG bytes for {fields['image'][row]} in {path}. Received: unreadable bytes.")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
