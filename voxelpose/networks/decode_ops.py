"""What a volume says, in keras.ops: the functions of `voxelpose.networks.decode` for use inside a graph.

Same names, arguments, shapes, order of coordinates and results, always computed in float32 whatever the policy: in half
precision the soft-argmax is 1.6 to 1.9 mm off on a box of 2 m.
"""

from collections.abc import Sequence

from keras import ops

from voxelpose.networks.decode import CONFIDENCE_RADIUS, UNKNOWN_VARIANCE, Moments


def volume_view(maps, joints: int):
    """A network's output (B, H, W, J * D), joint-major, as (B, H, W, J, D)."""
    _, height, width, channels = maps.shape
    if channels % joints:
        raise ValueError(f"Expected a multiple of {joints} channels, one per joint and depth. Received: {channels}")
    return ops.reshape(maps, (-1, height, width, joints, channels // joints))


def likelihood(volume, temperature: float = 1.0, window: int | None = None):
    """Volume (B, H, W, J, D) -> probabilities of the same shape that sum to 1 over each joint's cells."""
    volume = ops.cast(volume, "float32")
    highest = ops.max(volume, axis=(1, 2, 4), keepdims=True)
    mass = ops.exp(temperature * (volume - ops.stop_gradient(highest)))
    if window is not None:
        mass = mass * _within(volume, window)
    return mass / ops.sum(mass, axis=(1, 2, 4), keepdims=True)


def heatmap(volume, temperature: float = 1.0, window: int | None = None):
    """Likelihood of the pixel cells whatever the depth: (B, H, W, J)."""
    return ops.sum(likelihood(volume, temperature, window), axis=4)


def depth_marginal(volume, temperature: float = 1.0, window: int | None = None):
    """Likelihood of the depth cells wherever in the picture: (B, J, D)."""
    return ops.sum(likelihood(volume, temperature, window), axis=(1, 2))


def argmax(volume):
    """Centre of the highest cell, as fractions x, y, z: (B, J, 3)."""
    cells = zip(_modes(volume), _sizes(volume), strict=True)
    return ops.stack([(ops.cast(index, "float32") + 0.5) / n for index, n in cells], axis=-1)


def soft_argmax(volume, temperature: float = 1.0, window: int | None = None):
    """Mean of the likelihood, as fractions x, y, z: (B, J, 3)."""
    return _mean(likelihood(volume, temperature, window))


def moments(volume, temperature: float = 1.0, window: int | None = None, points=None) -> Moments:
    """Mean, covariance and confidence of every joint; points: (B, J, 3) to take instead of the mean."""
    probabilities = likelihood(volume, temperature, window)
    mean = _mean(probabilities) if points is None else ops.cast(points, "float32")
    x, y, z = (_centres(n) - mean[..., axis, None] for axis, n in enumerate(_sizes(volume)))  # each (B, J, n)
    xy = ops.einsum("bhwj,bjw,bjh->bj", ops.sum(probabilities, axis=4), x, y)
    xz = ops.einsum("bwjd,bjw,bjd->bj", ops.sum(probabilities, axis=1), x, z)
    yz = ops.einsum("bhjd,bjh,bjd->bj", ops.sum(probabilities, axis=2), y, z)
    xx, yy, zz = (_variance(p, c) for p, c in zip(_marginals(probabilities), (x, y, z), strict=True))
    rows = [ops.stack(row, axis=-1) for row in ((xx, xy, xz), (xy, yy, yz), (xz, yz, zz))]
    return Moments(mean, ops.stack(rows, axis=-2), _mass_near(probabilities, mean))


def mirror_volume(volume, mirror: Sequence[int]):
    """The volume of the mirrored crop, read as one of the crop: columns reversed, joints permuted by `mirror`."""
    return ops.take(ops.flip(volume, axis=2), list(mirror), axis=3)


def average_mirrored(volume, of_mirrored_crop, mirror: Sequence[int]):
    """Mean of a crop's volume and that of its mirror image, before any softmax (Section 4.1)."""
    return 0.5 * (volume + mirror_volume(of_mirrored_crop, mirror))


def _sizes(volume) -> tuple[int, int, int]:
    """Cells along x, y, z."""
    _, height, width, _, depth = volume.shape
    return width, height, depth


def _centres(cells: int):
    return (ops.arange(cells, dtype="float32") + 0.5) / cells


def _marginals(probabilities):
    """Likelihood along x, y and z: (B, J, W), (B, J, H), (B, J, D)."""
    along_x, along_y = (ops.transpose(ops.sum(probabilities, axis=axes), (0, 2, 1)) for axes in ((1, 4), (2, 4)))
    return along_x, along_y, ops.sum(probabilities, axis=(1, 2))


def _mean(probabilities):
    return ops.stack([ops.sum(p * _centres(p.shape[-1]), axis=-1) for p in _marginals(probabilities)], axis=-1)


def _variance(marginal, centred):
    if marginal.shape[-1] == 1:
        return ops.full_like(marginal[..., 0], UNKNOWN_VARIANCE)
    return ops.sum(marginal * centred * centred, axis=-1)


def _mass_near(probabilities, mean):
    """Likelihood within CONFIDENCE_RADIUS of the mean along every axis: (B, J)."""
    x, y, z = (_overlap(mean[..., axis, None], n) for axis, n in enumerate(_sizes(probabilities)))
    return ops.einsum("bhwj,bjw,bjh->bj", ops.einsum("bhwjd,bjd->bhwj", probabilities, z), x, y)


def _overlap(mean, cells: int):
    """Share of every cell that lies within CONFIDENCE_RADIUS of the mean: (B, J, cells); 1 for a single cell."""
    if cells == 1:
        return ops.ones_like(mean)
    low = ops.arange(cells, dtype="float32") / cells
    above = ops.maximum(mean - CONFIDENCE_RADIUS, low)
    below = ops.minimum(mean + CONFIDENCE_RADIUS, low + 1.0 / cells)
    return ops.maximum((below - above) * cells, 0.0)


def _modes(volume):
    """Indices x, y, z of the highest cell, each (B, J)."""
    _, height, width, joints, depth = volume.shape
    z = ops.argmax(ops.max(volume, axis=(1, 2)), axis=-1)
    peaks = ops.where(ops.arange(depth) == z[:, None, None, :, None], volume, -float("inf"))
    positions = ops.argmax(ops.reshape(ops.max(peaks, axis=-1), (-1, height * width, joints)), axis=1)
    return positions % width, positions // width, z


def _within(volume, window: int):
    """1 in the cells at most `window` from the highest along every axis, else 0."""
    x, y, z = (
        ops.cast(ops.abs(ops.arange(n) - ops.cast(index, "int32")[..., None]) <= window, "float32")
        for index, n in zip(_modes(volume), _sizes(volume), strict=True)
    )
    picture = ops.einsum("bjw,bjh->bhwj", x, y)
    return picture[..., None] * z[:, None, None]
