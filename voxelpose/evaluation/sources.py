"""From what `--data` names to the people behind it."""

import hashlib
from pathlib import Path

import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.data.lspet import load_lspet
from voxelpose.errors import InputError
from voxelpose.evaluation.people import People, Tags
from voxelpose.files import sha256
from voxelpose.geometry import Camera, Crop
from voxelpose.skeleton import get_skeleton
from voxelpose.synthetic.people import SKELETON as DRAWN_SKELETON
from voxelpose.synthetic.pool import load_pool

DRAWN, LSPET = "drawn people", "lspet"


def load_people(path: str | Path, limit: int | None = None) -> People:
    """The people in a folder of drawn ones or in a packed LSPET (.npz), whose images above 9000 are taken.

    limit: at most so many records, the first ones. Raises InputError for anything else.
    """
    path = Path(path)
    if (path / "pool.json").is_file():
        return drawn_people(path, limit)
    if path.is_file() and path.suffix == ".npz":
        return lspet_people(path, limit)
    raise InputError(
        f"Expected a folder of drawn people (with pool.json) or a packed LSPET (.npz). Received: {path}"
        + ("." if path.exists() else ", which does not exist.")
    )


def drawn_people(folder: Path, limit: int | None = None) -> People:
    """Everybody in a folder of drawn people. All their joints are known, those outside of the picture, too."""
    drawn = load_pool(folder, DRAWN_SKELETON, limit)
    examples = drawn.select(np.flatnonzero(drawn.present))
    return People(
        dataset=DRAWN,
        examples=examples,
        size=examples.images.shape[1],
        joints_mm=camera_joints(examples),
        known=np.ones(examples.joints.shape[:2], bool),
        head_px=np.full(len(examples), np.nan),
        tags=Tags.unknown(len(examples)),
        sha256=labels_sha256(drawn),
        skipped={"nobody in the picture": int((~drawn.present).sum())},
    )


def lspet_people(path: Path, limit: int | None = None) -> People:
    """The held-out photographs of a packed Leeds Sports Pose Extended."""
    examples = load_lspet(path, "heldout", get_skeleton("lsp14"), limit)
    known = examples.weights[..., 0] > 0
    return People(
        dataset=LSPET,
        examples=examples,
        size=examples.images.shape[1],
        joints_mm=np.full((*known.shape, 3), np.nan),
        known=known,
        head_px=np.full(len(examples), np.nan),
        tags=Tags.unknown(len(examples)),
        sha256=sha256(path),
    )


def camera_joints(examples: ExampleSet) -> np.ndarray:
    """(N, J, 3) mm in the camera frame of examples whose views are known; their z is along the picture's middle ray."""
    size = examples.images.shape[1]
    joints = []
    for labels, view in zip(examples.joints.astype(np.float64), examples.views, strict=True):
        camera = Camera(*map(float, view[:4]), size, size)
        rays = camera.rays(labels[:, :2])
        along = rays @ Crop(np.eye(2, 3), size).facing(camera).depth_axis
        joints.append(rays * ((view[4] + labels[:, 2]) / along)[:, None])
    return np.stack(joints)


def labels_sha256(examples: ExampleSet) -> str:
    """SHA-256 over the labels of examples, pictures left out: those may differ in a bit where a codec does."""
    digest = hashlib.sha256(" ".join(examples.skeleton.joints).encode())
    for column in (examples.joints, examples.weights, examples.present, examples.views):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
