"""Sequences to files and back, the format chosen by the file's ending."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voxelpose.errors import InputError
from voxelpose.extras import require
from voxelpose.files import atomic_path, write_bytes, write_text
from voxelpose.formats.bvh import bvh_text
from voxelpose.formats.c3d import write_c3d
from voxelpose.formats.gltf import glb_bytes, gltf_text
from voxelpose.formats.rig import Rig, fit_rig
from voxelpose.formats.tables import csv_text, trc_text
from voxelpose.formats.timeline import Timeline, even_timeline, from_video_start
from voxelpose.formats.up import WORLD
from voxelpose.results.pose import Pose3D
from voxelpose.results.reading import read_result
from voxelpose.results.sequence import PoseSequence


@dataclass(frozen=True)
class Written:
    """paths: the files, the one asked for first; note: what the reader should know, "" for nothing."""

    paths: tuple[Path, ...]
    note: str


def write_sequence(sequence: PoseSequence, path: str | os.PathLike, from_start: bool = False) -> Written:
    """Write a sequence as .json, .npz, .csv, .bvh, .trc, .c3d, .glb or .gltf, whole or not at all.

    JSON, NPZ and CSV are in the camera frame. The others are in a frame whose y axis is the sequence's `up` (see
    formats.up); BVH and glTF hold a skeleton of constant bone lengths, whose distance from the sequence is in the note.
    A BVH or TRC has no place for such facts and gets a file FILE.json beside it.
    Times are those of the video. from_start: begin at its first frame, with missing frames, or in BVH, TRC and glTF,
    which know none, with the first pose standing still.
    Raises InputError for another ending, for a package that is missing, or a sequence without any person.
    """
    path = Path(path)
    write = _writer(path)
    if not sequence.present.any():
        raise InputError(f"Expected a sequence with a person for {path}. Received: one without.")
    return write(sequence, path, from_start)


def check_format(path: str | os.PathLike) -> None:
    """Raise InputError unless `write_sequence` knows the ending and the package for it is there."""
    _writer(Path(path))
    if Path(path).suffix.lower() == ".c3d":
        require("ezc3d", "c3d", "writing C3D files")


def read_sequence(path: str | os.PathLike) -> PoseSequence:
    """Read a sequence from .npz or .json, or a single pose (.json), which becomes a sequence of one frame.

    Raises InputError for anything else.
    """
    path = Path(path)
    if path.suffix not in (".npz", ".json"):
        raise InputError(f"Expected a sequence in a .npz or .json file, or a pose in a .json file. Received: {path}.")
    result = read_result(path)
    if isinstance(result, Pose3D):
        return PoseSequence.from_poses([result], [0.0], fps=1.0)
    if not isinstance(result, PoseSequence):
        raise InputError(f"Expected a person in {path}. Received: a result without one.")
    return result


def _writer(path: Path) -> Callable[[PoseSequence, Path, bool], Written]:
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        raise InputError(f"Expected a file that ends in {', '.join(_WRITERS)}. Received: {path}.")
    return _WRITERS[suffix]


def _own(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    (from_video_start(sequence) if from_start else sequence).save(path)
    return Written((path,), "")


def _csv(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    write_text(path, csv_text(from_video_start(sequence) if from_start else sequence))
    return Written((path,), "")


def _trc(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    line = even_timeline(sequence, from_start)
    beside = _beside(path, _facts(sequence, line) | {"unit": "mm"})
    write_text(path, trc_text(sequence, path.name, line))
    return Written((path, beside), _timing(line))


def _c3d(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    with atomic_path(path) as temporary:
        write_c3d(from_video_start(sequence) if from_start else sequence, temporary)
    return Written((path,), "")


def _bvh(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    line, rig, facts = _rigged(sequence, from_start)
    beside = _beside(path, facts | {"unit": "cm", "rotation_order": "Rz Rx Ry"})
    write_text(path, bvh_text(rig, line.fps))
    return Written((path, beside), _notes(rig.report(), _timing(line)))


def _glb(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    line, rig, facts = _rigged(sequence, from_start)
    write_bytes(path, glb_bytes(rig, line.fps, facts | {"unit": "m"}, line.start))
    return Written((path,), _notes(rig.report(), _timing(line)))


def _gltf(sequence: PoseSequence, path: Path, from_start: bool) -> Written:
    line, rig, facts = _rigged(sequence, from_start)
    write_text(path, gltf_text(rig, line.fps, facts | {"unit": "m"}, line.start))
    return Written((path,), _notes(rig.report(), _timing(line)))


_WRITERS: Mapping[str, Callable[[PoseSequence, Path, bool], Written]] = {
    ".json": _own,
    ".npz": _own,
    ".csv": _csv,
    ".bvh": _bvh,
    ".trc": _trc,
    ".c3d": _c3d,
    ".glb": _glb,
    ".gltf": _gltf,
}
FORMATS = tuple(suffix[1:] for suffix in _WRITERS)


def _rigged(sequence: PoseSequence, from_start: bool) -> tuple[Timeline, Rig, dict[str, Any]]:
    line = even_timeline(sequence, from_start)
    rig = fit_rig(line.joints, sequence.skeleton)
    residual = {"mean_mm": round(float(rig.residual.mean()), 3), "largest_mm": round(float(rig.residual.max()), 3)}
    return line, rig, _facts(sequence, line) | {"skeleton_fit_residual": residual}


def _facts(sequence: PoseSequence, line: Timeline) -> dict[str, Any]:
    return {
        "frame": WORLD,
        "up_in_the_camera_frame": list(sequence.up),
        "up_source": sequence.up_source,
        "fps": line.fps,
        "first_frame_s": line.start,
        "interpolated_frames": line.filled,
        "resampled_to_even_times": line.resampled,
        "smoothing": sequence.smoothing,
        **sequence.provenance.leaves(),
        "source": sequence.source,
    }


def _beside(path: Path, facts: Mapping[str, Any]) -> Path:
    beside = path.with_name(path.name + ".json")
    write_text(beside, json.dumps({"schema": "voxelpose.animation", "schema_version": 1, **facts}, indent=1) + "\n")
    return beside


def _timing(line: Timeline) -> str:
    filled = f"{line.filled} missing frames interpolated" if line.filled else ""
    return _notes(filled, f"times made even at {line.fps:g} frames/s" if line.resampled else "")


def _notes(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
