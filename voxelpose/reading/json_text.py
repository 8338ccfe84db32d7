"""The one way in which JSON of others is read."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.reading.guard import guarded

DEEPEST = 100
_LONGEST_NUMBER = 40
_PIECE = 1 << 20


def read_json(path: str | os.PathLike, expected: str = "JSON") -> Any:
    """The content of a JSON file, UTF-8 with or without a byte order mark.

    InputError naming the file where it is missing or none; where it is nested more than 100 deep, and where a whole
    number has more than 40 digits, which no float holds for sure.
    """
    with guarded(path, expected):
        return parse_json(Path(path).read_bytes())


def parse_json(text: str | bytes) -> Any:
    """The content of JSON; ValueError where it is none, or deeper or longer in its numbers than `read_json` allows."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if _depth(content) > DEEPEST and _depth(_without_texts(content)) > DEEPEST:
        raise ValueError(f"it is nested too deep, more than {DEEPEST} levels")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_int=_whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no valid JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no valid JSON: byte {error.start} is no UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _depth(content: bytes) -> int:
    """How many brackets are open at once at most, brackets inside texts included."""
    deepest = level = 0
    for start in range(0, len(content), _PIECE):
        piece = np.frombuffer(content, np.uint8, min(_PIECE, len(content) - start), start) | 0x20
        steps = (piece == ord("{")).astype(np.int8) - (piece == ord("}")).astype(np.int8)
        levels = level + np.cumsum(steps, dtype=np.int64)
        deepest, level = max(deepest, int(levels.max())), int(levels[-1])
    return deepest


def _without_texts(content: bytes) -> bytes:
    """The same without what stands between quotation marks."""
    return b"".join(content.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
