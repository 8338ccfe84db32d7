"""An evaluation from end to end: people and predictions in, a report out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from voxelpose.evaluation.pairs import Predicted, make_pairs
from voxelpose.evaluation.people import People
from voxelpose.evaluation.protocol import Protocol
from voxelpose.evaluation.readings import NetworkReadings, find_root_depths, read_people
from voxelpose.evaluation.report import Report
from voxelpose.evaluation.scores import Score, score
from voxelpose.inference.loading import LoadedNetwork
from voxelpose.inference.reader import VolumeReader
from voxelpose.skeleton import get_skeleton


def run_network(
    loaded: LoadedNetwork, people: People, mirrored: bool = True, progress: Callable[[int], None] | None = None
) -> NetworkReadings:
    """What a network reads in everybody's crop."""
    preset = loaded.preset
    skeleton = get_skeleton(preset.skeleton)
    reader = VolumeReader(loaded.network, preset, skeleton, mirrored)
    return read_people(reader, people, skeleton, preset.input_size, preset.crop_margin, progress)


def in_millimetres(read: NetworkReadings, people: People, protocol: Protocol) -> Predicted:
    """A network's readings as the protocol scores them."""
    if not protocol.metric or not people.metric:
        return Predicted(read.skeleton, None, read.pixels)
    return Predicted(read.skeleton, read.joints_mm(find_root_depths(protocol.root_depth, read, people)), read.pixels)


def predictor_facts(loaded: LoadedNetwork, mirrored: bool) -> dict[str, Any]:
    """What a report says about a network."""
    preset = loaded.preset
    return {
        "name": preset.name,
        "weights_sha256": loaded.sha256,
        "mirrored_pass": "yes" if mirrored else "no",
        "decoding": f"mean of the likelihood, temperature {preset.temperature:g}",
        "box": "of the annotated joints",
    }


def make_report(
    predicted: Predicted,
    predictor: Mapping[str, Any],
    people: People,
    protocol: Protocol,
    left_out: int = 0,
    floor: list[Score] | None = None,
    diagnosis: Mapping[str, Any] | None = None,
) -> Report:
    """Score predictions for `people`, who all take part; left_out: how many of the data don't."""
    pairs = make_pairs(predicted, people, protocol)
    return Report(
        protocol=asdict(protocol),
        predictor=predictor,
        data={
            "name": people.name,
            "dataset": people.dataset,
            "sha256": people.sha256,
            "people": len(people),
            "sequences": len(np.unique(people.tags.sequence)),
            "left_out": left_out,
            "skipped": dict(people.skipped),
        },
        joints=pairs.joints,
        left_out=pairs.left_out,
        scores=score(pairs, protocol.metrics),
        floor=floor or [],
        diagnosis=diagnosis or {},
    )
