"""What `voxelpose evaluate` does once its options are sound."""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxelpose.commands.evaluation.output import PeopleProgress
from voxelpose.commands.shared.native_log import quiet_loading
from voxelpose.errors import InputError
from voxelpose.evaluation.protocols.selection import selected_rows
from voxelpose.evaluation.protocols.table import fitting_protocols, get_protocol
from voxelpose.files import check_writable

if TYPE_CHECKING:
    from voxelpose.evaluation.evaluate import Evaluation
    from voxelpose.evaluation.metrics.scores import Score
    from voxelpose.evaluation.people.people import People
    from voxelpose.evaluation.protocols.protocol import Protocol
    from voxelpose.inference.runtime.loading import LoadedNetwork
    from voxelpose.networks.presets import Calibration


def evaluate(options: argparse.Namespace) -> Iterator["Evaluation"]:
    """Score the network or the file of predictions that the options name, on one set of people after the other."""
    # a mistyped name is answered before anything loads
    named = None if options.protocol is None else get_protocol(options.protocol)
    from voxelpose.evaluation.people.named_people import load_people

    # weights that don't load are told before anything is drawn
    loaded = load(options) if options.predictions is None and any(map(_to_be_drawn, options.data)) else None
    for data in options.data:
        all_people = load_people(_place_of(data, options), options.limit)
        protocol = named or fitting_protocols(all_people)[0]
        rows = selected_rows(all_people, protocol)
        if options.predictions is not None:
            yield _score_file(options, all_people, rows, protocol)
        else:
            loaded = loaded or load(options)
            yield score_network(
                loaded, not options.no_mirror, all_people, rows, protocol, options.decode, options.crops
            )


def score_network(
    loaded: "LoadedNetwork",
    mirrored: bool,
    all_people: "People",
    rows: np.ndarray,
    protocol: "Protocol",
    decode: str,
    crops: int = 1,
) -> "Evaluation":
    """Run the network over those people, on so many crops each, and score what `decode` reads."""
    from voxelpose.evaluation.evaluate import evaluate_network, network_facts, run_network

    people = all_people.select(rows)
    read = run_network(loaded, people, mirrored, PeopleProgress(len(people)), decode, crops)
    facts = network_facts(loaded, mirrored, decode, crops)
    return evaluate_network(read, facts, people, protocol, len(all_people) - len(people))


def decoders(options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """A row (data, metric, value per decoder) for every metric of the data's first protocol."""
    from voxelpose.evaluation.people.named_people import load_people
    from voxelpose.inference.decoding.decoders import DECODERS

    loaded = load(options)
    for data in options.data:
        all_people = load_people(_place_of(data, options), options.limit)
        protocol = fitting_protocols(all_people)[0]
        rows = selected_rows(all_people, protocol)
        evaluations = [
            score_network(loaded, not options.no_mirror, all_people, rows, protocol, decoder, options.crops)
            for decoder in DECODERS
        ]
        for scores in zip(*(one.report.scores for one in evaluations), strict=True):
            yield all_people.name, scores[0].metric, *map(_with_interval, scores)


def _with_interval(score: "Score") -> str:
    return f"{score.value:.2f}" + ("" if score.low is None else f" ({score.low:.2f} to {score.high:.2f})")


def _score_file(
    options: argparse.Namespace, all_people: "People", rows: np.ndarray, protocol: "Protocol"
) -> "Evaluation":
    from voxelpose.evaluation.evaluate import evaluate_joints, evaluate_network
    from voxelpose.evaluation.predictions.prediction_files import place_voxels, read_joints, read_voxels
    from voxelpose.files import sha256

    path = Path(options.predictions)
    people, others = all_people.select(rows), len(all_people) - len(rows)
    if path.suffix == ".npz":
        predicted = read_joints(path)
        _same_count(path, len(predicted), all_people)
        facts = {"name": path.name, "sha256": sha256(path), "root_depth": "as in the file"}
        return evaluate_joints(predicted.select(rows), facts, people, protocol, others)
    voxels = read_voxels(path)
    _same_count(path, len(voxels), all_people)
    facts = {"name": path.name, "decoding": "the authors' voxels", "root's_own_depth": options.root_z}
    facts |= {"sha256": sha256(path)} if path.is_file() else {}
    return evaluate_network(place_voxels(voxels[rows], people, options.root_z), facts, people, protocol, others)


def _place_of(data: str, options: argparse.Namespace) -> Path:
    """The path that `--data` names; a benchmark is drawn and a packed LSPET becomes a store first."""
    from voxelpose.evaluation.people.named_people import prepared

    return prepared(data, Path(options.out), os.cpu_count() or 1, lambda line: print(line, file=sys.stderr))


def _to_be_drawn(data: str) -> bool:
    from voxelpose.evaluation.people.drawn import is_benchmark

    return is_benchmark(data) and not Path(data).exists()


def _same_count(path: Path, count: int, all_people: "People") -> None:
    if count != len(all_people):
        raise InputError(
            f"Expected one prediction for each of the {len(all_people)} people in {all_people.name}, in their order. "
            f"Received: {count} in {path}."
        )


def load(options: argparse.Namespace) -> "LoadedNetwork":
    """The network that the options name."""
    from voxelpose.inference.runtime.loading import load_network

    with quiet_loading():
        return load_network(weights=options.weights, runtime=options.runtime)


def calibrate(options: argparse.Namespace) -> tuple[list[tuple[str, ...]], "Calibration", Path | None]:
    """Rows (temperature, negative log likelihood, error) of what was tried, the calibration to three digits, and the
    file that it was written to, if that was asked for."""
    from voxelpose.evaluation.calibration.covariance import fit_covariance_scale
    from voxelpose.evaluation.calibration.stored import own_weights, write_calibration
    from voxelpose.evaluation.calibration.temperature import best_temperature, try_temperatures
    from voxelpose.evaluation.evaluate import run_network
    from voxelpose.evaluation.people.named_people import load_people
    from voxelpose.networks.presets import Calibration

    if options.temperature is not None and not 0 < options.temperature < np.inf:
        raise InputError(f"Expected a temperature above 0. Received: {options.temperature}.")
    target = own_weights(options.weights) if options.write else None
    if target is not None:
        check_writable(target.parent)
    loaded, mirrored = load(options), not options.no_mirror
    people = load_people(_place_of(options.data, options), options.limit)
    tried, temperature = [], options.temperature
    if temperature is None:
        tried = try_temperatures(loaded, people, mirrored, progress=PeopleProgress(len(people)))
        temperature = best_temperature(tried).value
    plain = Calibration(temperature)
    unscaled = replace(loaded, preset=replace(loaded.preset, calibration=plain))
    read = run_network(unscaled, people, mirrored, PeopleProgress(len(people)))
    scale = fit_covariance_scale(read, people, plain.covariance_scale)
    rows = [(f"{one.value:.3g}", f"{one.nll:.3f}", f"{one.error:.4f}") for one in tried]
    temperature, *scale = (float(f"{value:.3g}") for value in (temperature, *scale))
    found = Calibration(temperature, tuple(scale))
    if target is not None:
        write_calibration(target, found)
    return rows, found, target
