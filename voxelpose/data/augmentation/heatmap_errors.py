"""How a network that was trained on 2D labels errs in its heatmaps: fitted to its validation, drawn for the lifter.

The lifter of the decoupled network sees motion capture only; its heatmaps must be as wrong as those it will be given.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from voxelpose.data.augmentation.heatmaps import Peaks
from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.reading.guard import guarded
from voxelpose.reading.json_text import read_json

# A peak within this distance of a joint, in fractions of the crop, is that joint, misplaced a little.
NEAR = 0.08
# The second peak of a heatmap holds at least this share of its mass.
SECOND_SHARE = 0.15
_LOST_SPREAD = 0.2
# Where a joint is taken for another one, it is mostly its mirror image.
_MIRROR_SHARE = 0.7


@dataclass(frozen=True)
class HeatmapErrors:
    """Rates in [0, 1] and lengths in fractions of the crop, each one number per joint of the skeleton.

    jitter: standard deviation per axis of a peak that is at its joint; spread: standard deviation of a peak; haze: mass
    that lies evenly over the plane. lost: rate of heatmaps that peak at none of the joint, its mirror image; swapped:
    rate of those that peak at the mirror image; doubled: rate of those with a second peak.
    """

    jitter: tuple[float, ...]
    spread: tuple[float, ...]
    haze: tuple[float, ...]
    lost: tuple[float, ...]
    swapped: tuple[float, ...]
    doubled: tuple[float, ...]

    def __post_init__(self):
        lengths = {len(getattr(self, f.name)) for f in fields(self)}
        if len(lengths) != 1:
            raise InputError(f"Expected one number per joint in every field. Received: {sorted(lengths)} numbers.")
        for field in fields(self):
            values = np.asarray(getattr(self, field.name), np.float64)
            if not (np.isfinite(values).all() and (values >= 0).all() and (values <= 1).all()):
                raise InputError(f"Expected {field.name} between 0 and 1. Received: {getattr(self, field.name)}.")
            object.__setattr__(self, field.name, tuple(map(float, values)))

    @classmethod
    def alike(cls, joints: int, **values: float) -> "HeatmapErrors":
        """The same numbers for every joint."""
        return cls(**{name: (value,) * joints for name, value in values.items()})

    @classmethod
    def fitted(cls, heatmaps: np.ndarray, joints: np.ndarray, known: np.ndarray, mirror: Sequence[int]):
        """From a network's heatmaps (N, H, W, J), probabilities, of crops whose joints (N, J, 2), in fractions, are
        known (N, J) bool. A joint that is never known gets the median of the others."""
        seen = [_Seen.of(heatmaps[..., j], joints[:, j], joints[:, mirror[j]], known[:, j]) for j in range(len(mirror))]
        columns = {f.name: np.array([getattr(s, f.name) for s in seen]) for f in fields(cls)}
        if np.isnan(columns["lost"]).all():
            raise InputError("Expected crops with annotated joints to fit heatmap errors to. Received: none.")
        return cls(**{name: np.where(np.isnan(v), np.nanmedian(v), v).tolist() for name, v in columns.items()})

    def draw(self, places: np.ndarray, mirror: Sequence[int], rng: np.random.Generator) -> Peaks:
        """Peaks of joints (J, 2), in fractions of the crop, with errors such as these."""
        count = len(places)
        mirror = np.asarray(mirror)
        # A pair is swapped as one: both heatmaps peak at the other side.
        pair = np.minimum(np.arange(count), mirror)
        swapped = rng.random(count)[pair] < np.asarray(self.swapped)[pair]
        first = np.where(swapped[:, None], places[mirror], places)
        others = _other_places(places, mirror, rng)
        lost = rng.random(count) < self.lost
        astray = lost & (rng.random(count) < 0.5)
        first = np.where(astray[:, None], others, first) + rng.normal(size=(count, 2)) * np.array(self.jitter)[:, None]
        spread = np.array(self.spread) * np.exp(0.35 * rng.standard_normal(count))
        spread = np.where(lost & ~astray, _LOST_SPREAD, spread)
        doubled = rng.random(count) < self.doubled
        second = np.where(doubled, rng.uniform(SECOND_SHARE, 0.5, count), 0.0)
        mass = 1 - np.clip(np.array(self.haze) * rng.gamma(2.0, 0.5, count), 0, 0.9)
        return Peaks(
            np.stack([first, others], axis=1),
            np.maximum(np.stack([spread, spread], axis=1), 1e-3),
            np.stack([mass * (1 - second), mass * second], axis=1),
        )

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike) -> "HeatmapErrors":
        """Read what `save` wrote; InputError for anything else."""
        with guarded(path, "heatmap errors"):
            return cls(**read_json(path, "heatmap errors"))


def _other_places(places: np.ndarray, mirror: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each joint a place where it is not: mostly its mirror image's, else any other joint's."""
    count = len(places)
    any_other = (np.arange(count) + rng.integers(1, max(count, 2), count)) % count
    taken = np.where((rng.random(count) < _MIRROR_SHARE) & (mirror != np.arange(count)), mirror, any_other)
    return places[taken]


@dataclass(frozen=True)
class _Seen:
    """The errors of one joint; fields as in HeatmapErrors."""

    jitter: float
    spread: float
    haze: float
    lost: float
    swapped: float
    doubled: float

    @classmethod
    def of(cls, maps: np.ndarray, own: np.ndarray, mirrored: np.ndarray, known: np.ndarray) -> "_Seen":
        maps, own, mirrored = maps[known], own[known], mirrored[known]
        if not len(maps):
            return cls(*[np.nan] * 6)
        place, spread, inside, rest = _first_peak(maps)
        off = np.linalg.norm(place - own, axis=-1)
        at_own = off < NEAR
        swapped = ~at_own & (np.linalg.norm(place - mirrored, axis=-1) < NEAR)
        jitter = np.sqrt(((place - own)[at_own] ** 2).mean()) if at_own.any() else NEAR
        second = _first_peak(rest)[2] * (1 - inside)
        doubled = second > SECOND_SHARE
        haze = np.clip(1 - inside - np.where(doubled, second, 0), 0, 1)
        lost = ~at_own & ~swapped
        rates = [float(np.mean(flags)) for flags in (lost, swapped, doubled)]
        return cls(float(jitter), float(np.median(spread)), float(haze.mean()), *rates)


def _first_peak(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of heatmaps (N, H, W): mean (N, 2) and spread (N,) of the mass near the highest cell, that mass (N,), and what is
    left of the heatmaps without it, summing to 1 again."""
    count, height, width = maps.shape
    rows, columns = np.divmod(maps.reshape(count, -1).argmax(-1), width)
    y, x = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    near_y = np.abs(y - y[rows][:, None]) <= NEAR + 0.5 / height
    near_x = np.abs(x - x[columns][:, None]) <= NEAR + 0.5 / width
    near = near_y[:, :, None] & near_x[:, None, :]
    part = np.where(near, maps, 0)
    mass = np.maximum(part.sum((1, 2)), 1e-12)
    mean = np.stack([(part.sum(1) * x).sum(-1), (part.sum(2) * y).sum(-1)], axis=-1) / mass[:, None]
    square = ((part.sum(1) * x**2).sum(-1) + (part.sum(2) * y**2).sum(-1)) / mass
    variance = np.maximum(square - (mean**2).sum(-1), 0) / 2
    rest = np.where(near, 0, maps)
    return mean, np.sqrt(variance), mass, rest / np.maximum(rest.sum((1, 2), keepdims=True), 1e-12)
