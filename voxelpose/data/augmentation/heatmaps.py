"""Heatmaps of joints whose place is known, as a network of limited eyesight would have seen them.

A heatmap is a distribution over the cells of a plane; it travels as the square root of its probabilities in 8 bits,
which is what `networks.decoupled.HeatmapLifter` reads once divided by 255.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Peaks:
    """What each joint's heatmap is made of.

    places: (J, P, 2) x, y in fractions of the plane, which may lie outside; spreads: (J, P) standard deviation in
    fractions; shares: (J, P) of the mass, at least 0; what they leave of 1 lies evenly over the plane.
    """

    places: np.ndarray
    spreads: np.ndarray
    shares: np.ndarray


def render(peaks: Peaks, side: int) -> np.ndarray:
    """Probabilities (side, side, J) float32, y then x, that sum to 1 per joint.

    A peak's mass outside the plane goes to the haze. A Gaussian is integrated over the cells, not sampled: one narrower
    than a cell keeps its mass.
    """
    x, y = (_cell_masses(peaks.places[..., axis], peaks.spreads, side) for axis in (0, 1))
    maps = np.einsum("jp,jpy,jpx->yxj", peaks.shares, y, x)
    haze = np.maximum(1 - maps.sum((0, 1)), 0) / side**2
    maps = maps + haze
    return (maps / maps.sum((0, 1))).astype(np.float32)


def encode(heatmaps: np.ndarray) -> np.ndarray:
    """Probabilities as the bytes that travel: 255 times their square root, rounded."""
    return np.round(255 * np.sqrt(np.clip(heatmaps, 0, 1))).astype(np.uint8)


def _cell_masses(places: np.ndarray, spreads: np.ndarray, side: int) -> np.ndarray:
    """(J, P, side): the mass that Gaussians along one axis put into each cell."""
    edges = np.arange(side + 1) / side
    cumulative = _normal_cdf((edges - places[..., None]) / spreads[..., None])
    return np.diff(cumulative, axis=-1)


def _normal_cdf(z: np.ndarray) -> np.ndarray:
    """The standard normal distribution function, to 8e-8 (Abramowitz and Stegun 7.1.26 for erf)."""
    x = np.abs(z) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = 1 - poly * np.exp(-x * x)
    return 0.5 * (1 + np.sign(z) * erf)
