"""Fit the shipped distribution of poses to motion capture.

    python tools/assets/fit_poses.py RECORDING.npz [RECORDING.npz ...]

Each file holds `joints` and `xyz` as `voxelpose.synthetic.bodies.poses.Recordings` reads them. Only the fitted
numbers ship.
"""

import argparse

import numpy as np

from voxelpose.assets import ROOT
from voxelpose.files import atomic_path
from voxelpose.synthetic.bodies.poses import FITTED_KINDS, POSE_JOINTS, POSES_ASSET, Recordings, bones_of, mirrored

CLUSTERS, RANK, ROUNDS = 96, 12, 25


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+")
    poses = Recordings.load(parser.parse_args(argv).recordings).positions.astype(np.float64)
    poses = without_yaw(np.concatenate([poses, mirrored(poses)]))
    bones = bones_of(poses)
    lengths = np.median(np.linalg.norm(bones, axis=-1), axis=0)
    features = (bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-6)).reshape(len(bones), -1)
    kinds = np.array([kind_of(pose) for pose in poses])
    parts = [fit_kind(features[kinds == kind], kind, (kinds == kind).mean()) for kind in FITTED_KINDS]
    means, factors, weights, names = (np.concatenate(column) for column in zip(*parts, strict=True))
    with atomic_path(ROOT / POSES_ASSET) as path:
        np.savez_compressed(
            path,
            means=means.astype(np.float16),
            factors=factors.astype(np.float16),
            weights=weights.astype(np.float32),
            kinds=names,
            lengths=lengths.astype(np.float32),
        )
    for kind in FITTED_KINDS:
        print(f"{kind:10} {(kinds == kind).mean():6.1%} of the recordings, {(names == kind).sum()} clusters")
    return 0


def without_yaw(poses: np.ndarray) -> np.ndarray:
    """Poses turned about the vertical so that the line between the hips lies along x."""
    across = poses[:, POSE_JOINTS.index("lhip")] - poses[:, POSE_JOINTS.index("rhip")]
    yaw = np.arctan2(across[:, 2], across[:, 0])
    c, s = np.cos(yaw), np.sin(yaw)
    x, y, z = np.moveaxis(poses, -1, 0)
    return np.stack([c[:, None] * x + s[:, None] * z, y, -s[:, None] * x + c[:, None] * z], axis=-1)


def kind_of(pose: np.ndarray) -> str:
    """What sort of pose it is; y points down."""
    at = dict(zip(POSE_JOINTS, pose, strict=True))
    trunk = at["neck"] - at["pelvis"]
    upright = -trunk[1] / np.linalg.norm(trunk)
    knees = [(at[s + "knee"] - at[s + "hip"]) for s in "rl"]
    thighs_down = np.mean([k[1] / np.linalg.norm(k) for k in knees])
    lowest = max(at["rankle"][1], at["lankle"][1])
    if upright < 0.75:
        return "bending"
    if thighs_down < 0.55:
        seated = thighs_down > -0.3 and min(at["rankle"][1], at["lankle"][1]) > 200 and lowest > 250
        return "sitting" if seated else "crouching"
    if thighs_down < 0.8:
        return "crouching"
    if min(at["rwri"][1], at["lwri"][1]) < at["neck"][1]:
        return "reaching"
    return "standing"


def fit_kind(features: np.ndarray, kind: str, share: float) -> tuple[np.ndarray, ...]:
    """Clusters of one kind: means, factors, weights that favour rare poses, and the kind's name for each."""
    rng = np.random.default_rng(0)
    count = int(np.clip(CLUSTERS * np.sqrt(share), 8, CLUSTERS))
    centres = features[rng.choice(len(features), count, replace=False)]
    for _ in range(ROUNDS):
        nearest = assign(features, centres)
        centres = np.stack(
            [features[nearest == k].mean(0) if (nearest == k).any() else centres[k] for k in range(count)]
        )
    nearest = assign(features, centres)
    sizes = np.bincount(nearest, minlength=count)
    kept = np.flatnonzero(sizes >= 5)
    factors = np.stack([low_rank(features[nearest == k]) for k in kept])
    weights = np.sqrt(sizes[kept])
    return centres[kept], factors, weights / weights.sum(), np.full(len(kept), kind)


def assign(features: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Index of the nearest centre."""
    return ((centres**2).sum(1) - 2 * features @ centres.T).argmin(1)


def low_rank(members: np.ndarray) -> np.ndarray:
    """(RANK, F) factors whose Gaussian has the members' largest variances; missing ones are zero."""
    centred = members - members.mean(0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    rank = min(RANK, len(singular))
    factors = np.zeros((RANK, members.shape[1]))
    factors[:rank] = singular[:rank, None] / np.sqrt(len(members)) * axes[:rank]
    return factors


if __name__ == "__main__":
    raise SystemExit(main())
