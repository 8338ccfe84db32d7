"""An evaluation from end to end: people and predictions in, a report out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.calibration.covariance import calibration
from voxelpose.evaluation.metrics.pairs import Pairs, PredictedJoints, make_pairs
from voxelpose.evaluation.metrics.scores import score
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkPredictions, find_root_depths, predict_people
from voxelpose.evaluation.predictions.unit_checks import check_predicted
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.evaluation.protocols.selection import missing_names
from voxelpose.evaluation.quantisation.error import cell_centre_scores
from voxelpose.evaluation.reports.diagnosis import split_error, swap_rates, worst_people
from voxelpose.evaluation.reports.report import Report
from voxelpose.inference.decoding.decoders import DECODERS, SOFT_ARGMAX, make_decoder
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.test_time_augmentation import chosen_variations
from voxelpose.inference.decoding.volume_predictor import VolumePredictor, check_reads_pictures
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.skeleton import get_skeleton

WORST_COUNT = 20


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A report and what it was made from. people: those who take part."""

    report: Report
    people: People
    predicted: PredictedJoints
    pairs: Pairs


def run_network(
    loaded: LoadedNetwork,
    people: People,
    mirrored: bool = True,
    progress: Callable[[int], None] | None = None,
    decode: str = SOFT_ARGMAX,
    crops: int = 1,
) -> NetworkPredictions:
    """What a network predicts in everybody's crop, or in so many crops each.

    decode: one of decoding.decoders.DECODERS; crops: see decoding.test_time_augmentation.
    """
    preset = loaded.preset
    check_reads_pictures(preset)
    skeleton = get_skeleton(preset.input.skeleton)
    decoder = make_decoder(decode, skeleton, Limbs.of(skeleton), preset.calibration.temperature)
    predictor = VolumePredictor(loaded.network, preset, skeleton, mirrored, decoder, chosen_variations(crops))
    return predict_people(
        predictor, people, skeleton, preset.architecture.input_size, preset.input.crop_margin, progress
    )


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


def evaluate_network(
    predictions: NetworkPredictions,
    predictor: Mapping[str, str],
    people: People,
    protocol: Protocol,
    not_in_protocol: int = 0,
) -> Evaluation:
    """Score what was predicted in the grid of a network, with the scores of cell centres and a diagnosis.

    predictor: what the report says of it. not_in_protocol: how many of the data don't take part, for the report.
    """
    if not protocol.metric:
        predicted = PredictedJoints(predictions.skeleton, None, predictions.pixels)
        return _evaluation(predicted, predictor, people, protocol, not_in_protocol, predictions)
    _require_cameras(people, protocol)
    depth = find_root_depths(protocol.root_depth, predictions, people)
    predicted = PredictedJoints(predictions.skeleton, predictions.joints_mm(depth), predictions.pixels)
    return _evaluation(predicted, predictor, people, protocol, not_in_protocol, predictions, depth)


def evaluate_joints(
    predicted: PredictedJoints,
    predictor: Mapping[str, str],
    people: People,
    protocol: Protocol,
    not_in_protocol: int = 0,
) -> Evaluation:
    """Score joints from elsewhere. InputError where they are not in mm, or not one for each of the people."""
    check_predicted(predicted, people, predictor["name"])
    return _evaluation(predicted, predictor, people, protocol, not_in_protocol)


def _evaluation(
    predicted: PredictedJoints,
    predictor: Mapping[str, str],
    people: People,
    protocol: Protocol,
    not_in_protocol: int,
    predictions: NetworkPredictions | None = None,
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
            "missing": missing_names(people, protocol),
            "skipped": dict(people.skipped),
        },
        joints=pairs.joints,
        left_out=pairs.left_out,
        scores=score(pairs, protocol.metrics),
        cell_centres=[] if predictions is None else cell_centre_scores(predictions, people, protocol),
        diagnosis=_diagnosis(pairs, people, predictions, depth),
    )
    return Evaluation(report, people, predicted, pairs)


def _diagnosis(
    pairs: Pairs, people: People, predictions: NetworkPredictions | None, depth: np.ndarray | None
) -> dict[str, Any]:
    parts: dict[str, Any] = {"swapped_sides": swap_rates(pairs), "worst": worst_people(pairs, WORST_COUNT)}
    if predictions is not None:
        parts["calibration"] = [asdict(axis) for axis in calibration(predictions, people)]
    if depth is not None:
        parts["parts"] = [asdict(part) for part in split_error(predictions, people, depth)]
    return parts


def _require_cameras(people: People, protocol: Protocol) -> None:
    without = [index for index in range(len(people)) if people.camera(index) is None]
    if without:
        raise InputError(
            f"The protocol {protocol.name} measures in mm and needs everybody's camera. "
            f"Received: {people.name}, where {len(without)} have none, the first being number {without[0]}."
        )
