"""Rotations, projection and joint maps in keras.ops: what of `voxelpose.geometry` a gradient must pass.

Same names, shapes, units and orders as in `rotations`, `camera`, `crop` and `voxelpose.skeleton`, in the kind of float
that comes in. Gradients are finite at rotation 0. Import it by its own name: it wakes Keras.
"""

from collections.abc import Sequence

from keras import ops

from voxelpose.skeleton import JointMap

# Taylor series in the angle's square of sin(t) / t, (1 - cos(t)) / t^2, and in the sine's of 2 arcsin(s) / s.
_SINC = (1.0, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880)
_COSC = (1 / 2, -1 / 24, 1 / 720, -1 / 40320, 1 / 3628800)
_ARCSINC = (2.0, 1 / 3, 3 / 20, 5 / 56, 35 / 576)
# Below these squares five terms are exact in float64.
_SMALL_ANGLE, _SMALL_SINE = 1e-2, 1e-3
_SHORTEST = 1e-24
# Joint maps with no more cells than this are dense matrices; larger ones gather.
_DENSE_CELLS = 2**18


def axis_angle_to_matrix(axis_angle):
    """Axis-angle vectors (..., 3) in radians -> rotations (..., 3, 3) (Rodrigues)."""
    x, y, z = _parts(axis_angle)
    square = x * x + y * y + z * z
    small = square < _SMALL_ANGLE
    angle = ops.sqrt(ops.where(small, 1.0, square))
    half = ops.sin(angle / 2) / angle
    a = ops.where(small, _series(_SINC, square), ops.sin(angle) / angle)
    b = ops.where(small, _series(_COSC, square), 2 * half * half)
    return _matrix([
        1 - b * (y * y + z * z), b * x * y - a * z, b * x * z + a * y,
        b * x * y + a * z, 1 - b * (x * x + z * z), b * y * z - a * x,
        b * x * z - a * y, b * y * z + a * x, 1 - b * (x * x + y * y),
    ])  # fmt: skip


def matrix_to_axis_angle(rotation):
    """Rotations (..., 3, 3) -> axis-angle vectors (..., 3), angles in [0, pi]; at pi either of the two axes."""
    quaternion = matrix_to_quaternion(rotation)
    w = quaternion[..., 3:]
    vector, w = ops.where(w < 0, -quaternion[..., :3], quaternion[..., :3]), ops.abs(w)
    square = ops.sum(vector * vector, axis=-1, keepdims=True)
    small = square < _SMALL_SINE
    sine = ops.sqrt(ops.where(small, 1.0, square))
    return vector * ops.where(small, _series(_ARCSINC, square), 2 * ops.arctan2(sine, w) / sine)


def quaternion_to_matrix(quaternion):
    """Quaternions (..., 4), x, y, z, w, of any length but 0 -> rotations (..., 3, 3)."""
    x, y, z, w = _parts(_unit(quaternion))
    return _matrix([
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ])  # fmt: skip


def matrix_to_quaternion(rotation):
    """Rotations (..., 3, 3) -> unit quaternions (..., 4), x, y, z, w, of either sign (Shepperd 1978)."""
    m = [[rotation[..., i, j] for j in range(3)] for i in range(3)]
    trace = m[0][0] + m[1][1] + m[2][2]
    skew = [m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]]
    ways = [
        [1 + 2 * m[i][i] - trace if i == j else m[i][j] + m[j][i] for j in range(3)] + [skew[i]] for i in range(3)
    ] + [[*skew, 1 + trace]]
    # Of the four ways to begin, the one that divides by the largest number.
    best = ops.argmax(ops.stack([m[0][0], m[1][1], m[2][2], trace], axis=-1), axis=-1)[..., None]
    found = ops.stack(ways[3], axis=-1)
    for i in range(3):
        found = ops.where(best == i, ops.stack(ways[i], axis=-1), found)
    return _unit(found)


def six_to_matrix(six):
    """Six numbers (..., 6), two columns one after the other -> rotations (..., 3, 3) by Gram-Schmidt.

    Zhou et al. 2019. Where the columns are 0 or parallel the result is finite but no rotation.
    """
    x, second = _unit(six[..., :3]), six[..., 3:]
    y = _unit(second - ops.sum(second * x, axis=-1, keepdims=True) * x)
    (a, b, c), (d, e, f) = _parts(x), _parts(y)
    z = ops.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)
    return ops.stack([x, y, z], axis=-1)


def matrix_to_six(rotation):
    """Rotations (..., 3, 3) -> their first two columns one after the other (..., 6)."""
    return ops.concatenate([rotation[..., 0], rotation[..., 1]], axis=-1)


def project(points, focal, centre):
    """Camera-frame points (..., 3), z > 0, in any unit -> pixels (..., 2) of a camera without distortion.

    focal, centre: pixels (..., 2), x and y, that broadcast with the points: (B, 1, 2) for points (B, J, 3).
    """
    return focal * points[..., :2] / points[..., 2:] + centre


def to_fractions(pixels, matrix, size: int):
    """Image pixels (..., J, 2) -> fractions (..., J, 2) of crops of `size` pixels a side.

    matrix: (..., 2, 3), as `Crop`'s. The whole camera goes before the crop, so perspective is that of the picture,
    not of the crop.
    """
    turned = ops.matmul(pixels, ops.swapaxes(matrix[..., :2], -1, -2))
    return (turned + matrix[..., None, :, 2] + 0.5) / size


def apply_joint_map(joint_map: JointMap, points):
    """Points (..., S, C) -> (..., T, C); where `JointMap.apply` says NaN, a target is 0, and its weight must be 0."""
    if len(joint_map) * joint_map.sources <= _DENSE_CELLS:
        return ops.matmul(ops.cast(joint_map.dense, points.dtype), points)
    columns, coefficients = joint_map.padded()
    parts = ops.take(points, columns, axis=-2) * ops.cast(coefficients, points.dtype)[..., None]
    return ops.sum(parts, axis=-2)


def _series(coefficients: Sequence[float], x):
    result = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        result = coefficient + x * result
    return result


def _parts(vectors):
    return [vectors[..., i] for i in range(vectors.shape[-1])]


def _matrix(cells):
    rows = [ops.stack(cells[i : i + 3], axis=-1) for i in (0, 3, 6)]
    return ops.stack(rows, axis=-2)


def _unit(vectors):
    square = ops.sum(vectors * vectors, axis=-1, keepdims=True)
    return vectors / ops.sqrt(ops.maximum(square, _SHORTEST))
