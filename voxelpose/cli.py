"""The `voxelpose` command, and the one place where errors become sentences and exit codes."""

import sys
import traceback
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from difflib import get_close_matches
from importlib import import_module

from voxelpose import __version__
from voxelpose.errors import InputError

BAD_INPUT = 2
INTERRUPTED = 130

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

# Whether the user asked for --debug; commands need not declare that option.
DEBUG: ContextVar[bool] = ContextVar("debug", default=False)

Main = Callable[[Sequence[str] | None], int]


def run(main: Main, argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Bad input and failing files end in one plain sentence on stderr and exit code 2, Ctrl-C in 130; with --debug among
    the arguments the traceback is shown first.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    DEBUG.set(debug)
    try:
        return main([argument for argument in arguments if argument != "--debug"])
    except KeyboardInterrupt:
        return _fail("Interrupted.", INTERRUPTED, debug)
    except BrokenPipeError:
        # The reader of our output left (`voxelpose ... | head`): nothing to say, and nowhere to say it.
        sys.stdout = None
        return 0
    except InputError as error:
        return _fail(str(error), BAD_INPUT, debug)
    except OSError as error:
        return _fail(explain(error), BAD_INPUT, debug)


def explain(error: OSError) -> str:
    """An operating system error as a sentence with the file's name, if there is one."""
    what = error.strerror or type(error).__name__
    return f"{what}: {error.filename}." if error.filename else f"{what}."


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
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(["usage: voxelpose COMMAND ...", "", *lines, "", "voxelpose COMMAND --help explains a command."])


def _fail(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(sentence, file=sys.stderr)
    return code
