"""Outputs that say where joints are: volumes and heatmaps of likelihoods, and coordinates without any."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from voxelpose.geometry import VoxelGrid
from voxelpose.networks import decode
from voxelpose.networks.outputs.output import Arrays, Change, Output
from voxelpose.networks.resampling import average_volumes

# Largest distance in mm that a joint may move by an export.
BOUNDS_MM: Mapping[str, float] = {"float32": 0.5, "float16": 5.0, "int8": 40.0}


class JointOutput(Output):
    """An output that says where joints are, as fractions x, y, z of the crop and the depth range."""

    # Whether there is a distribution over cells, which decoders, uncertainty and figures of volumes need.
    has_volume: ClassVar[bool] = False
    weighed_by_name = False

    def targets(self, batch):
        """Packed joints (B, J, 6) for every array: fractions, then their weights."""
        from keras import ops

        packed = ops.concatenate([batch["joints"], batch["joint_weights"]], axis=-1)
        return dict.fromkeys(self.names, packed)

    @abstractmethod
    def grid(self, near_mm: float, far_mm: float) -> VoxelGrid:
        """The finest grid, over depths near_mm to far_mm from the root; one cell where there are no volumes."""

    @abstractmethod
    def fractions(self, arrays: Arrays, temperature: float) -> np.ndarray:
        """(B, J, 3) float32 joints, of volumes the mean of the finest."""

    @abstractmethod
    def moments(self, arrays: Arrays, temperature: float) -> decode.Moments:
        """Mean, covariance and confidence of every joint."""

    @abstractmethod
    def outside(self, arrays: Arrays) -> np.ndarray:
        """(B, J) bool: whether a joint lies at the crop's edge or beyond it."""

    def change(self, original, exported, preset, precision):
        ours, theirs = (
            self.fractions(arrays, preset.calibration.temperature).astype(np.float64)
            * (preset.input.far_mm - preset.input.near_mm)
            for arrays in (original, exported)
        )
        # In mm as if the crop were as wide and high as the depth range.
        distances = np.linalg.norm(ours - theirs, axis=-1)
        return Change("a joint", float(distances.max()), float(distances.mean()), "mm", BOUNDS_MM[precision])


class Volumes(JointOutput):
    """Logits over the cells of a grid, one volume per stage, coarse to fine: "volume_1", "volume_2", ...

    Arrays: (B, H, W, J * D), joint-major, of D depth cells each.
    """

    pattern = r"volume_\d+"
    has_volume = True

    def losses(self, plan):
        from voxelpose.losses.volume import VoxelLoss

        return {
            name: VoxelLoss(
                shape[-1] // self.joints,
                self.joints,
                plan.stages.get(name, plan.terms),
                plan.temperature,
                name=f"{name}_loss",
            )
            for name, shape in self.shapes.items()
        }

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the volumes, coarse to fine."""
        return self.names

    def volume(self, arrays: Arrays, stage: int = -1) -> np.ndarray:
        """(B, H, W, J, D) of a stage, the finest by default."""
        return decode.volume_view(arrays[self.names[stage]], self.joints)

    def heatmaps(self, arrays: Arrays, temperature: float) -> np.ndarray:
        """(B, H, W, J) likelihood over the plane."""
        return decode.heatmap(self.volume(arrays), temperature)

    def grid(self, near_mm, far_mm):
        height, width, channels = self.shapes[self.names[-1]]
        return VoxelGrid(width, height, channels // self.joints, near_mm, far_mm)

    def fractions(self, arrays, temperature):
        return decode.soft_argmax(self.volume(arrays), temperature)

    def moments(self, arrays, temperature):
        return decode.moments(self.volume(arrays), temperature)

    def outside(self, arrays):
        """The highest cell is one of the outermost ring."""
        volume = self.volume(arrays)
        cells = np.array([volume.shape[2], volume.shape[1]])
        index = np.floor(decode.argmax(volume)[..., :2] * cells)
        return ((index == 0) | (index == cells - 1)).any(axis=-1)

    def average_mirrored(self, arrays, mirrored, mirror):
        return {
            name: decode.average_mirrored(
                decode.volume_view(arrays[name], self.joints), decode.volume_view(mirrored[name], self.joints), mirror
            ).reshape(arrays[name].shape)
            for name in self.names
        }

    def average(self, passes, linears, temperature):
        return {
            name: average_volumes(
                [decode.volume_view(arrays[name], self.joints) for arrays in passes], linears, temperature
            ).reshape(passes[0][name].shape)
            for name in self.names
        }


class Heatmaps(Volumes):
    """Logits over the cells of the picture alone: volumes of one depth cell, "heatmaps_1", ...; arrays (B, H, W, J)."""

    pattern = r"heatmaps_\d+"


class Coordinates(JointOutput):
    """Regressed joints, "coordinates" (B, 3 * J) or (B, J, 3): x, y, z of one joint after the other, in fractions.

    There is no distribution: as for an axis of one cell, the variance is that of a place anywhere in the box, 1/12, and
    the confidence is 1.
    """

    pattern = "coordinates"

    def losses(self, plan):
        from voxelpose.losses.heads import CoordinateLoss

        return {"coordinates": CoordinateLoss(plan.power, plan.coordinates)}

    def grid(self, near_mm, far_mm):
        return VoxelGrid(1, 1, 1, near_mm, far_mm)

    def fractions(self, arrays, temperature):
        return arrays["coordinates"].reshape(-1, self.joints, 3)

    def moments(self, arrays, temperature):
        mean = self.fractions(arrays, temperature)
        covariance = np.broadcast_to(
            np.float32(decode.UNKNOWN_VARIANCE) * np.eye(3, dtype=np.float32), (*mean.shape, 3)
        )
        return decode.Moments(mean, covariance, np.ones(mean.shape[:2], np.float32))

    def outside(self, arrays):
        plane = self.fractions(arrays, 1.0)[..., :2]
        return ((plane < 0) | (plane > 1)).any(axis=-1)

    def average_mirrored(self, arrays, mirrored, mirror):
        fractions = self.fractions(mirrored, 1.0)[:, list(mirror)]
        flipped = np.concatenate([1 - fractions[..., :1], fractions[..., 1:]], axis=-1)
        mean = 0.5 * (self.fractions(arrays, 1.0) + flipped)
        return {"coordinates": mean.reshape(arrays["coordinates"].shape)}

    def average(self, passes, linears, temperature):
        plain = []
        for arrays, linear in zip(passes, linears, strict=True):
            fractions = self.fractions(arrays, temperature).astype(np.float64)
            fractions[..., :2] = (fractions[..., :2] - 0.5) @ np.linalg.inv(linear).T + 0.5
            plain.append(fractions)
        return {"coordinates": np.mean(plain, axis=0).astype(np.float32).reshape(passes[0]["coordinates"].shape)}
