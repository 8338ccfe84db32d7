"""What the network says about crops: joints in fractions of the voxel grid, with their uncertainty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.test_time_augmentation import VARIATIONS, Variation, average_volumes
from voxelpose.inference.runtime.runtimes import Runtime
from voxelpose.networks import decode
from voxelpose.skeleton import Skeleton

if TYPE_CHECKING:
    from voxelpose.inference.inputs.requests import View


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


class Place(Protocol):
    """Where a crop was cut, and the camera that it was seen by, None if nobody knows it."""

    camera: Camera | None
    crop: Crop


class Decoder(Protocol):
    """How joints are read from the finest volume (B, H, W, J, D), over cells as `grid` says.

    places: of the B crops, or None where nobody knows them.
    """

    def __call__(self, volume: np.ndarray, places: Sequence[Place] | None, grid: VoxelGrid) -> decode.Moments: ...


class VolumeReader:
    """Runs a network on crops and reads its volumes.

    mirrored: volumes are averaged with those of the mirrored crops; decoder: reads joints from the finest volume, the
    mean if None; variations: of every view's crop whose volumes are averaged, the plain one first.
    """

    def __init__(
        self,
        network: Runtime,
        preset,
        skeleton: Skeleton,
        mirrored: bool,
        decoder: Decoder | None = None,
        variations: Sequence[Variation] = VARIATIONS[:1],
    ):
        self._network = network
        self._preset = preset
        self._skeleton = skeleton
        self._mirrored = mirrored
        self._decoder = decoder or (lambda volume, places, grid: decode.moments(volume, preset.calibration.temperature))
        self._variations = tuple(variations)

    def read(
        self, crops: np.ndarray, keep_volumes: bool = False, places: Sequence[Place] | None = None
    ) -> Iterator[Reading]:
        """Crops (B, S, S, 3) uint8 RGB -> one Reading each; places: where they were cut, for decoders that need it."""
        return self._readings([self._forward(crops)], places, keep_volumes)

    def read_views(self, views: Sequence["View"], keep_volumes: bool = False) -> Iterator[Reading]:
        """One Reading per view, from the views' crops and their variations."""
        seen = [
            self._forward(np.stack([variation.of(view.crop).warp(view.image) for view in views]))
            for variation in self._variations
        ]
        return self._readings(seen, views, keep_volumes)

    def _readings(
        self,
        seen: Sequence[tuple[list[np.ndarray], np.ndarray | None]],
        places: Sequence[Place] | None,
        keep_volumes: bool,
    ) -> Iterator[Reading]:
        """seen: what `_forward` said of each variation."""
        preset = self._preset
        stages = zip(*(volumes for volumes, _ in seen), strict=True)
        volumes = [
            average_volumes(stage, self._variations[: len(seen)], preset.calibration.temperature) for stage in stages
        ]
        finest = volumes[-1]
        logits = None if seen[0][1] is None else np.mean([logit for _, logit in seen], axis=0)
        grid = VoxelGrid(finest.shape[2], finest.shape[1], finest.shape[4], preset.input.near_mm, preset.input.far_mm)
        moments = self._decoder(finest, places, grid)
        outside = _at_edge(decode.argmax(finest), finest.shape[2], finest.shape[1])
        scale = np.sqrt(np.asarray(preset.calibration.covariance_scale, np.float64))
        for n in range(len(finest)):
            fractions, covariance = _pin_root(
                moments.mean[n], moments.covariance[n] * scale[:, None] * scale, self._skeleton.root, grid
            )
            yield Reading(
                fractions=fractions,
                covariance=covariance,
                confidence=np.clip(moments.confidence[n].astype(np.float64), 0, 1),
                outside=outside[n],
                presence=None if logits is None else float(1 / (1 + np.exp(-logits[n]))),
                grid=grid,
                volumes=tuple(decode.likelihood(v[n : n + 1], preset.calibration.temperature)[0] for v in volumes)
                if keep_volumes
                else (),
            )

    def _forward(self, crops: np.ndarray) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Crops uint8 -> volumes (B, H, W, J, D_s) of all stages, and presence logits (B,) if there are any."""
        count, crops = len(crops), crops.astype(np.float32) / 255
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
