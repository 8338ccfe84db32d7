"""The `voxelpose` command: finds the command that is named and hands it the arguments."""

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from voxelpose import __version__
from voxelpose.commands.shared.entry import BAD_INPUT, run
from voxelpose.errors import InputError

COMMANDS = {
    "infer": "3D joints, overlay and volume from photographs",
    "visualize": "look into the volume: an interactive page, figures, a viewer of results",
    "train": "train a network",
    "decoupled": "fit heatmap errors, and join the halves of a decoupled network",
    "evaluate": "score a network or predictions by a named protocol",
    "ablation": "train and compare the variants of a suite, and report on them",
    "launch": "train in several processes, and start them again when one dies",
    "synthesize": "draw people with exact 3D joints",
    "prepare": "turn a data set into a store, or check one",
    "convert": "a saved sequence or pose as BVH, TRC, C3D, glTF, CSV, JSON or NPZ",
    "export": "a network as files for ONNX Runtime, OpenVINO, LiteRT and TensorFlow Serving",
}


def main(argv: Sequence[str] | None = None) -> int:
    """`voxelpose COMMAND ...`: hand the arguments to the command's module, which is loaded only then."""
    return run(_dispatch, argv)


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_usage())
        return 0 if arguments else BAD_INPUT
    if arguments[0] == "--version":
        print(f"voxelpose {__version__}")
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"Expected a command among {', '.join(COMMANDS)}. Received: {name}.{hint}")
    return import_module(f"voxelpose.commands.{name}").main(rest)


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {description}" for name, description in COMMANDS.items()]
    return "\n".join(["usage: voxelpose COMMAND ...", "", *lines, "", "voxelpose COMMAND --help explains a command."])
