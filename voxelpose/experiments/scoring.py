"""A network of any kind over people: joints in mm, a protocol's metrics, and one error per person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.metrics.measures import MEASURES
from voxelpose.evaluation.metrics.pairs import PredictedJoints, make_pairs
from voxelpose.evaluation.metrics.scores import score
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import GROUND_TRUTH, CropPlace, cut_crops, reconstruct, true_root_depths
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.evaluation.protocols.selection import selected_rows
from voxelpose.evaluation.protocols.table import fitting_protocols, get_protocol
from voxelpose.experiments.results import Scores
from voxelpose.experiments.suite import DIRECT
from voxelpose.geometry import VoxelGrid
from voxelpose.inference.decoding.decoders import make_decoder
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.networks.outputs import outputs_of
from voxelpose.networks.presets import Preset
from voxelpose.skeleton import Skeleton, get_skeleton

# Crops (B, S, S, 3) uint8 and where they were cut -> fractions (B, J, 3) by the name of the decoder.
CropPredictor = Callable[[np.ndarray, Sequence[CropPlace]], Mapping[str, np.ndarray]]


@dataclass(frozen=True, eq=False)
class TestPeople:
    """Those who take part in a protocol with the true root depth."""

    __test__ = False  # no test class, whatever pytest takes its name for

    people: People
    protocol: Protocol

    @classmethod
    def of(cls, people: People, protocol: str | None) -> "TestPeople":
        """By the protocol of that name, or the first that fits; InputError for one that finds the root itself."""
        chosen = fitting_protocols(people)[0] if protocol is None else get_protocol(protocol)
        if chosen.root_depth != GROUND_TRUTH or not chosen.metric:
            raise InputError(
                f"Expected a protocol in mm whose root depth is the {GROUND_TRUTH}. Received: {chosen.name}, with "
                f"{chosen.root_depth}."
            )
        return cls(people.select(selected_rows(people, chosen)), chosen)

    def facts(self) -> dict:
        """What a result says about them."""
        people = self.people
        return {"name": people.name, "protocol": self.protocol.name, "people": len(people), "sha256": people.sha256}

    def joints_mm(
        self, predict: CropPredictor, image_network: Preset, depth_range: tuple[float, float]
    ) -> dict[str, np.ndarray]:
        """(N, J, 3) mm in the camera frame for every decoder of `predict`, with the true root depth.

        image_network: how crops are cut, and whose joints they are; depth_range: mm at the fractions 0 and 1 of the
        depth.
        """
        skeleton, places = get_skeleton(image_network.input.skeleton), []
        batches: dict[str, list[np.ndarray]] = {}
        for crops, batch_places in cut_crops(
            self.people, image_network.architecture.input_size, image_network.input.crop_margin
        ):
            places.extend(batch_places)
            for name, fractions in predict(crops, batch_places).items():
                batches.setdefault(name, []).append(fractions)
        depth, grid = true_root_depths(places, self.people, skeleton), VoxelGrid(1, 1, 1, *depth_range)
        return {
            name: _millimetres(np.concatenate(parts), depth, grid, places, skeleton) for name, parts in batches.items()
        }

    def pixels(self, predict: Callable[[np.ndarray], np.ndarray], image_network: Preset) -> np.ndarray:
        """(N, J, 2) in the pictures. predict: crops (B, S, S, 3) uint8 -> fractions (B, J, 2 or more)."""
        pixels = []
        for crops, places in cut_crops(
            self.people, image_network.architecture.input_size, image_network.input.crop_margin
        ):
            pairs = zip(places, predict(crops), strict=True)
            pixels += [place.crop.from_fractions(fractions[:, :2]) for place, fractions in pairs]
        return np.stack(pixels)

    def scores(self, joints_mm: np.ndarray, skeleton: Skeleton) -> Scores:
        """The protocol's metrics of joints (N, J, 3) in mm, and everybody's own error."""
        pairs = make_pairs(PredictedJoints(skeleton, joints_mm, None), self.people, self.protocol)
        errors = MEASURES["mpjpe"].of(pairs)
        each = np.where(errors.known, errors.values, 0).sum(1) / np.maximum(errors.known.sum(1), 1)
        metrics = {one.metric: round(one.value, 3) for one in score(pairs, self.protocol.metrics)}
        return Scores(metrics, np.rint(each).astype(int).tolist())


def crop_predictor(loaded: LoadedNetwork, decoders: Sequence[str]) -> CropPredictor:
    """How a network predicts: its finest volume by every decoder, or the coordinates that it regresses."""
    preset = loaded.preset
    skeleton = get_skeleton(preset.input.skeleton)
    by_name = {
        name: make_decoder(name, skeleton, Limbs.of(skeleton), preset.calibration.temperature) for name in decoders
    }

    def predict(crops: np.ndarray, places: Sequence[CropPlace]) -> dict[str, np.ndarray]:
        arrays = loaded.network(crops.astype(np.float32) / 255)
        joints = outputs_of(arrays, len(skeleton)).joints
        if not joints.has_volume:
            return {DIRECT: joints.fractions(arrays, preset.calibration.temperature)}
        volume, grid = joints.volume(arrays), joints.grid(preset.input.near_mm, preset.input.far_mm)
        return {name: decoder(volume, places, grid).mean for name, decoder in by_name.items()}

    return predict


def _millimetres(
    fractions: np.ndarray, depth: np.ndarray, grid: VoxelGrid, places: Sequence[CropPlace], skeleton: Skeleton
) -> np.ndarray:
    fractions = np.array(fractions, np.float64)
    fractions[:, skeleton.root, 2] = grid.depth_to_fraction(0.0)
    return reconstruct(fractions, depth, grid, places)
