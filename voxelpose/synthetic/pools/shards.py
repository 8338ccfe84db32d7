"""One file of drawn examples: pictures as JPEG, labels as arrays."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.errors import InputError
from voxelpose.files import atomic_path
from voxelpose.reading.npz import open_npz
from voxelpose.synthetic.scene_sampling import SKELETON

SHARD = 100
_JPEG_QUALITY = 95
_LABELS = ("joints", "weights", "present", "views")
_EXPECTED, _ADVICE = "a shard of drawn people", "It is damaged; delete it and it will be drawn anew."


def shard_path(folder: Path, first: int) -> Path:
    """Where the examples from number `first` on lie."""
    return folder / f"people-{first:07d}.npz"


def shard_paths(folder: Path) -> list[Path]:
    """The shards of a folder in order."""
    return sorted(folder.glob("people-*.npz"))


def write_shard(path: Path, examples: Sequence[Example]) -> None:
    """Write examples, whole or not at all."""
    files = [_encode(example.image) for example in examples]
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            jpeg=np.concatenate(files),
            offsets=np.cumsum([0, *map(len, files)]),
            joints=np.stack([example.joints for example in examples]),
            weights=np.stack([example.weights for example in examples]),
            present=np.array([example.present for example in examples]),
            views=PictureCameras.of([example.camera for example in examples]).to_file(),
        )


def labels_of(columns: Sequence[np.ndarray], size: int) -> Labels:
    """The labels of pictures of `size` pixels from the columns of a shard: joints, weights, present, views."""
    joints, weights, present, views = columns
    known = present[:, None, None] & np.isfinite(joints)
    cameras = PictureCameras.from_file(views)
    return Labels(SKELETON, size, np.where(known, joints, 0), weights, present, cameras, known)


def read_shard(path: Path) -> tuple[np.ndarray, ...]:
    """Images, joints, weights, present, views of a shard. InputError if it is damaged."""
    with open_npz(path, _EXPECTED, _ADVICE) as file:
        jpeg, offsets = file["jpeg"], file["offsets"]
        pairs = zip(offsets[:-1], offsets[1:], strict=True)
        images = [cv2.cvtColor(cv2.imdecode(jpeg[a:b], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for a, b in pairs]
        return np.stack(images), *(file[name] for name in _LABELS)


def read_labels(path: Path) -> tuple[np.ndarray, ...]:
    """Joints, weights, present, views of a shard, its pictures left alone. InputError if it is damaged."""
    with open_npz(path, _EXPECTED, _ADVICE) as file:
        return tuple(file[name] for name in _LABELS)


def holds(path: Path, count: int) -> bool:
    """Whether a shard is there with `count` examples."""
    try:
        with open_npz(path, _EXPECTED) as file:
            return len(file["present"]) == count
    except InputError:
        return False


def _encode(image: np.ndarray) -> np.ndarray:
    return cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
