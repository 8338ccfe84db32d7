"""`python tools/benchmark.py`: what the parts cost, ours beside plain PyTorch, and what the grid alone gets wrong."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmark.options import benchmark_parser
from benchmark.process import call_apart
from benchmark.variants import announce, compared, handed_over, listed, named, with_torch
from voxelpose.errors import InputError
from voxelpose.files import write_text

# What "all" runs, with every other option at its default.
ALL = (
    ("step",),
    ("step", "--precision", "bfloat16"),
    ("inference",),
    ("inference", "--precision", "bfloat16"),
    ("loss",),
    ("decode",),
    ("root-depth",),
    ("pipeline",),
    ("growth",),
    ("trace",),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    text, record = options.run(options)
    print(text)
    if options.out is not None:
        path = Path(options.out)
        write_text(path.with_suffix(".json"), json.dumps(record, indent=1) + "\n")
        write_text(path.with_suffix(".md"), text + "\n")
        print(f"Written: {path.with_suffix('.json')} and {path.with_suffix('.md')}")
    return 0


def _loss(options: argparse.Namespace) -> tuple[str, dict]:
    arguments = named(options, "sigma", "batch", "joints", "side", "depth")
    if options.sigma != "paper" and "torch" in options.variants:
        options.variants.remove("torch")  # PyTorch's is written for the paper's sigma alone
    twin = {name: value for name, value in arguments.items() if name != "sigma"}
    if with_torch(options):
        twin |= call_apart("handover:paper_sigmas", depth=options.depth)
    return compared("cases:gaussian_loss", options, arguments, twin)


def _step(options: argparse.Namespace) -> tuple[str, dict]:
    """The batch and the loss that a network is trained with, unless others are given."""
    from voxelpose.networks.presets import get_preset

    architecture = _architecture(options.preset)
    # The published networks are trained as the paper trains them; the others are narrow, and see larger batches.
    loss, batch = ("gaussian", 4) if get_preset(options.preset).card.published else ("integral", 16)
    loss, both = options.loss or loss, {"batch": options.batch or batch, **named(options, "precision")}
    with handed_over(options, "fresh_twin", architecture=architecture, loss=loss) as twin:
        arguments = {"architecture": architecture, "loss": loss, **both}
        return compared("cases:training_step", options, arguments, {"twin": twin, **both})


def _inference(options: argparse.Namespace) -> tuple[str, dict]:
    """A preset that ships weights is run with them, also by its exported file; its joints are compared, too."""
    from benchmark.shipped_cases import REFERENCE, able, joint_differences
    from voxelpose.networks.presets import get_preset

    preset, arguments = get_preset(options.preset), named(options, "precision", "batch")
    options.variants, sentences = able(options.variants, preset, options.precision)
    if options.chosen and sentences:
        raise InputError(sentences[0])
    for sentence in sentences:
        announce(sentence)
    if preset.card.weights is None:
        architecture = _architecture(preset.name)
        with handed_over(options, "fresh_twin", architecture=architecture, loss=None) as twin:
            given = {"architecture": architecture, **arguments}
            return compared("cases:inference", options, given, {"twin": twin, **arguments})
    with handed_over(options, "shipped_twin", preset=preset.name) as twin:
        given = {**arguments, "preset": preset.name}
        text, record = compared("shipped_cases:inference", options, given, {"twin": twin, **arguments})
        differences = joint_differences(options.variants, preset.name, options.precision, twin)
    line = f"largest difference of a joint to {REFERENCE} in float32, in mm: {listed(differences)}"
    return f"{text}\n\n{line}", {**record, "joint_difference_mm": differences}


def _decode(options: argparse.Namespace) -> tuple[str, dict]:
    return compared("parts:decoding", options, named(options, "batch", "joints", "side", "depth"))


def _root_depth(options: argparse.Namespace) -> tuple[str, dict]:
    from benchmark.parts import root_depth_difference

    text, record = compared("parts:root_depth", options, named(options, "batch", "joints"))
    difference = root_depth_difference(options.batch, options.joints)
    line = f"nelder-mead and together differ by at most {difference:.2g} mm over {options.batch} poses"
    return f"{text}\n\n{line}", {**record, "largest_difference_mm": difference}


def _path(options: argparse.Namespace) -> tuple[str, dict]:
    return compared("path_cases:whole_path", options, named(options, "weights", "runtime"))


def _runtimes(options: argparse.Namespace) -> tuple[str, dict]:
    from benchmark.path_cases import exported_for

    with tempfile.TemporaryDirectory() as folder:
        options.variants = exported_for(options.variants, options.chosen, options.weights, Path(folder), announce)
        return compared("path_cases:runtimes", options, {"folder": folder, **named(options, "weights", "batch")})


def _pipeline(options: argparse.Namespace) -> tuple[str, dict]:
    arguments = {"architecture": _architecture(options.preset), **named(options, "batch")}
    return compared("parts:pipeline", options, arguments)


def _store(options: argparse.Namespace) -> tuple[str, dict]:
    from benchmark.store_cases import make_frames

    with tempfile.TemporaryDirectory() as folder:
        announce(f"drawing {options.people} people into frames")
        make_frames(Path(folder), options.people)
        arguments = {"folder": folder, **named(options, "batch", "count", "workers", "size")}
        text, record = compared("store_cases:batches", options, arguments)
    examples = options.batch * options.count
    rates = {m["variant"]: round(1000 * examples / m["ms"], 1) for m in record["variants"]}
    return f"{text}\n\nexamples/s: {listed(rates)}", {**record, "examples_per_s": rates}


def _batch(options: argparse.Namespace) -> tuple[str, dict]:
    arguments = named(options, "weights", "runtime", "pictures", "side")
    text, record = compared("batch_cases:pictures_to_table", options, arguments)
    rates = {m["variant"]: round(1000 * options.pictures / m["ms"], 1) for m in record["variants"]}
    return f"{text}\n\npictures/s: {listed(rates)}", {**record, "pictures_per_s": rates}


def _growth(options: argparse.Namespace) -> tuple[str, dict]:
    from benchmark.comparison import machine
    from benchmark.growth import growth_record, growth_table, growths

    found = growths(_architecture(options.preset), options.repeats, announce)
    record = {"what": "growth", "preset": options.preset, "machine": machine(), "parts": growth_record(found)}
    heading = f"growth of the parts, from the preset {options.preset}\n{listed(record['machine'])}"
    return f"{heading}\n\n{growth_table(found)}", record


def _trace(options: argparse.Namespace) -> tuple[str, dict]:
    from benchmark.comparison import machine
    from benchmark.tracing import trace_table

    measured = call_apart("tracing:first_step", architecture=_architecture(options.preset), batch=options.batch)
    record = {"what": "trace", **named(options, "preset", "batch"), "machine": machine(), **measured}
    heading = f"first training step of {options.preset}, batch {options.batch}\n{listed(record['machine'])}"
    return f"{heading}\n\n{trace_table(measured)}", record


def _all(options: argparse.Namespace) -> tuple[str, dict]:
    parser, texts, records = _parser(), [], []
    for command in ALL:
        chosen = parser.parse_args(command)
        for name in ("preset", "rounds"):
            if hasattr(chosen, name) and getattr(options, name) is not None:
                setattr(chosen, name, getattr(options, name))
        text, record = chosen.run(chosen)
        texts.append(f"## {' '.join(command)}\n\n{text}")
        records.append(record)
    return "\n\n".join(texts), {"what": "all", "records": records}


def _floor(options: argparse.Namespace) -> tuple[str, dict]:
    from voxelpose.evaluation.quantisation.error import quantisation_errors, quantisation_table
    from voxelpose.evaluation.quantisation.poses import drawn_poses, recorded_poses
    from voxelpose.skeleton import H36M17

    if options.poses is None:
        poses, source = drawn_poses(options.count, options.seed), "drawn poses"
    else:
        poses, source = recorded_poses(Path(options.poses), options.count, options.seed), options.poses
    floors = {
        what: quantisation_errors(poses, H36M17, options.depths, options.side, decode_root)
        for what, decode_root in {"root depth 0 by definition": False, "root depth from its cell": True}.items()
    }
    tables = [f"{what}:\n\n{quantisation_table(rows)}" for what, rows in floors.items()]
    heading = f"Cell centres alone, {options.count} poses ({source}) seen from 5 m, true root depth"
    record = {"what": "floor", "source": source, "count": options.count, "seed": options.seed}
    record["floors"] = {what: [asdict(row) for row in rows] for what, rows in floors.items()}
    return "\n\n".join([heading, *tables]), record


def _architecture(preset: str) -> dict:
    from voxelpose.networks.presets import get_preset

    found = get_preset(preset)
    if found.architecture.kind != "volumetric":
        raise InputError(
            f"Expected the preset of a volumetric network. Received: {preset}, a {found.architecture.kind} one."
        )
    return dict(found.architecture.arguments)


def _parser() -> argparse.ArgumentParser:
    return benchmark_parser(
        {
            "loss": _loss,
            "step": _step,
            "inference": _inference,
            "decode": _decode,
            "root-depth": _root_depth,
            "path": _path,
            "runtimes": _runtimes,
            "pipeline": _pipeline,
            "store": _store,
            "batch": _batch,
            "growth": _growth,
            "trace": _trace,
            "floor": _floor,
            "all": _all,
        }
    )
