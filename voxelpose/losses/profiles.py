"""Separable Gaussians on the grid: one profile per axis, g(x, y, z) = gx(x) gy(y) gz(z), so no volume is ever built.

Distances are counted in cells. Cell i of n has its centre at the fraction (i + 0.5) / n.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from keras import KerasTensor, ops

PAPER_SIGMA = 2.0
RELEASED_SIGMA = 3.25  # a quarter of the released patch's 13 pixels
RELEASED_RADIUS = 6
PUBLISHED_DEPTH = 64  # the sigmas above are for this many cells in z
NARROWEST_PAPER_SIGMA = 0.5


class Profiles(NamedTuple):
    """The three factors of each joint's Gaussian: x (B, J, W), y (B, J, H), z (B, J, D)."""

    x: KerasTensor
    y: KerasTensor
    z: KerasTensor

    def plane(self):
        """(B, H, W, J) product of the x and the y profile: the joint's 2D heatmap."""
        outer = ops.expand_dims(self.y, 3) * ops.expand_dims(self.x, 2)
        return ops.transpose(outer, (0, 2, 3, 1))

    def energy(self):
        """(B, J) sum of the squared Gaussian over all cells."""
        return self.plane_energy() * ops.sum(ops.square(self.z), axis=-1)

    def plane_energy(self):
        """(B, J) sum of the squared 2D heatmap over the image plane."""
        return ops.sum(ops.square(self.x), axis=-1) * ops.sum(ops.square(self.y), axis=-1)


def cell_centres(cells: int):
    """(cells,) centres in fractions of the axis."""
    return (ops.arange(cells, dtype="float32") + 0.5) / cells


def squared_distances(fractions, cells: int):
    """(..., cells) squared distance, in cells, from each position (...) in fractions to each cell's centre."""
    return ops.square((cell_centres(cells) - ops.expand_dims(fractions, -1)) * cells)


def distribution_profiles(fractions, size: tuple[int, int, int], sigma: Sequence[float]) -> Profiles:
    """Gaussians around the exact positions, each profile summing to 1 over its cells (near a face, too).

    Args:
        fractions: (B, J, 3) in (x, y, z) order.
        size: (width, height, depth) in cells.
        sigma: standard deviations per axis in (x, y, z) order, in cells, above 0.
    """
    return Profiles(*(_shares(fractions[..., axis], cells, sigma[axis]) for axis, cells in enumerate(size)))


def paper_depth_sigma(depth: int) -> float:
    """Our reading of "sigma 2" at fewer than 64 depth cells: the same length in mm, but never below half a cell.

    Below half a cell a joint on the border of two cells would leave nearly nothing in either.
    """
    return max(PAPER_SIGMA * depth / PUBLISHED_DEPTH, NARROWEST_PAPER_SIGMA)


def paper_profiles(fractions, size: tuple[int, int, int]) -> Profiles:
    """The target as the paper writes it: standard deviation 2 voxels, peak 1 at the joint's exact position.

    In z the deviation is `paper_depth_sigma`; one depth cell is an ordinary 2D heatmap (z profile 1).
    """
    width, height, depth = size
    z = ops.ones_like(fractions[..., 2:]) if depth == 1 else _bell(fractions[..., 2], depth, paper_depth_sigma(depth))
    return Profiles(
        _bell(fractions[..., 0], width, PAPER_SIGMA),
        _bell(fractions[..., 1], height, PAPER_SIGMA),
        z,
    )


def released_depth_slices(depth: int) -> int:
    """Slices of the released patch in z: 1 for d = 1, 2, 4; 3 for 8; 5 for 16; 7 for 32; 13 for 64."""
    return 2 * math.floor((12 * depth / PUBLISHED_DEPTH + 1) / 2) + 1


def released_profiles(fractions, size: tuple[int, int, int]) -> Profiles:
    """The target of the authors' released code: a patch of 13 x 13 pixels, standard deviation 3.25, cut off outside.

    The patch has peak 1 and sits on the cell that holds the joint. In z it has `released_depth_slices` slices with a
    quarter of that as standard deviation.
    """
    width, height, depth = size
    slices = released_depth_slices(depth)
    return Profiles(
        _patch(fractions[..., 0], width, RELEASED_SIGMA, RELEASED_RADIUS),
        _patch(fractions[..., 1], height, RELEASED_SIGMA, RELEASED_RADIUS),
        _patch(fractions[..., 2], depth, slices / 4, slices // 2),
    )


def _shares(fractions, cells: int, sigma: float):
    squared = squared_distances(fractions, cells)
    # relative to the nearest cell: with a tiny sigma every density may underflow, and 0 / 0 would follow
    density = ops.exp((squared - ops.min(squared, axis=-1, keepdims=True)) * (-0.5 / sigma**2))
    return density / ops.sum(density, axis=-1, keepdims=True)


def _bell(fractions, cells: int, sigma: float):
    return ops.exp(squared_distances(fractions, cells) * (-0.5 / sigma**2))


def _patch(fractions, cells: int, sigma: float, radius: int):
    cell = ops.clip(ops.floor(fractions * cells), 0, cells - 1)
    squared = ops.square(ops.arange(cells, dtype="float32") - ops.expand_dims(cell, -1))
    return ops.where(squared <= radius**2, ops.exp(squared * (-0.5 / sigma**2)), 0.0)


def weigh(volume, profiles: Profiles):
    """Sum of volume(x, y, z) gx(x) gy(y) gz(z) over the cells of each joint.

    The gradient flows to the volume only: targets are data.

    Args:
        volume: (B, H, W, J, D) float32.
        profiles: of the same joints and sizes.

    Returns:
        (B, J).
    """
    plane, z = ops.stop_gradient(profiles.plane()), ops.stop_gradient(profiles.z)

    @ops.custom_gradient
    def contract(volume):
        def gradient(*upstream):
            return plane[..., None] * (z * upstream[0][..., None])[:, None, None]

        return ops.sum(_plane_products(volume, plane) * z, axis=-1), gradient

    return contract(volume)


def _plane_products(volume, plane):
    """Sum over the image plane of volume times heatmap, per depth cell.

    One matrix product contracts every pair of a heatmap and a joint's maps, of which only the matching pairs are kept.
    That reads the volume once, as it lies in memory, and costs J / features of the 1x1 convolution that made the
    volume; a contraction batched over joints would first copy the volume into another order.

    Args:
        volume: (B, H, W, J, D) float32.
        plane: (B, H, W, J).

    Returns:
        (B, J, D).
    """
    _, height, width, joints, depth = volume.shape
    maps = ops.reshape(volume, (-1, height * width, joints * depth))
    heatmaps = ops.reshape(plane, (-1, height * width, joints))
    pairs = ops.reshape(ops.matmul(ops.transpose(heatmaps, (0, 2, 1)), maps), (-1, joints, joints, depth))
    return ops.sum(pairs * ops.eye(joints)[:, :, None], axis=2)


# What the names of a configuration mean.
GAUSSIANS = {"paper": paper_profiles, "released": released_profiles}
