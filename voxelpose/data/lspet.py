"""Leeds Sports Pose Extended, packed: person crops as JPEG bytes with noisy 2D joints of real photographs.

The archive (.npz) holds `jpeg` (all files end to end, uint8), `offsets` (N + 1), `joints` (N, 14, 3) with x, y in
crop pixels and a flag, and `image_id` (N). A joint whose flag is 0 is not annotated and its coordinates are rubbish.
Checked against a pack of 9,054 crops made from the official 10,000 images. Cite Johnson & Everingham, CVPR 2011.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.data.store.taught_depth import LIMBS, TaughtDepth, exchange_sides
from voxelpose.errors import InputError
from voxelpose.skeleton import Skeleton, convert, get_skeleton

# Images above this id are held out from the first day on: they are for evaluation only.
LAST_TRAINING_ID = 9000
_FIELDS = ("jpeg", "offsets", "joints", "image_id")


@dataclass(frozen=True, eq=False)
class Photographs:
    """N photographs as the archive has them: image_id (N,), images (N, S, S, 3) RGB, joints (N, 14, 3) x, y, flag."""

    image_id: np.ndarray
    images: np.ndarray
    joints: np.ndarray


def read_photographs(path: str | Path, part: str, limit: int | None = None) -> Photographs:
    """The photographs of the "train" (image_id up to 9000) or "heldout" part, or the first `limit` of them.

    Raises InputError for a file of another layout.
    """
    fields = _read_archive(Path(path))
    rows = _rows_of(part, fields["image_id"])[:limit]
    images = np.stack([_decode(fields, row, path) for row in rows])
    return Photographs(fields["image_id"][rows], images, fields["joints"][rows].astype(np.float32))


def load_lspet(
    path: str | Path, part: str, skeleton: Skeleton, limit: int | None = None, depth: str | Path | None = None
) -> ExampleSet:
    """A part as examples of `skeleton` with 2D labels.

    limit: at most so many examples, the first ones. depth: a file of `TaughtDepth`, which adds depth to the joints that
    it knows and corrects exchanged sides. Raises InputError for a file of another layout.
    """
    photographs = read_photographs(path, part, limit)
    count, side = photographs.images.shape[:2]
    annotated, depths = photographs.joints, np.full((count, LIMBS), np.nan, np.float32)
    if depth is not None:
        depths, exchanged = TaughtDepth.load(depth).rows(photographs.image_id)
        annotated = np.where(exchanged[:, None, None], exchange_sides(annotated), annotated)
    flags = (annotated[..., 2] > 0).astype(np.float32)
    depths = np.pad(depths, ((0, 0), (0, annotated.shape[1] - LIMBS)), constant_values=np.nan)
    points = np.concatenate([annotated[..., :2], depths[..., None]], axis=-1)
    joints, weights = convert(points, flags, get_skeleton("lsp14"), skeleton)
    joints = np.where(weights[..., None] > 0, joints, np.nan)
    weights = weights * _inside(joints[..., :2], side)
    weights = np.stack([weights, weights, weights * np.isfinite(joints[..., 2])], axis=-1)
    return ExampleSet(
        f"lspet-{part}",
        skeleton,
        photographs.images,
        np.nan_to_num(joints).astype(np.float32),
        weights.astype(np.float32),
        np.ones(count, bool),
        np.full((count, 5), np.nan, np.float32),
    )


def _read_archive(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [name for name in _FIELDS if name not in archive]
            if missing:
                raise InputError(f"Expected the fields {', '.join(_FIELDS)} in {path}. Missing: {', '.join(missing)}.")
            return {name: archive[name] for name in _FIELDS}
    except (OSError, ValueError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"Expected a packed LSPET archive (.npz) at {path}. Received: {error}") from error


def _rows_of(part: str, image_id: np.ndarray) -> np.ndarray:
    parts = {"train": image_id <= LAST_TRAINING_ID, "heldout": image_id > LAST_TRAINING_ID}
    if part not in parts:
        raise InputError(f"Expected an LSPET part among {', '.join(parts)}. Received: '{part}'.")
    return np.flatnonzero(parts[part])


def _decode(fields: dict[str, np.ndarray], row: int, path: str | Path) -> np.ndarray:
    start, stop = fields["offsets"][row : row + 2]
    image = cv2.imdecode(fields["jpeg"][start:stop], cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(
            f"Expected JPEG bytes for image {fields['image_id'][row]} of {path}. Received: unreadable bytes."
        )
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _inside(points: np.ndarray, size: int) -> np.ndarray:
    return ((points >= -0.5) & (points <= size - 0.5)).all(-1)
