"""Whatever a parser raises over a damaged or hostile file, as one sentence that names the file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from voxelpose.errors import InputError

# One for all threads: it only has to help whoever looks for a fault.
_last: list[str] = []


@contextmanager
def guarded(path: str | os.PathLike, expected: str, advice: str = "") -> Iterator[None]:
    """Turn every fault of reading a file into an InputError: "Expected {expected} in {path}. Received: ...".

    A parser's faults cannot be listed: over damaged archives NumPy and zipfile alone raise zlib.error,
    NotImplementedError, tokenize.TokenError, SyntaxError, MemoryError, OverflowError, BadZipFile, struct.error and
    RecursionError. So all are meant, and only the reading of one file may stand inside the block. advice: a sentence
    more.
    """
    _last[:] = [f"{expected} in {path}"]
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        if not error.strerror:
            raise InputError(f"Expected {expected} in {path}. Received: {reason(error)}. {advice}".rstrip()) from error
        raise InputError(f"Cannot read {path}: {error.strerror}. Expected {expected}.") from error
    except Exception as error:
        text = f"Expected {expected} in {path}. Received: {reason(error)}."
        raise InputError(f"{text} {advice}".rstrip()) from error


def last_read() -> str | None:
    """What was read last, for the handler of faults that nobody foresaw; None if nothing was."""
    return _last[0] if _last else None


def reason(error: BaseException) -> str:
    """A fault in a few words, without a full stop: the first line of what a library says."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, MemoryError):
        return "something that declares more than there is memory for"
    if isinstance(error, RecursionError):
        return "something that is nested too deep"
    if isinstance(error, KeyError) and error.args and " " not in str(error.args[0]):
        return f"nothing named {error.args[0]!r:.200}"
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    line = " ".join(text.split())[:300].rstrip(". ")
    return line or type(error).__name__
