"""Rotations, batched over all leading axes, in float64 unless all that comes in is float32.

A rotation is a matrix (..., 3, 3) that turns column vectors: p' = R p; R_a R_b turns by b first. Everything else is
another name for one: an axis-angle vector (..., 3), its direction the axis and its length the angle in radians, right-
handed; a unit quaternion (..., 4) in the order x, y, z, w of glTF and SciPy, q and -q being the same
rotation; six numbers (..., 6), the first column and then the second one (Zhou et al. 2019); Euler angles (..., 3).
`voxelpose.geometry.ops` has those that a gradient must pass in keras.ops.
"""

import numpy as np

from voxelpose.errors import InputError

# Lengths below this have no direction.
_TINY = 1e-12
# Directions whose cosine is below this are nearly opposite: there 1 / (1 + cosine) loses more than four digits.
_OPPOSITE = -0.9999
# Where the angle's cosine is below this its axis is read from the symmetric part, since the other one vanishes at pi.
_NEARLY_HALF_TURN = -0.99
# Two of three Euler axes coincide where the cosine of the middle angle is below this.
_LOCKED = 1e-7


def axis_angle_to_matrix(axis_angle: np.ndarray) -> np.ndarray:
    """Axis-angle vectors (..., 3) in radians -> rotations (..., 3, 3) (Rodrigues)."""
    vector = _floats(axis_angle)
    angle = _norm(vector)
    axis = _hat(vector / np.where(angle == 0, 1, angle)[..., None])
    sine, rest = np.sin(angle)[..., None, None], (1 - np.cos(angle))[..., None, None]
    return np.eye(3, dtype=vector.dtype) + sine * axis + (rest * axis) @ axis


def matrix_to_axis_angle(rotation: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) -> axis-angle vectors (..., 3), angles in [0, pi]; at pi either of the two axes."""
    rotation = _floats(rotation)
    skew = _vee(rotation) / 2
    sine, cosine = _norm(skew), (_trace(rotation) - 1) / 2
    angle = np.arctan2(sine, cosine)
    vector = np.where(sine < _TINY, 1, angle / np.where(sine < _TINY, 1, sine))[..., None] * skew
    half = cosine < _NEARLY_HALF_TURN
    if half.any():
        vector[half] = _near_half_turn(rotation[half], skew[half], angle[half], cosine[half])
    return vector


def _near_half_turn(rotation: np.ndarray, skew: np.ndarray, angle: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    """Axis-angle vectors (N, 3) of rotations by nearly pi; the symmetric part is cos I + (1 - cos) n n^T."""
    square = (rotation + _transposed(rotation)) / 2 - cosine[:, None, None] * np.eye(3)
    largest = np.diagonal(square, axis1=-2, axis2=-1).argmax(axis=-1)
    axis = np.take_along_axis(square, largest[:, None, None], axis=-2)[:, 0]
    axis /= np.linalg.norm(axis, axis=-1, keepdims=True)
    sign = np.where((axis * skew).sum(axis=-1) < 0, -1, 1)
    return (sign * angle)[:, None] * axis


def quaternion_to_matrix(quaternion: np.ndarray) -> np.ndarray:
    """Quaternions (..., 4), x, y, z, w, of any length but 0 -> rotations (..., 3, 3)."""
    quaternion = _floats(quaternion)
    quaternion = quaternion / np.linalg.norm(quaternion, axis=-1, keepdims=True)
    cross, w = _hat(quaternion[..., :3]), quaternion[..., 3, None, None]
    return np.eye(3, dtype=quaternion.dtype) + 2 * w * cross + 2 * cross @ cross


def matrix_to_quaternion(rotation: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) -> unit quaternions (..., 4), x, y, z, w, of either sign (Shepperd 1978)."""
    m = _floats(rotation)
    trace = _trace(m)
    diagonal = np.stack([m[..., 0, 0], m[..., 1, 1], m[..., 2, 2], trace], axis=-1)
    # Of the four ways to begin, the one that divides by the largest number.
    parts = np.empty((*trace.shape, 4, 4), m.dtype)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        parts[..., i, i] = 1 + 2 * m[..., i, i] - trace
        parts[..., i, j] = m[..., j, i] + m[..., i, j]
        parts[..., i, k] = m[..., k, i] + m[..., i, k]
        parts[..., i, 3] = m[..., k, j] - m[..., j, k]
        parts[..., 3, i] = m[..., k, j] - m[..., j, k]
    parts[..., 3, 3] = 1 + trace
    found = np.take_along_axis(parts, diagonal.argmax(axis=-1)[..., None, None], axis=-2)[..., 0, :]
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def six_to_matrix(six: np.ndarray) -> np.ndarray:
    """Six numbers (..., 6), two columns one after the other -> rotations (..., 3, 3) by Gram-Schmidt.

    Zhou et al. 2019, section 4.2. Networks that shape them as (3, 2), such as SPIN's, have them in the order
    0, 2, 4, 1, 3, 5. Columns that are 0 or parallel are no rotation and give NaN.
    """
    six = _floats(six)
    return frame_from_axes(six[..., :3], six[..., 3:])


def matrix_to_six(rotation: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) -> their first two columns one after the other (..., 6)."""
    rotation = _floats(rotation)
    return np.concatenate([rotation[..., 0], rotation[..., 1]], axis=-1)


def euler_to_matrix(angles: np.ndarray, order: str) -> np.ndarray:
    """Angles (..., 3) in radians in the order of the axes -> rotations (..., 3, 3).

    order: a permutation of "XYZ" as BVH lists its channels: "ZXY" means Rz Rx Ry. Raises InputError for another.
    """
    _axes_of(order)
    angles = _floats(angles)
    first, second, third = (about(axis, angles[..., i]) for i, axis in enumerate(order))
    return first @ second @ third


def matrix_to_euler(rotation: np.ndarray, order: str) -> np.ndarray:
    """Rotations (..., 3, 3) -> angles (..., 3) in radians for `euler_to_matrix`, the middle one within +-pi/2.

    Where the first and the third axis coincide, the third angle is 0.
    """
    i, j, k = _axes_of(order)
    sign = 1 if (i + 1) % 3 == j else -1
    r = _floats(rotation)
    cosine = np.hypot(r[..., i, i], r[..., i, j])
    locked = cosine < _LOCKED
    first = np.arctan2(-sign * r[..., j, k], r[..., k, k])
    first = np.where(locked, np.arctan2(sign * r[..., k, j], r[..., j, j]), first)
    third = np.where(locked, 0.0, np.arctan2(-sign * r[..., i, j], r[..., i, i]))
    return np.stack([first, np.arctan2(sign * r[..., i, k], cosine), third], axis=-1)


def about(axis: str, angle: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) about the axis "X", "Y" or "Z" by angles (...) in radians."""
    angle = _floats(angle)
    i = "XYZ".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    rotation = np.zeros((*angle.shape, 3, 3), angle.dtype)
    rotation[..., i, i] = 1
    rotation[..., j, j] = rotation[..., k, k] = np.cos(angle)
    rotation[..., k, j] = np.sin(angle)
    rotation[..., j, k] = -rotation[..., k, j]
    return rotation


def frame_from_axes(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) whose columns are: the direction of `first` (..., 3), that of `second` (..., 3) made
    orthogonal to it, and their cross product. NaN where one is 0 or both are parallel."""
    x, second = _unit(_floats(first)), _floats(second)
    y = _unit(second - _dot(second, x)[..., None] * x)
    frame = np.empty((*y.shape, 3), y.dtype)
    frame[..., 0], frame[..., 1], frame[..., 2] = x, y, cross(x, y)
    return frame


def swing(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The smallest rotations (..., 3, 3) that take the direction of `source` (..., 3) to that of `target` (..., 3).

    Between opposite directions it is one of the half turns about an axis across them. A vector of length 0 has no
    direction; then it is the identity.
    """
    a, b = (v / np.maximum(_norm(v), 1e-9)[..., None] for v in map(_floats, (source, target)))
    cosine, turn = _dot(a, b)[..., None, None], _hat(cross(a, b))
    rotation = np.eye(3, dtype=turn.dtype) + turn + turn @ turn / np.maximum(1 + cosine, 1 + _OPPOSITE)
    opposite = cosine[..., 0, 0] < _OPPOSITE
    if opposite.any():
        a, b = (np.broadcast_to(v, turn.shape[:-1])[opposite] for v in (a, b))
        rotation[opposite] = _swing_far(a, b)
    return rotation


def _swing_far(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Swings (N, 3, 3) between nearly opposite unit vectors: a half turn about a, then one about their middle.

    Both turn exactly, so what comes out is a rotation however little the sum of the vectors says about its direction.
    """
    along = _norm(a + b)[..., None] / 2
    across = b - _dot(a, b)[..., None] * a
    other = cross(a, np.eye(3, dtype=a.dtype)[np.abs(a).argmin(axis=-1)])
    across = _unit(np.where(_norm(across)[..., None] < _TINY, other, across))
    # Once more, since little may have been left beside rounding.
    across = _unit(across - _dot(across, a)[..., None] * a)
    return _half_turn(along * a + np.sqrt(1 - along**2) * across) @ _half_turn(a)


def _half_turn(axis: np.ndarray) -> np.ndarray:
    axis = _unit(axis)
    return 2 * axis[..., :, None] * axis[..., None, :] - np.eye(3, dtype=axis.dtype)


def swing_twist(rotation: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split rotations (..., 3, 3) by an axis (..., 3): rotation = swing @ twist.

    Returns the swing (..., 3, 3), which takes the axis where the rotation takes it and turns nothing about it, and the
    angle (...) in radians, within +-pi, of the twist about the axis. Where the axis is reversed the split isn't unique.
    """
    rotation, axis = _floats(rotation), _unit(_floats(axis))
    axis = np.broadcast_to(axis, rotation.shape[:-1])
    swung = swing(axis, (rotation @ axis[..., None])[..., 0])
    twist = _transposed(swung) @ rotation
    return swung, np.arctan2(_dot(_vee(twist), axis), _trace(twist) - 1)


def angle_about(axis: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Angles (...) in radians, within +-pi, that turn `source` (..., 3) about unit vectors `axis` (..., 3) into the
    half plane of `target` (..., 3); 0 where one of both lies along the axis."""
    a, b = (v - _dot(v, axis)[..., None] * axis for v in map(_floats, (source, target)))
    angle = np.arctan2(_dot(cross(a, b), axis), _dot(a, b))
    return np.where(np.minimum(_norm(a), _norm(b)) < 1e-9, 0.0, angle)


def power(rotation: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) by a share (...) of the angle about the same axis.

    a @ power(a^T b, t) is the spherical interpolation between a and b.
    """
    return axis_angle_to_matrix(np.asarray(share)[..., None] * matrix_to_axis_angle(rotation))


def nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """The proper rotations (..., 3, 3) nearest to matrices (..., 3, 3) in the Frobenius norm, by SVD.

    Of target^T @ source, points being rows, it is the rotation that brings source closest to target (Kabsch 1976).
    """
    u, _, vt = np.linalg.svd(_floats(matrix))
    sign = np.ones(u.shape[:-1], u.dtype)
    sign[..., -1] = np.sign(np.linalg.det(u @ vt))
    return (u * sign[..., None, :]) @ vt


def geodesic_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles (...) in radians, in [0, pi], of the rotations between a and b (..., 3, 3)."""
    between = _transposed(_floats(a)) @ _floats(b)
    return np.arctan2(_norm(_vee(between)) / 2, (_trace(between) - 1) / 2)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products (..., 3), several times as fast as NumPy's for few vectors."""
    (ax, ay, az), (bx, by, bz) = ((v[..., 0], v[..., 1], v[..., 2]) for v in (a, b))
    x = ay * bz - az * by
    result = np.empty((*x.shape, 3), x.dtype)
    result[..., 0], result[..., 1], result[..., 2] = x, az * bx - ax * bz, ax * by - ay * bx
    return result


def _hat(v: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) with _hat(v) @ p = v x p."""
    hat = np.zeros((*v.shape, 3), v.dtype)
    hat[..., 0, 2], hat[..., 1, 0], hat[..., 2, 1] = v[..., 1], v[..., 2], v[..., 0]
    return hat - np.swapaxes(hat, -1, -2)


def _vee(m: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) of the skew parts of matrices (..., 3, 3), twice as long."""
    return (m - _transposed(m))[..., (2, 0, 1), (1, 2, 0)]


def _trace(m: np.ndarray) -> np.ndarray:
    return m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]


def _transposed(m: np.ndarray) -> np.ndarray:
    return np.swapaxes(m, -1, -2)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[..., None, :] @ b[..., None])[..., 0, 0]


def _norm(v: np.ndarray) -> np.ndarray:
    return np.sqrt(_dot(v, v))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / _norm(v)[..., None]


def _floats(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def _axes_of(order: str) -> tuple[int, int, int]:
    if sorted(order) != ["X", "Y", "Z"]:
        raise InputError(f"Expected an order of the axes X, Y and Z, such as ZXY. Received: '{order}'.")
    i, j, k = ("XYZ".index(axis) for axis in order)
    return i, j, k
