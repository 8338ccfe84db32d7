"""What the network says about crops: joints in fractions of the voxel grid, with their uncertainty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from voxelpose.geometry import VoxelGrid
from voxelpose.inference.runtime import Runtime
from voxelpose.inference.variations import VARIATIONS, Variation, average_volumes
from voxelpose.networks import decode
from voxelpose.skeleton import Skeleton

if TYPE_CHECKING:
    from voxelpose.inference.views import View


@dataclass(frozen=True, eq=False)
class Reading:
    """One crop's result.

    fractions: (J, 3) x, y, z in [0, 1], the root's z at 0 mm; covariance: (J, 3, 3) in fractions; confidence: (J,);
    outside: (J,) bool, the volume peaks in the crop's outermost cells; presence: probability or None; grid: the finest
    stage's; volumes: likelihoods (H, W, J, D_s) of all stages where asked for, else empty.
    """

    fractions: np.ndarray
    covariance: np.ndarray
    confidence: np.ndarray
    outside: np.ndarray
    presence: float | None
    grid: VoxelGrid
    volumes: tuple[np.ndarray, ...]


class Decoder(Protocol):
    """How joints are read from the finest volume (B, H, W, J, D) of B views, over cells as `grid` says."""

    def __call__(self, volume: np.ndarray, views: Sequence["View"], grid: VoxelGrid) -> decode.Moments: ...


class VolumeReader:
    """Runs a network on the crops of views and reads its volumes.

    decoder: reads joints from the finest volume; mirrored: volumes are averaged with those of the mirrored crops;
    variations: of every crop whose volumes are averaged, the plain one first.
    """

    def __init__(
        self,
        network: Runtime,
        preset,
        skeleton: Skeleton,
        decoder: Decoder,
        mirrored: bool = True,
        variations: Sequence[Variation] = VARIATIONS[:1],
    ):
        self._network = network
        self._preset = preset
        self._skeleton = skeleton
        self._decoder = decoder
        self._mirrored = mirrored
        self._variations = tuple(variations)

    def read(self, views: Sequence["View"], keep_volumes: bool = False) -> Iterator[Reading]:
        """One Reading per view."""
        volumes, presence = self._see(views)
        preset, finest = self._preset, volumes[-1]
        grid = VoxelGrid(finest.shape[2], finest.shape[1], finest.shape[4], preset.near_mm, preset.far_mm)
        moments = self._decoder(finest, views, grid)
        outside = _at_edge(decode.argmax(finest), finest.shape[2], finest.shape[1])
        scale = np.sqrt(np.asarray(preset.covariance_scale, np.float64))
        for n in range(len(views)):
            fractions, covariance = _pin_root(
                moments.mean[n], moments.covariance[n] * scale[:, None] * scale, self._skeleton.root, grid
            )
            yield Reading(
                fractions=fractions,
                covariance=covariance,
                confidence=np.clip(moments.confidence[n].astype(np.float64), 0, 1),
                outside=outside[n],
                presence=None if presence is None else float(presence[n]),
                grid=grid,
                volumes=tuple(decode.likelihood(v[n : n + 1], preset.temperature)[0] for v in volumes)
                if keep_volumes
                else (),
            )

    def _see(self, views: Sequence["View"]) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Volumes (B, H, W, J, D_s) of all stages, and presence probabilities (B,) if there are any."""
        seen = []
        for variation in self._variations:
            crops = [variation.of(view.crop).warp(view.image) for view in views]
            seen.append(self._forward(np.stack(crops).astype(np.float32) / 255))
        stages = zip(*(volumes for volumes, _ in seen), strict=True)
        volumes = [average_volumes(stage, self._variations, self._preset.temperature) for stage in stages]
        if seen[0][1] is None:
            return volumes, None
        logits = np.mean([presence for _, presence in seen], axis=0)
        return volumes, 1 / (1 + np.exp(-logits))

    def _forward(self, crops: np.ndarray) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Volumes (B, H, W, J, D_s) of all stages, and presence logits (B,) if there are any."""
        count = len(crops)
        outputs = self._network(np.concatenate([crops, crops[:, :, ::-1]]) if self._mirrored else crops)
        volumes = []
        for stage in range(1, 1 + sum(name.startswith("volume_") for name in outputs)):
            volume = decode.volume_view(outputs[f"volume_{stage}"], len(self._skeleton))
            if self._mirrored:
                volume = decode.average_mirrored(volume[:count], volume[count:], self._skeleton.mirror)
            volumes.append(volume)
        if "presence" not in outputs:
            return volumes, None
        return volumes, outputs["presence"].reshape(-1, count).mean(axis=0, dtype=np.float64)


def _at_edge(peaks: np.ndarray, width: int, height: int) -> np.ndarray:
    """Whether peaks (B, J, 3) in fractions lie in the outermost ring of width x height cells: (B, J) bool."""
    cells = np.array([width, height])
    index = np.floor(peaks[..., :2] * cells)
    return ((index == 0) | (index == cells - 1)).any(axis=-1)


def _pin_root(
    fractions: np.ndarray, covariance: np.ndarray, root: int, grid: VoxelGrid
) -> tuple[np.ndarray, np.ndarray]:
    """Joints (J, 3) and covariances (J, 3, 3) in fractions with the root's depth at 0 mm and certain, by definition."""
    fractions, covariance = np.array(fractions, np.float64), np.array(covariance, np.float64)
    fractions[root, 2] = grid.depth_to_fraction(0.0)
    covariance[root, 2, :] = covariance[root, :, 2] = 0.0
    return fractions, covariance
