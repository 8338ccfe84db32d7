"""A body model's file: one npz, written whole and read with care."""

from pathlib import Path

import numpy as np

from voxelpose.body.model import BodyModel
from voxelpose.body.parts import FaceUnits, HandSpace, Landmarks, Measures, MeshLevel
from voxelpose.errors import InputError
from voxelpose.files import atomic_path
from voxelpose.safe_files.npz import array_names, read_npz

SCHEMA, VERSION = "voxelpose.body", 1
# Weights and shares in whole numbers are parts of this.
_WHOLE = 65535
_ARRAYS = (
    "joint_template", "joint_directions", "parents", "skin_joints", "faces", "skin", "part_of_vertex", "joint_mirror",
    "vertex_mirror", "expression_mirror", "limits",
)  # fmt: skip
_LEVEL = ("faces", "down_corners", "up_corners", "mirror")
_POINTS = ("template", "shape_directions", "expression_directions", "pose_directions")


def save_body(body: BodyModel, path: str | Path, step: float | None = None) -> None:
    """Write a body model, whole or not at all.

    step: metres in whole numbers of which vertices and their directions are stored (10 micrometres keep the open body
    to less than its own error at a third of the size); None for float32.
    """
    content = {"schema": np.array([SCHEMA, str(VERSION)]), "name": np.array(body.name)}
    content |= {name: getattr(body, name) for name in _ARRAYS}
    content |= {name: np.array(getattr(body, name)) for name in ("joint_names", "part_names")}
    content["pose_group_names"] = np.array(list(body.pose_groups))
    content["pose_group_of_joint"] = np.zeros(body.joints, np.uint8)
    for number, joints in enumerate(body.pose_groups.values()):
        content["pose_group_of_joint"][list(joints)] = number
    points = {name: getattr(body, name) for name in _POINTS if getattr(body, name) is not None}
    if body.face_units is not None:
        content |= {"unit_names": np.array(body.face_units.names), "unit_starts": body.face_units.starts}
        content["unit_vertices"] = body.face_units.vertices
        points["unit_offsets"] = body.face_units.offsets
    if step is not None:
        content["step"] = np.float64(step)
    content |= {name: _rounded(values, step) for name, values in points.items()}
    content["skin_weights"] = _in_parts(body.skin_weights)
    marks = body.landmarks
    content |= {"landmark_names": np.array(marks.names), "landmark_corners": marks.corners}
    content |= {"landmark_shares": marks.shares, "landmark_joints": marks.joints}
    content |= {"landmark_offsets": marks.offsets, "landmark_mirror": marks.mirror}
    if body.hand_space is not None:
        hands = body.hand_space
        content |= {"hand_groups": np.array(hands.groups), "hand_names": np.array(hands.names)}
        content |= {"hand_means": hands.means, "hand_components": hands.components}
    if body.measures is not None:
        content |= {"measure_names": np.array(body.measures.names), "measure_mean": body.measures.mean}
        content["measure_directions"] = body.measures.directions
    content["level_names"] = np.array([level.name for level in body.levels], dtype=np.str_)
    for number, level in enumerate(body.levels):
        content |= {f"level{number}_{name}": getattr(level, name) for name in _LEVEL}
        content |= {f"level{number}_{name}": _in_parts(getattr(level, name)) for name in ("down_shares", "up_shares")}
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **content)


def load_body(path: str | Path) -> BodyModel:
    """Read a body model. InputError where the file is none, is newer, or holds what cannot be true of a body."""
    names = array_names(path)
    if "schema" not in names:
        raise InputError(f"Expected a body of this package at {path}. Received an archive without its schema.")
    schema = read_npz(path, {"schema": (2,)})["schema"].tolist()
    if schema != [SCHEMA, str(VERSION)]:
        raise InputError(f"Expected {SCHEMA} of version {VERSION} at {path}. Received: {' '.join(map(str, schema))}.")
    found = read_npz(path, dict.fromkeys(names - {"schema"}))
    try:
        return _body(found)
    except KeyError as error:
        raise InputError(f"Expected an array {error.args[0]} in the body at {path}. There is none.") from error
    except InputError as error:
        raise InputError(f"{error} It was read from {path}.") from error
    except (IndexError, ValueError, TypeError) as error:
        raise InputError(f"Expected arrays of a body at {path}. They don't fit each other: {error}.") from error


def _body(found: dict[str, np.ndarray]) -> BodyModel:
    step = float(found["step"]) if "step" in found else None
    group_of_joint = found["pose_group_of_joint"]
    points = {name: _metres(found[name], step) for name in _POINTS if name in found}
    units = hands = measures = None
    if "unit_names" in found:
        offsets = _metres(found["unit_offsets"], step)
        units = FaceUnits(_texts(found["unit_names"]), found["unit_starts"], found["unit_vertices"], offsets)
    if "hand_names" in found:
        groups, names = _texts(found["hand_groups"]), _texts(found["hand_names"])
        hands = HandSpace(groups, names, found["hand_means"], found["hand_components"])
    if "measure_names" in found:
        measures = Measures(_texts(found["measure_names"]), found["measure_mean"], found["measure_directions"])
    return BodyModel(
        **{name: found[name] for name in _ARRAYS},
        **{"pose_directions": None, **points},
        name=str(found["name"]),
        joint_names=_texts(found["joint_names"]),
        part_names=_texts(found["part_names"]),
        pose_groups={
            name: tuple(np.flatnonzero(group_of_joint == number).tolist())
            for number, name in enumerate(_texts(found["pose_group_names"]))
        },
        skin_weights=_from_parts(found["skin_weights"]),
        landmarks=Landmarks(
            _texts(found["landmark_names"]),
            *(found[f"landmark_{name}"] for name in ("corners", "shares", "joints", "offsets", "mirror")),
        ),
        face_units=units,
        hand_space=hands,
        measures=measures,
        levels=tuple(_level(found, number, name) for number, name in enumerate(_texts(found["level_names"]))),
    )


def _level(found: dict[str, np.ndarray], number: int, name: str) -> MeshLevel:
    arrays = {key: found[f"level{number}_{key}"] for key in _LEVEL}
    shares = {key: _from_parts(found[f"level{number}_{key}"]) for key in ("down_shares", "up_shares")}
    return MeshLevel(name, **arrays, **shares)


def _texts(values: np.ndarray) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _rounded(values: np.ndarray, step: float | None) -> np.ndarray:
    if step is None:
        return values.astype(np.float32)
    whole = np.round(values / step)
    return whole.astype(np.int16 if np.abs(whole).max(initial=0) < 2**15 else np.int32)


def _metres(values: np.ndarray, step: float | None) -> np.ndarray:
    if step is None or not np.issubdtype(values.dtype, np.integer):
        return values.astype(np.float32)
    return (values * step).astype(np.float32)


def _in_parts(shares: np.ndarray) -> np.ndarray:
    """Shares (N, K) in whole parts. What rounding leaves of their sum is no one's, or left and right would differ."""
    return np.round(shares.astype(np.float64) * _WHOLE).astype(np.uint16)


def _from_parts(parts: np.ndarray) -> np.ndarray:
    """The shares again, of their own sum where it is 1 but for rounding; other sums stay wrong, to be refused."""
    if not np.issubdtype(parts.dtype, np.integer):
        return parts.astype(np.float32)
    sums = parts.sum(-1, keepdims=True, dtype=np.float64)
    rounded = np.abs(sums - _WHOLE) <= parts.shape[-1] / 2
    return (parts / np.where(rounded, sums, _WHOLE)).astype(np.float32)
