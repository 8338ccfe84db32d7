"""The one place where errors become sentences and exit codes; all commands stand above it."""

import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from voxelpose.errors import InputError, InputWarning

BAD_INPUT = 2
INTERRUPTED = 130

# Whether the user asked for --debug; commands need not declare that option.
DEBUG: ContextVar[bool] = ContextVar("debug", default=False)

_OPTION = re.compile(r"--[a-z][a-z0-9-]*")
_NEGATIVE_LIST = re.compile(r"\s*-[0-9.][^\s,]*\s*,|\s+-[0-9.]")

Main = Callable[[Sequence[str] | None], int]

_PROGRAM = "import sys; from voxelpose.cli import main; sys.exit(main())"


def run(main: Main, argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Bad input and failing files end in one plain sentence on stderr and exit code 2, Ctrl-C in 130; with --debug among
    the arguments the traceback is shown first.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _print_anything()
    debug = "--debug" in arguments
    DEBUG.set(debug)
    try:
        with _plain_warnings():
            return main(_with_negative_values([argument for argument in arguments if argument != "--debug"]))
    except KeyboardInterrupt:
        return _fail("Interrupted.", INTERRUPTED, debug)
    except BrokenPipeError:
        # The reader of our output left (`voxelpose ... | head`): nothing to say, and nowhere to say it.
        sys.stdout = None
        return 0
    except (InputError, OSError) as error:
        return _fail(explain(error), BAD_INPUT, debug)


def explain(error: InputError | OSError) -> str:
    """An error as a sentence; one of the operating system with the file's name, if there is one."""
    if isinstance(error, InputError):
        return str(error)
    problem = error.strerror or type(error).__name__
    return f"{problem}: {error.filename}." if error.filename else f"{problem}."


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings about input are sentences on stderr; what is said of every frame of a video is said once."""
    usual, said = warnings.showwarning, set()

    def show(message, category, *place, **more) -> None:
        if issubclass(category, InputWarning):
            if str(message) not in said:
                said.add(str(message))
                print(message, file=sys.stderr)
        else:
            usual(message, category, *place, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", InputWarning)
        warnings.showwarning = show
        yield


def _with_negative_values(arguments: Sequence[str]) -> list[str]:
    """`--box -10,0,5,5` -> `--box=-10,0,5,5`: argparse takes a list that begins with a minus for an option."""
    joined: list[str] = []
    for argument in arguments:
        if _NEGATIVE_LIST.match(argument) and joined and _OPTION.fullmatch(joined[-1]):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def command_line(*arguments: str) -> list[str]:
    """`voxelpose ARGUMENTS` for a process of its own, with this interpreter, whatever is on the search path."""
    return [sys.executable, "-c", _PROGRAM, *arguments]


def _print_anything() -> None:
    """Letters that the terminal or the file behind it has no code for are printed as \\u7535: no name ends the work."""
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", None) in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _fail(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(sentence, file=sys.stderr)
    return code
