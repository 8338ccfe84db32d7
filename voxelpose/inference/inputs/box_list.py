"""Boxes of many pictures from a JSON or CSV list that names its format."""

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import FORMATS, Box, to_xywh
from voxelpose.reading.guard import reason
from voxelpose.reading.json_text import parse_json

_CSV_COLUMNS = {"xywh": ("x", "y", "width", "height"), "xyxy": ("x1", "y1", "x2", "y2")}


@dataclass(frozen=True)
class BoxEntry:
    """One person: the picture's or video's name as the list has it, frame from 0, box x, y, width, height."""

    image: str
    frame: int
    box: Box


@dataclass(frozen=True)
class BoxList:
    """The entries of a list, and the file that they came from."""

    path: Path
    entries: tuple[BoxEntry, ...]

    def assign(self, pictures: Sequence[str | os.PathLike]) -> dict[str, list[BoxEntry]]:
        """The entries of each picture, by its path as text; a picture that the list doesn't name has none.

        An entry names a picture by the end of its path: "a.jpg" or "folder/a.jpg".
        Raises InputError for an entry that names no picture, or more than one.
        """
        named: dict[str, list[BoxEntry]] = {str(picture): [] for picture in pictures}
        places: dict[str, list[str]] = {}
        for picture in named:
            places.setdefault(_composed(PurePath(picture).name), []).append(picture)
        for entry in self.entries:
            parts = _parts(entry.image)
            near = places.get(parts[-1] if parts else "", [])
            fitting = [picture for picture in near if _parts(picture)[-len(parts) :] == parts]
            if len(fitting) != 1:
                what = "none of the pictures" if not fitting else f"{len(fitting)} pictures ({', '.join(fitting)})"
                raise InputError(
                    f"Expected {self.path} to name pictures that are read. Received: {entry.image}, which fits {what}."
                )
            named[fitting[0]].append(entry)
        return named


def read_box_list(path: str | os.PathLike) -> BoxList:
    """Read a list of boxes.

    JSON: {"box_format": "xywh" or "xyxy", "boxes": [{"image": "a.jpg", "box": [...]}, ...]}. CSV: a header of
    image,x,y,width,height or image,x1,y1,x2,y2. Several entries of one image are several people; "frame" counts the
    frames of a video from 0 and is 0 if absent.
    Raises InputError, which names the entry, for a list that names no format or a box that is none in it.
    """
    path = Path(path)
    readers = {".json": _json_rows, ".csv": _csv_rows}
    if path.suffix.lower() not in readers:
        raise InputError(f"Expected a list of boxes that ends in .json or .csv. Received: {path}.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read the list of boxes {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"Expected UTF-8 text in the list of boxes {path}. Received: other bytes.") from error
    where = ""
    entries = []
    try:
        box_format, rows = readers[path.suffix.lower()](text)
        for number, row in enumerate(rows, start=1):
            where = f"Entry {number}: "
            entries.append(_entry(row, box_format))
    except InputError as error:
        raise InputError(f"The list of boxes {path} cannot be used. {where}{error}") from error
    except Exception as error:  # as in `guarded`: nobody can list what a hostile file makes a parser raise
        raise InputError(f"The list of boxes {path} cannot be used. {where}{reason(error)}.") from error
    return BoxList(path, tuple(entries))


def _entry(row: Mapping[str, Any], box_format: str) -> BoxEntry:
    if not isinstance(row, Mapping) or not isinstance(row.get("image"), str) or not row["image"]:
        raise InputError(f"Expected the name of an image. Received: {row!r:.80}.")
    frame = row.get("frame", 0)
    if isinstance(frame, bool) or not isinstance(frame, int) or frame < 0:
        raise InputError(f"Expected a frame number from 0. Received: {frame!r}.")
    return BoxEntry(row["image"], frame, to_xywh(row.get("box"), box_format))


def _json_rows(text: str) -> tuple[str, Iterable]:
    content = parse_json(text)
    if not isinstance(content, Mapping) or content.get("box_format") not in FORMATS:
        named = content.get("box_format", "none") if isinstance(content, Mapping) else "none"
        raise InputError(f"Expected an object whose box_format is {' or '.join(FORMATS)}. Received: {named}.")
    if not isinstance(content.get("boxes"), list):
        raise InputError('Expected "boxes": a list of {"image": ..., "box": [...]}. Received: none.')
    return content["box_format"], content["boxes"]


def _csv_rows(text: str) -> tuple[str, Iterable]:
    reader = csv.DictReader(io.StringIO(text))
    header = [name.strip() for name in reader.fieldnames or ()]
    for box_format, columns in _CSV_COLUMNS.items():
        if sorted(name for name in header if name != "frame") == sorted(("image", *columns)):
            return box_format, (_csv_row(row, columns) for row in reader)
    raise InputError(
        "Expected a header of image,x,y,width,height or image,x1,y1,x2,y2, perhaps with frame. "
        f"Received: {','.join(header)}."
    )


def _csv_row(row: Mapping[str | None, Any], columns: Sequence[str]) -> dict[str, Any]:
    values = {(name or "").strip(): (value or "") if isinstance(value, str) else value for name, value in row.items()}
    frame = values.get("frame") or "0"
    return {
        "image": values["image"],
        "frame": int(frame) if frame.strip().isdigit() else frame,
        "box": [values[column] for column in columns],
    }


def _parts(picture: str) -> tuple[str, ...]:
    return PurePath(os.path.normpath(_composed(picture))).parts


def _composed(name: str) -> str:
    """A letter with its accent as one character: macOS keeps file names decomposed, and lists have either."""
    return unicodedata.normalize("NFC", name)
