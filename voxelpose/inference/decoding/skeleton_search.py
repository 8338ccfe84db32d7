"""The most likely skeleton in a volume: max-product over the tree of bones, with their lengths as prior.

Every joint has a few candidates, the likeliest cells of its volume and its mean. A candidate stands for the likelihood
around it: its place is the mean there, its score the mass there, and it is as uncertain as that mass is wide. Two
candidates of a bone are scored by how far they are from a limb's length apart, in deviations of the limb and of both
places; beyond a few deviations a further millimetre makes no difference, so that an odd limb is a price and no ban.
The best combination is found exactly, leaves to root.
"""

from collections.abc import Callable

import numpy as np

from voxelpose.geometry import VoxelGrid
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.skeleton import Skeleton

CANDIDATES = 64
# Finer volumes are summed up to at most so many cells per axis first: candidates need no more.
_COARSEST = 24
# How far to either side of a candidate the mass lies that it stands for, as a part of the volume's side: less than lies
# between two peaks of a torn joint. At least two cells.
_REACH = 1 / 8
# A normal density's own share of the logarithm of its variance: places between two peaks are wide and shall not win.
_NARROW = 0.5
# Deviations at which a wrong length costs no more.
_LIMIT = 3.0


def find_skeleton(
    likelihood: np.ndarray,
    mean: np.ndarray,
    to_mm: Callable[[np.ndarray], np.ndarray],
    grid: VoxelGrid,
    skeleton: Skeleton,
    limbs: Limbs,
) -> np.ndarray:
    """Joints (J, 3) in fractions.

    likelihood: (H, W, J, D), each joint's cells summing to 1; mean: (J, 3) in fractions, the root's z at 0 mm; to_mm:
    fractions (N, 3) to camera-frame mm at the root depth that holds.
    """
    places, mass, width = _candidates(likelihood, mean)
    root = skeleton.root
    places[root, :, 2] = grid.depth_to_fraction(0.0)
    joints = to_mm(places.reshape(-1, 3)).reshape(places.shape)
    # A place's spread in mm, from fractions of a box that is about as wide and high as the depth range.
    variance = width * grid.range_mm**2
    choice = _max_product(np.log(np.maximum(mass, 1e-12)), joints, variance, skeleton, limbs)
    return places[np.arange(len(places)), choice]


def _candidates(likelihood: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (J, K, 3) in fractions, the mass around each (J, K), and the variance per axis of that mass (J, K)."""
    cells = _summed(likelihood)
    _, height, width, joints, depth = cells.shape
    # By the cell's own mass: that around it would fill the list with places between two peaks.
    own = cells[0].transpose(2, 0, 1, 3).reshape(joints, -1)
    count = min(CANDIDATES, own.shape[1] - 1)
    best = np.argpartition(-own, count, axis=1)[:, :count]
    nearest = np.floor(mean * (width, height, depth)).astype(int).clip(0, np.array([width, height, depth]) - 1)
    middle = (nearest[:, 1] * width + nearest[:, 0]) * depth + nearest[:, 2]
    row, column, deep = np.unravel_index(np.column_stack([best, middle]), (height, width, depth))
    around = _around(cells)[:, row, column, np.arange(joints)[:, None], deep]
    chosen = np.moveaxis(around, 0, -1).astype(np.float64)
    mass = np.maximum(chosen[..., 0], 1e-12)
    places = chosen[..., 1:4] / mass[..., None]
    spread = np.maximum(chosen[..., 4] / mass - (places**2).sum(axis=-1), 0.0) / 3
    places[:, -1] = mean
    return places + 0.0, mass, spread


def _summed(likelihood: np.ndarray) -> np.ndarray:
    """Mass, and its products with x, y, z and their summed squares, in few cells per axis: (5, h, w, J, d)."""
    height, width, joints, depth = likelihood.shape
    y, x, z = ((np.arange(n) + 0.5) / n for n in (height, width, depth))
    y, x = y[:, None, None, None], x[:, None, None]
    weights = (1.0, x, y, z, x * x + y * y + z * z)
    parts = np.stack([likelihood * np.asarray(weight, np.float32) for weight in weights])
    for axis, cells in ((1, height), (2, width), (4, depth)):
        block = -(-cells // _COARSEST)
        if block > 1:
            parts = np.add.reduceat(parts, np.arange(0, cells, block), axis=axis)
    return parts


def _around(sums: np.ndarray) -> np.ndarray:
    """Sums over the cells within _REACH along every axis of the grid, same shape, by banded matrices."""
    five, height, width, joints, depth = sums.shape
    sums = _band(height) @ sums.reshape(five, height, -1)
    sums = _band(width) @ sums.reshape(five * height, width, -1)
    return (sums.reshape(-1, depth) @ _band(depth)).reshape(five, height, width, joints, depth)


def _band(cells: int) -> np.ndarray:
    index = np.arange(cells)
    return (abs(index[:, None] - index) <= max(2, round(_REACH * cells))).astype(np.float32)


def _max_product(
    scores: np.ndarray, joints: np.ndarray, variance: np.ndarray, skeleton: Skeleton, limbs: Limbs
) -> np.ndarray:
    """The best candidate of every joint, (J,), by scores (J, K), logarithms, and joints (J, K, 3) mm."""
    spread = np.hypot(limbs.std, limbs.common * limbs.lengths)
    belief, best = scores.copy(), {}
    bone_to = {child: bone for bone, (_, child) in enumerate(skeleton.bones)}
    outwards = [bone_to[joint] for joint in skeleton.outward[1:]]
    for bone in reversed(outwards):
        parent, child = skeleton.bones[bone]
        pairs = np.broadcast_to(belief[child], (scores.shape[1],) * 2)
        if np.isfinite(limbs.lengths[bone]):
            length = np.linalg.norm(joints[parent][:, None] - joints[child][None], axis=-1)
            total = spread[bone] ** 2 + variance[parent][:, None] + variance[child][None]
            square = (length - limbs.lengths[bone]) ** 2 / total
            pairs = pairs - 0.5 * np.minimum(square, _LIMIT**2) - _NARROW * np.log(total)
        best[bone] = pairs.argmax(axis=1)
        belief[parent] += pairs.max(axis=1)
    choice = np.zeros(len(scores), int)
    choice[skeleton.root] = belief[skeleton.root].argmax()
    for bone in outwards:
        parent, child = skeleton.bones[bone]
        choice[child] = best[bone][choice[parent]]
    return choice
