"""Leeds Sports Pose Extended, packed: person crops as JPEG bytes with noisy 2D joints of real photographs.

The archive (.npz) holds `jpeg` (all files end to end, uint8), `offsets` (N + 1), `joints` (N, 14, 3) with x, y in
crop pixels and a flag, and `image_id` (N). A joint whose flag is 0 is not annotated and its coordinates are rubbish.
Checked against a pack of 9,054 crops made from the official 10,000 images. Cite Johnson & Everingham, CVPR 2011.
"""

from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.errors import InputError
from voxelpose.skeleton import Skeleton, convert, get_skeleton

# Images above this id are held out from the first day on: they are for evaluation only.
LAST_TRAINING_ID = 9000
_FIELDS = ("jpeg", "offsets", "joints", "image_id")


def load_lspet(path: str | Path, part: str, skeleton: Skeleton, limit: int | None = None) -> ExampleSet:
    """Read the "train" (image_id up to 9000) or "heldout" part as 2D-only examples of `skeleton`.

    limit: at most so many examples, the first ones. Raises InputError for a file of another layout.
    """
    fields = _read_archive(Path(path))
    rows = _rows_of(part, fields["image_id"])[:limit]
    images = np.stack([_decode(fields, row, path) for row in rows])
    annotated = fields["joints"][rows].astype(np.float32)
    flags = annotated[..., 2] > 0
    joints, weights = convert(annotated[..., :2], flags.astype(np.float32), get_skeleton("lsp14"), skeleton)
    joints = np.where(weights[..., None] > 0, joints, 0.0)
    weights = weights * _inside(joints, images.shape[1])
    depth = np.zeros_like(weights)
    return ExampleSet(
        f"lspet-{part}",
        skeleton,
        images,
        np.concatenate([joints, depth[..., None]], axis=-1).astype(np.float32),
        np.stack([weights, weights, depth], axis=-1).astype(np.float32),
        np.ones(len(rows), bool),
        np.full((len(rows), 5), np.nan, np.float32),
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
