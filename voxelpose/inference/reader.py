"""What the network says about crops: joints in fractions of the voxel grid, with their uncertainty."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from voxelpose.geometry import VoxelGrid
from voxelpose.inference.runtime import Runtime
from voxelpose.networks import decode
from voxelpose.skeleton import Skeleton


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


class VolumeReader:
    """Runs a network on crops and reads its volumes, averaged with those of the mirrored crops if `mirrored`."""

    def __init__(self, network: Runtime, preset, skeleton: Skeleton, mirrored: bool):
        self._network = network
        self._preset = preset
        self._skeleton = skeleton
        self._mirrored = mirrored

    def read(self, crops: np.ndarray, keep_volumes: bool = False) -> Iterator[Reading]:
        """Crops (B, S, S, 3) uint8 RGB -> one Reading each."""
        volumes, presence = self._forward(crops.astype(np.float32) / 255)
        preset, finest = self._preset, volumes[-1]
        moments = decode.moments(finest, preset.temperature)
        outside = _at_edge(decode.argmax(finest), finest.shape[2], finest.shape[1])
        grid = VoxelGrid(finest.shape[2], finest.shape[1], finest.shape[4], preset.near_mm, preset.far_mm)
        scale = np.sqrt(np.asarray(preset.covariance_scale, np.float64))
        for n in range(len(crops)):
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

    def _forward(self, crops: np.ndarray) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Volumes (B, H, W, J, D_s) of all stages, and presence probabilities (B,) if there are any."""
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
        logits = outputs["presence"].reshape(-1, count).mean(axis=0, dtype=np.float64)
        return volumes, 1 / (1 + np.exp(-logits))


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
