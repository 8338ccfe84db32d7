"""A network run on crops: joints in fractions of the voxel grid, with their uncertainty."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.inference.decoding.prediction import Decoder, Place, PlacedImage, Prediction
from voxelpose.inference.decoding.test_time_augmentation import VARIATIONS, Variation
from voxelpose.inference.runtime.runtimes import Runtime
from voxelpose.networks import decode
from voxelpose.networks.outputs import JointOutput, outputs_of
from voxelpose.skeleton import Skeleton


class VolumePredictor:
    """Runs a network on crops and reads joints from what it says.

    mirrored: outputs are averaged with those of the mirrored crops; decoder: reads joints from the finest volume, the
    mean if None; variations: of every crop, whose outputs are averaged, the plain one first.
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
        self._decoder = decoder
        self._variations = tuple(variations)

    def predict_crops(
        self, crops: np.ndarray, keep_volumes: bool = False, places: Sequence[Place] | None = None
    ) -> Iterator[Prediction]:
        """Crops (B, S, S, 3) uint8 RGB -> one Prediction each; places: where they were cut, if a decoder needs it."""
        return self._predictions([self._forward(crops)], places, keep_volumes)

    def predict(self, places: Sequence[PlacedImage], keep_volumes: bool = False) -> Iterator[Prediction]:
        """One Prediction per place, from its crop and the variations of that."""
        passes = [
            self._forward(np.stack([variation.of(place.crop).warp(place.image) for place in places]))
            for variation in self._variations
        ]
        return self._predictions(passes, places, keep_volumes)

    def _predictions(
        self, passes: Sequence[Mapping[str, np.ndarray]], places: Sequence[Place] | None, keep_volumes: bool
    ) -> Iterator[Prediction]:
        """passes: the network's arrays for each variation."""
        preset, temperature = self._preset, self._preset.calibration.temperature
        outputs = outputs_of(passes[0], len(self._skeleton))
        linears = [variation.linear for variation in self._variations[: len(passes)]]
        arrays = outputs.average(passes, linears, temperature)
        joints = outputs.joints
        grid = joints.grid(preset.input.near_mm, preset.input.far_mm)
        moments, outside = self._moments(joints, arrays, places, grid), joints.outside(arrays)
        others = outputs.values(arrays)
        scale = np.sqrt(np.asarray(preset.calibration.covariance_scale, np.float64))
        for n in range(len(moments.mean)):
            fractions, covariance = _pin_root(
                moments.mean[n], moments.covariance[n] * scale[:, None] * scale, self._skeleton.root, grid
            )
            volumes = (decode.volume_view(arrays[stage][n : n + 1], len(self._skeleton)) for stage in joints.stages)
            yield Prediction(
                fractions=fractions,
                covariance=covariance,
                confidence=np.clip(moments.confidence[n].astype(np.float64), 0, 1),
                outside=outside[n],
                grid=grid,
                volumes=tuple(decode.likelihood(volume, temperature)[0] for volume in volumes) if keep_volumes else (),
                others={name: value[n] for name, value in others.items()},
            )

    def _moments(
        self, joints: JointOutput, arrays: Mapping[str, np.ndarray], places: Sequence[Place] | None, grid: VoxelGrid
    ) -> decode.Moments:
        if self._decoder is None or not joints.has_volume:
            return joints.moments(arrays, self._preset.calibration.temperature)
        return self._decoder(joints.volume(arrays), places, grid)

    def _forward(self, crops: np.ndarray) -> Mapping[str, np.ndarray]:
        """Crops uint8 -> the network's arrays, averaged with those of the mirrored crops."""
        count, crops = len(crops), crops.astype(np.float32) / 255
        if not self._mirrored:
            return self._network(crops)
        arrays = self._network(np.concatenate([crops, crops[:, :, ::-1]]))
        halves = [{name: array[part] for name, array in arrays.items()} for part in (slice(count), slice(count, None))]
        return outputs_of(arrays, len(self._skeleton)).average_mirrored(*halves, self._skeleton.mirror)


def check_reads_pictures(preset) -> None:
    """InputError for a network that reads no pictures."""
    kind, reads = preset.architecture.kind, preset.architecture.reads
    if reads != "image":
        raise InputError(
            f"Expected a network that reads pictures. Received: {preset.name}, a {kind}, which reads {reads}: join it "
            "with an image network by `voxelpose decoupled join`."
        )


def _pin_root(
    fractions: np.ndarray, covariance: np.ndarray, root: int, grid: VoxelGrid
) -> tuple[np.ndarray, np.ndarray]:
    """Joints (J, 3) and covariances (J, 3, 3) in fractions with the root's depth at 0 mm and certain, by definition."""
    fractions, covariance = np.array(fractions, np.float64), np.array(covariance, np.float64)
    fractions[root, 2] = grid.depth_to_fraction(0.0)
    covariance[root, 2, :] = covariance[root, :, 2] = 0.0
    return fractions, covariance
