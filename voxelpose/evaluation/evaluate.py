"""An evaluation from end to end: people and predictions in, a report out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.calibration.covariance import calibration
from voxelpose.evaluation.metrics.pairs import Pairs, Predicted, make_pairs
from voxelpose.evaluation.metrics.scores import score
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkReadings, find_root_depths, read_people
from voxelpose.evaluation.predictions.unit_checks import check_predicted
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.evaluation.protocols.selection import missing
from voxelpose.evaluation.quantisation.network_grid import floor_of_grid
from voxelpose.evaluation.reports.diagnosis import split_error, swap_rates, worst
from voxelpose.evaluation.reports.report import Report
from voxelpose.inference.decoding.decoders import DECODERS, SOFT_ARGMAX, make_decoder
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.test_time_augmentation import chosen_variations
from voxelpose.inference.decoding.volume_predictor import VolumePredictor, check_reads_pictures
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.skeleton import get_skeleton

WORST = 20


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A report and what it was made from. people: those who take part."""

    report: Report
    people: People
    predicted: Predicted
    pairs: Pairs


def run_network(
    loaded: LoadedNetwork,
    people: People,
    mirrored: bool = True,
    progress: Callable[[int], None] | None = None,
    decode: str = SOFT_ARGMAX,
    crops: int = 1,
) -> NetworkReadings:
    """What a network reads in everybody's crop, or in so many crops each.

    decode: one of inference.decoders.DECODERS; crops: see inference.variations.
    """
    preset = loaded.preset
    check_reads_pictures(preset)
    skeleton = get_skeleton(preset.input.skeleton)
    decoder = make_decoder(decode, skeleton, Limbs.of(skeleton), preset.calibration.temperature)
    reader = VolumePredictor(loaded.network, preset, skeleton, mirrored, decoder, chosen_variations(crops))
    return read_people(reader, people, skeleton, preset.architecture.input_size, preset.input.crop_margin, progress)


def network_facts(loaded: LoadedNetwork, mirrored: bool, decode: str = SOFT_ARGMAX, crops: int = 1) -> dict[str, str]:
    """What a report says about a network."""
    preset = loaded.preset
    return {
        "name": preset.name,
        "weights_sha256": loaded.sha256,
        "mirrored_pass": "yes" if mirrored else "no",
        "crops": str(crops),
        "decoding": f"{DECODERS[decode]}, temperature {preset.calibration.temperature:g}",
        "box": "of the annotated joints",
    }


def evaluate_readings(
    read: NetworkReadings, predictor: Mapping[str, str], people: People, protocol: Protocol, not_in_protocol: int = 0
) -> Evaluation:
    """Score what was read in the grid of a network, with the grid's floor and a diagnosis.

    predictor: what the report says of it. not_in_protocol: how many of the data don't take part, for the report.
    """
    if not protocol.metric:
        predicted = Predicted(read.skeleton, None, read.pixels)
        return _evaluation(predicted, predictor, people, protocol, not_in_protocol, read)
    _require_cameras(people, protocol)
    depth = find_root_depths(protocol.root_depth, read, people)
    predicted = Predicted(read.skeleton, read.joints_mm(depth), read.pixels)
    return _evaluation(predicted, predictor, people, protocol, not_in_protocol, read, depth)


def evaluate_joints(
    predicted: Predicted, predictor: Mapping[str, str], people: People, protocol: Protocol, not_in_protocol: int = 0
) -> Evaluation:
    """Score joints from elsewhere. InputError where they are not in mm, or not one for each of the people."""
    check_predicted(predicted, people, predictor["name"])
    return _evaluation(predicted, predictor, people, protocol, not_in_protocol)


def _evaluation(
    predicted: Predicted,
    predictor: Mapping[str, str],
    people: People,
    protocol: Protocol,
    not_in_protocol: int,
    read: NetworkReadings | None = None,
    depth: np.ndarray | None = None,
) -> Evaluation:
    pairs = make_pairs(predicted, people, protocol)
    report = Report(
        protocol=asdict(protocol),
        predictor=predictor,
        data={
            "name": people.name,
            "dataset": people.dataset,
            "part": people.part,
            "sha256": people.sha256,
            "people": len(people),
            "sequences": len(np.unique(people.tags.sequence)),
            "not_in_protocol": not_in_protocol,
            "missing": missing(people, protocol),
            "skipped": dict(people.skipped),
        },
        joints=pairs.joints,
        left_out=pairs.left_out,
        scores=score(pairs, protocol.metrics),
        floor=[] if read is None else floor_of_grid(read, people, protocol),
        diagnosis=_diagnosis(pairs, people, read, depth),
    )
    return Evaluation(report, people, predicted, pairs)


def _diagnosis(pairs: Pairs, people: People, read: NetworkReadings | None, depth: np.ndarray | None) -> dict[str, Any]:
    found: dict[str, Any] = {"swapped_sides": swap_rates(pairs), "worst": worst(pairs, WORST)}
    if read is not None:
        found["calibration"] = [asdict(axis) for axis in calibration(read, people)]
    if depth is not None:
        found["parts"] = [asdict(part) for part in split_error(read, people, depth)]
    return found


def _require_cameras(people: People, protocol: Protocol) -> None:
    missing = [index for index in range(len(people)) if people.camera(index) is None]
    if missing:
        raise InputError(
            f"The protocol {protocol.name} measures in mm and needs everybody's camera. "
            f"Received: {people.name}, where {len(missing)} have none, the first being number {missing[0]}."
        )
