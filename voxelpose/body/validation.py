"""What must be true of a body's arrays before anything is computed with them."""

import numpy as np

from voxelpose.errors import InputError

# Weights are stored in 65535ths or as float32 of some tool's rounding.
_SUM_TOLERANCE = 1e-3


def check_body(body) -> None:
    """InputError with one sentence if the arrays of a `BodyModel` don't fit each other or hold nonsense."""
    v, j, s, e = len(body.template), len(body.joint_names), len(body.shape_directions), len(body.expression_directions)
    _shape(body, "template", (v, 3))
    _shape(body, "shape_directions", (s, v, 3))
    _shape(body, "expression_directions", (e, v, 3))
    if body.pose_directions is not None:
        _shape(body, "pose_directions", (9 * (j - 1), v, 3))
    _shape(body, "joint_template", (j, 3))
    _shape(body, "joint_directions", (s + e, j, 3))
    _shape(body, "parents", (j,))
    _shape(body, "skin_weights", (v, body.skin_joints.shape[-1]))
    _shape(body, "skin_joints", body.skin_weights.shape)
    _shape(body, "part_of_vertex", (v,))
    _shape(body, "limits", (j, 3, 2))
    _shape(body, "faces", (len(body.faces), 3))
    for name in ("template", "shape_directions", "expression_directions", "pose_directions", "joint_template"):
        _finite(body.name, name, getattr(body, name))
    for name in ("joint_directions", "skin_weights", "limits"):
        _finite(body.name, name, getattr(body, name))
    for name, end in (("faces", v), ("skin_joints", j), ("skin", v), ("part_of_vertex", len(body.part_names))):
        _indices(body.name, name, getattr(body, name), end)
    _check_weights(body)
    _check_tree(body)
    _check_groups(body, j)
    for name, length in (("joint_mirror", j), ("vertex_mirror", v)):
        _check_mirror(body.name, name, getattr(body, name), length)
    if len(body.expression_mirror) not in (0, e):
        _refuse(body.name, f"expression_mirror of {e} signs", f"{len(body.expression_mirror)}")
    _check_landmarks(body, v, j)
    _check_extras(body, v, s)


def _check_weights(body) -> None:
    sums = body.skin_weights.sum(-1)
    wrong = np.flatnonzero(np.abs(sums - 1) > _SUM_TOLERANCE)
    if len(wrong) or (body.skin_weights < 0).any():
        where = f"{sums[wrong[0]]:.4g} at vertex {wrong[0]}" if len(wrong) else f"{body.skin_weights.min():.4g}"
        _refuse(body.name, "skin_weights that are not negative and sum to 1 at every vertex", where)


def _check_tree(body) -> None:
    parents = body.parents.astype(np.intp)
    roots = np.flatnonzero(parents < 0)
    if len(roots) != 1 or parents.max() >= len(parents):
        _refuse(body.name, "one root and parents that are joints", f"parents {parents.tolist()}")
    at = parents
    for _ in range(len(parents)):
        at = np.where(at < 0, -1, parents[at])
    if (at >= 0).any():
        lost = ", ".join(body.joint_names[i] for i in np.flatnonzero(at >= 0)[:5])
        _refuse(body.name, "a tree of joints", f"a circle of parents above {lost}")


def _check_groups(body, joints: int) -> None:
    grouped = sorted(joint for group in body.pose_groups.values() for joint in group)
    if grouped != list(range(joints)):
        _refuse(body.name, f"pose groups that name each of {joints} joints once", f"joints {grouped}")


def _check_mirror(where: str, name: str, mirror: np.ndarray, length: int) -> None:
    if not len(mirror):
        return
    _indices(where, name, mirror, length)
    if len(mirror) != length or (mirror[mirror] != np.arange(length)).any():
        _refuse(where, f"{name} that swaps {length} in pairs", f"{len(mirror)} that don't")


def _check_landmarks(body, vertices: int, joints: int) -> None:
    marks = body.landmarks
    surface, riding = len(marks.corners), len(marks.joints)
    if len(marks.names) != surface + riding or len(set(marks.names)) != len(marks.names):
        _refuse(body.name, f"{surface + riding} different landmark names", f"{len(marks.names)} names")
    if marks.shares.shape != (surface, 3) or marks.corners.shape != (surface, 3) or marks.offsets.shape != (riding, 3):
        shapes = f"{marks.corners.shape}, {marks.shares.shape} and {marks.offsets.shape}"
        _refuse(body.name, "landmark corners (N, 3), shares (N, 3) and offsets (M, 3)", shapes)
    _indices(body.name, "landmark corners", marks.corners, vertices)
    _indices(body.name, "landmark joints", marks.joints, joints)
    _finite(body.name, "landmark offsets", marks.offsets)
    _sums(body.name, "landmark shares", marks.shares)
    _check_mirror(body.name, "landmark mirror", marks.mirror, len(marks.names))


def _check_extras(body, vertices: int, shapes: int) -> None:
    units = body.face_units
    if units is not None:
        count = len(units.vertices)
        starts = units.starts.astype(np.int64)
        if len(starts) != len(units.names) + 1 or starts[0] or starts[-1] != count or (np.diff(starts) < 0).any():
            _refuse(body.name, f"{len(units.names) + 1} starts of face units from 0 to {count}", f"{starts.tolist()}")
        if units.offsets.shape != (count, 3):
            _refuse(body.name, f"face unit offsets ({count}, 3)", f"{units.offsets.shape}")
        _indices(body.name, "face unit vertices", units.vertices, vertices)
        _finite(body.name, "face unit offsets", units.offsets)
    hands = body.hand_space
    if hands is not None:
        missing = [group for group in hands.groups if group not in body.pose_groups]
        if missing:
            _refuse(body.name, "a hand space of its pose groups", ", ".join(missing))
        size = 3 * len(body.pose_groups[hands.groups[0]])
        expected = ((2, size), (2, len(hands.names), size))
        if (hands.means.shape, hands.components.shape) != expected:
            received = f"{hands.means.shape} and {hands.components.shape}"
            _refuse(body.name, f"hand means and components of shapes {expected[0]} and {expected[1]}", received)
        _finite(body.name, "hand components", hands.components)
        _finite(body.name, "hand means", hands.means)
    measures = body.measures
    if measures is not None:
        if measures.directions.shape != (len(measures.names), shapes) or measures.mean.shape != (len(measures.names),):
            received = f"{measures.mean.shape} and {measures.directions.shape}"
            _refuse(body.name, f"measures of {len(measures.names)} names and {shapes} shapes", received)
        _finite(body.name, "measures", measures.directions)
    for level in body.levels:
        n, where = len(level.down_corners), f"level {level.name} of {body.name}"
        if level.up_corners.shape != (len(body.skin), 3):
            _refuse(where, f"up_corners ({len(body.skin)}, 3)", f"{level.up_corners.shape}")
        _indices(where, "faces", level.faces, n)
        _indices(where, "down_corners", level.down_corners, vertices)
        _indices(where, "up_corners", level.up_corners, n)
        _sums(where, "down_shares", level.down_shares)
        _sums(where, "up_shares", level.up_shares)
        _check_mirror(where, "mirror", level.mirror, n)


def _shape(body, name: str, expected: tuple[int, ...]) -> None:
    received = getattr(body, name).shape
    if received != expected:
        _refuse(body.name, f"{name} of shape {expected}", f"{received}")


def _finite(where: str, name: str, values: np.ndarray | None) -> None:
    if values is not None and not np.isfinite(values).all():
        _refuse(where, f"finite {name}", "NaN or infinity")


def _indices(where: str, name: str, values: np.ndarray, end: int) -> None:
    if values.size and not (np.issubdtype(values.dtype, np.integer) and 0 <= values.min() <= values.max() < end):
        _refuse(where, f"{name} between 0 and {end - 1}", f"{values.min()} to {values.max()}")


def _sums(where: str, name: str, shares: np.ndarray) -> None:
    sums = shares.sum(-1)
    if not (np.abs(sums - 1) <= _SUM_TOLERANCE).all():
        _refuse(where, f"{name} that sum to 1", f"sums of {sums.min():.4g} to {sums.max():.4g}")


def _refuse(where: str, expected: str, received: str) -> None:
    raise InputError(f"Expected {expected} in the body {where}. Received: {received}.")
