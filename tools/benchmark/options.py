"""The options of `python tools/benchmark.py`."""

import argparse
from collections.abc import Callable, Mapping, Sequence

from voxelpose.commands.shared.options import positive_int

_NETWORKS = ("ours", "ours dense", "torch contiguous", "torch")
# One variant after the other; ratios are to the last.
_VARIANTS = {
    "loss": ("separable", "torch", "dense"),
    "step": ("ours", "torch"),
    "inference": ("ours", "openvino", "onnx", "torch"),
    "decode": ("argmax", "soft-argmax", "moments", "exponential"),
    "root-depth": ("together", "one by one", "nelder-mead"),
    "path": ("whole path", "network"),
    "runtimes": ("openvino bf16", "openvino", "onnx", "litert int8", "litert", "tensorflow"),
    "pipeline": ("paper", "full", "training step"),
    "store": ("store", "full frames"),
    "batch": ("free network", "whole path", "network alone"),
}
_CHOICES = {"step": _NETWORKS, "inference": ("ours", "openvino", "onnx", "torch contiguous", "torch")}


class _Chosen(argparse.Action):
    """Stores the variants and that the user named them."""

    def __call__(self, parser, namespace, values, option_string=None):
        namespace.variants, namespace.chosen = values, True


def benchmark_parser(commands: Mapping[str, Callable]) -> argparse.ArgumentParser:
    """A parser whose result has `run`, one of `commands`: (options) -> (text, record)."""
    parser = argparse.ArgumentParser(prog="benchmark.py", description="What the parts cost.")
    subparsers = parser.add_subparsers(required=True, metavar="WHAT")

    def add(name: str, what: str) -> argparse.ArgumentParser:
        command = subparsers.add_parser(name, help=what, description=what)
        command.add_argument("--out", metavar="FILE", help="write the numbers to FILE.json and the table to FILE.md")
        command.set_defaults(run=commands[name])
        return command

    loss = add("loss", "the separable Gaussian loss beside one that builds its target, also in PyTorch")
    _volume(loss, batch=4)
    loss.add_argument("--sigma", choices=("paper", "released"), default="paper", help="which Gaussian")
    _comparison(loss, "loss", repeats=10)

    step = add("step", "one training step of a preset, ours beside plain PyTorch's")
    _network(step)
    step.add_argument("--batch", type=positive_int, metavar="N", help="examples (default: 4, as published; narrow: 16)")
    step.add_argument("--loss", choices=("gaussian", "integral"), help="default: gaussian; narrow networks: integral")
    _comparison(step, "step", repeats=3)

    inference = add("inference", "images to volumes, ours beside plain PyTorch's")
    _network(inference)
    _count(inference, "--batch", 1, "examples")
    _comparison(inference, "inference", repeats=10)

    decode = add("decode", "volumes to points and their moments, beside one exponential of every cell")
    _volume(decode, batch=1)
    _comparison(decode, "decode", repeats=10)

    root_depth = add("root-depth", "root depths of many poses from limb lengths")
    _count(root_depth, "--batch", 1000, "poses")
    _count(root_depth, "--joints", 17, "joints")
    _comparison(root_depth, "root-depth", repeats=10)

    pipeline = add("pipeline", "augmented batches by one thread, beside the training step that they feed")
    pipeline.add_argument("--preset", default="paper-1-64", help="which network (default: %(default)s)")
    _count(pipeline, "--batch", 4, "examples")
    _comparison(pipeline, "pipeline", repeats=3)

    path = add("path", "a JPEG of one person to JSON, beside the network alone")
    _weights(path)
    path.add_argument("--runtime", default="auto", metavar="NAME", help="of both (default: %(default)s)")
    _comparison(path, "path", repeats=20)

    runtimes = add("runtimes", "one network in every installed runtime")
    _weights(runtimes)
    _count(runtimes, "--batch", 1, "crops")
    _comparison(runtimes, "runtimes", repeats=20)

    store = add("store", "batches from a store beside full frames that are decoded and cut each time")
    for name, count, what in (
        ("--people", 48, "people drawn for it"),
        ("--batch", 16, "examples in a batch"),
        ("--count", 12, "batches per timed call"),
        ("--workers", 2, "threads that make batches"),
        ("--size", 256, "side of the crops in pixels"),
    ):
        _count(store, name, count, what)
    _comparison(store, "store", repeats=5)

    batch = add("batch", "a folder of pictures to one table, with a network that answers at once and with a real one")
    _weights(batch)
    batch.add_argument("--runtime", default="auto", metavar="NAME", help="of the network (default: %(default)s)")
    batch.add_argument(
        "--side", type=positive_int, nargs=2, default=(640, 480), metavar="N", help="width and height (640 480)"
    )
    _count(batch, "--pictures", 200, "in the folder")
    _comparison(batch, "batch", repeats=1)

    growth = add("growth", "how every part grows with image size, depth cells, joints and batch")
    growth.add_argument("--preset", default="small", help="the network to start from (default: %(default)s)")
    _count(growth, "--repeats", 3, "timed calls per point")

    trace = add("trace", "nodes and seconds that come before the first training step")
    trace.add_argument("--preset", default="paper-1-2-4-64", help="which network (default: %(default)s)")
    _count(trace, "--batch", 1, "examples")

    _floor_options(add("floor", "the error of cell centres on poses seen from 5 m"))

    everything = add("all", "step, inference, loss, decode, root-depth, pipeline, growth and trace in one go")
    everything.add_argument("--preset", help="for all that have such an option, instead of their own")
    everything.add_argument("--rounds", type=positive_int, metavar="N", help="processes per variant")
    return parser


def _floor_options(floor: argparse.ArgumentParser) -> None:
    floor.add_argument("--poses", metavar="FILE", help=".npz of motion capture (default: drawn poses)")
    floor.add_argument(
        "--depths", type=positive_int, nargs="+", default=[8, 16, 32, 64], metavar="D", help="cells in z"
    )
    floor.add_argument("--seed", type=int, default=0, help="of the choice of poses (default: %(default)s)")
    _count(floor, "--count", 500, "poses")
    _count(floor, "--side", 64, "cells in x and in y")


def _weights(command: argparse.ArgumentParser) -> None:
    command.add_argument("--weights", metavar="NAME_OR_PATH", help="whose network (default: the shipped one)")


def _volume(command: argparse.ArgumentParser, batch: int) -> None:
    _count(command, "--batch", batch, "examples")
    _count(command, "--joints", 17, "joints")
    _count(command, "--side", 64, "cells in x and in y")
    _count(command, "--depth", 64, "cells in z")


def _network(command: argparse.ArgumentParser) -> None:
    command.add_argument("--preset", default="uniform-1-64", help="which network (default: %(default)s)")
    command.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="of the network")


def _comparison(command: argparse.ArgumentParser, name: str, repeats: int) -> None:
    variants = _VARIANTS[name]
    choices: Sequence[str] = _CHOICES.get(name, variants)
    command.add_argument(
        "--variants", nargs="+", action=_Chosen, choices=choices, default=list(variants), help="ratios are to the last"
    )
    command.set_defaults(chosen=False)
    _count(command, "--rounds", 3, "processes per variant")
    _count(command, "--repeats", repeats, "timed calls per process")


def _count(command: argparse.ArgumentParser, name: str, default: int, what: str) -> None:
    command.add_argument(name, type=positive_int, default=default, metavar="N", help=f"{what} (default: %(default)s)")
