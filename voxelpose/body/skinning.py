"""Numbers -> joints, vertices and landmarks: linear blend skinning, once, for NumPy and for keras.ops.

`xp` is either module, `rotations` the one of `voxelpose.geometry` with the same arrays (`rotations` or `ops`).
"""

from math import prod
from typing import Any

from voxelpose.body.model import BodyModel
from voxelpose.body.parameters import AXIS_ANGLE, SIX, hand_side, joints_of
from voxelpose.body.rows import Rows


def pose_body(body: BodyModel, rows: Rows, given: dict[str, Any], xp: Any, rotations: Any) -> dict[str, Any]:
    """Bodies in metres from checked numbers of the rows' kind of float; what is left out is as in the template.

    given: as `BodyLayer` describes them. Returns vertices (B, N, 3), landmarks (B, L, 3), joints (B, J, 3) and
    rotations (B, J, 3, 3), of the joints in the body's frame. Loper et al. 2015, equations 2 to 4 and 8 to 10.
    """
    batch = _batch(given, xp)
    turns = _local_rotations(body, rows, given, batch, xp, rotations)
    numbers = _coefficients(body, given, batch, xp)
    rest = rows.joint_template[None]
    if numbers is not None:
        rest = rest + xp.reshape(xp.matmul(numbers, rows.joint_directions), (-1, body.joints, 3))
    rest = xp.broadcast_to(rest, (batch, body.joints, 3))
    world, joints = _chain(body, turns, rest, xp)
    # Without rows there is nothing to reshape; a slice of no joints has the right shape.
    points = joints[:, :0]
    if len(rows):
        points = _skinned(rows, _shaped(rows, given, numbers, turns, xp), world, joints, rest, xp)
    if "transl" in given:
        joints, points = (there + given["transl"][:, None] for there in (joints, points))
    return {
        "vertices": points[:, : rows.vertices] if rows.in_order else xp.take(points, rows.picked, axis=1),
        "landmarks": _landmarks(rows, points, xp),
        "joints": joints,
        "rotations": world,
    }


def _batch(given: dict[str, Any], xp: Any):
    """How many bodies there are: the length that is not 1, which a traced array says only when it runs."""
    for value in given.values():
        if value.shape[0] != 1:
            return xp.shape(value)[0]
    return 1


def _coefficients(body: BodyModel, given: dict[str, Any], batch, xp: Any):
    """Shape and expression numbers (B, S + E) with zeros for what is left out; None if all of it is."""
    parts = []
    for name, full in (("betas", body.shapes), ("expression", body.expressions)):
        value = given.get(name)
        parts.append(_zeros(1, full, given, xp) if value is None else xp.pad(value, _missing(value, full)))
    if "betas" not in given and "expression" not in given:
        return None
    return xp.concatenate([xp.broadcast_to(part, (batch, part.shape[-1])) for part in parts], axis=-1)


def _zeros(count: int, width: int, given: dict[str, Any], xp: Any):
    kind = next(iter(given.values())).dtype if given else "float32"
    return xp.zeros((count, width), dtype=kind)


def _missing(value, full: int) -> tuple:
    return ((0, 0), (0, full - value.shape[-1]))


def _local_rotations(body: BodyModel, rows: Rows, given: dict[str, Any], batch, xp: Any, rotations: Any):
    """Rotations (B, J, 3, 3) relative to the parents."""
    if "pose" in given:
        found = _as_rotations(body, rows, "pose", given["pose"], xp, rotations)
        return xp.broadcast_to(found, (batch, body.joints, 3, 3))
    parts, order = [], []
    for name, group in body.pose_groups.items():
        found = rows.resting[name][None]
        if name in given:
            found = _as_rotations(body, rows, name, given[name], xp, rotations)
        parts.append(xp.broadcast_to(found, (batch, len(group), 3, 3)))
        order += group
    joined = xp.concatenate(parts, axis=1)
    if order == list(range(body.joints)):
        return joined
    return xp.take(joined, rows.joint_order, axis=1)


def _as_rotations(body: BodyModel, rows: Rows, name: str, value, xp: Any, rotations: Any):
    count, joints = prod(value.shape[1:]), len(joints_of(body, name))
    flat = xp.reshape(value, (-1, count))
    side = hand_side(body, name, count)
    if side is not None:
        flat, count = xp.matmul(flat, rows.hand_components[side][:count]), AXIS_ANGLE * joints
    if count == AXIS_ANGLE * joints:
        if name in rows.means:
            flat = flat + rows.means[name]
        return rotations.axis_angle_to_matrix(xp.reshape(flat, (-1, joints, 3)))
    if count == SIX * joints:
        return rotations.six_to_matrix(xp.reshape(flat, (-1, joints, 6)))
    return xp.reshape(flat, (-1, joints, 3, 3))


def _chain(body: BodyModel, turns, rest, xp: Any):
    """Rotations (B, J, 3, 3) and places (B, J, 3) in the body's frame, one generation of joints after another."""
    place = {int(joint): number for number, joint in enumerate(j for joints in body.generations for j in joints)}
    root = body.generations[0]
    rotation, position = xp.take(turns, root, axis=1), xp.take(rest, root, axis=1)
    for joints in body.generations[1:]:
        parents = body.parents[joints]
        above = [place[int(parent)] for parent in parents]
        turned = xp.take(rotation, above, axis=1)
        bones = xp.take(rest, joints, axis=1) - xp.take(rest, parents, axis=1)
        moved = xp.take(position, above, axis=1) + xp.matmul(turned, bones[..., None])[..., 0]
        rotation = xp.concatenate([rotation, xp.matmul(turned, xp.take(turns, joints, axis=1))], axis=1)
        position = xp.concatenate([position, moved], axis=1)
    order = [place[joint] for joint in range(body.joints)]
    return xp.take(rotation, order, axis=1), xp.take(position, order, axis=1)


def _shaped(rows: Rows, given: dict[str, Any], numbers, turns, xp: Any):
    """The rows (B or 1, R, 3) in the rest pose, with shape, expression, face and what the pose adds."""
    points = xp.reshape(rows.template, (1, -1))
    if numbers is not None:
        points = points + xp.matmul(numbers, rows.directions)
    if "face_units" in given:
        points = points + xp.matmul(given["face_units"], rows.units)
    if rows.pose_directions is not None:
        feature = turns[:, 1:] - rows.identity
        points = points + xp.matmul(xp.reshape(feature, (-1, rows.pose_directions.shape[0])), rows.pose_directions)
    return xp.reshape(points, (-1, len(rows), 3))


def _skinned(rows: Rows, points, world, joints, rest, xp: Any):
    """Rest points (B or 1, R, 3) -> (B, R, 3): every joint moves them by its rotation about its rest place."""
    shift = joints - xp.matmul(world, rest[..., None])[..., 0]
    # Columns first, so that a point's three numbers each meet three that lie side by side.
    moves = xp.concatenate([xp.swapaxes(world, -1, -2), shift[..., None, :]], axis=-2)
    blended = xp.matmul(rows.weights, xp.reshape(moves, (-1, rows.weights.shape[1], 12)))
    blended = xp.reshape(blended, (-1, len(rows), 4, 3))
    turned = sum(blended[:, :, i] * points[..., i : i + 1] for i in range(3))
    return turned + blended[:, :, 3]


def _landmarks(rows: Rows, points, xp: Any):
    if not len(rows.corners):
        return points[:, :0]
    return xp.sum(xp.take(points, rows.corners, axis=1) * rows.shares, axis=2)
