"""What a volume says, in NumPy: points, covariances, confidence and marginals of one distribution over cells.

A volume (B, H, W, J, D) becomes a likelihood by a softmax over all H * W * D cells of a joint, after multiplication
with a temperature; everything else is read from that distribution. Points are fractions x, y, z in [0, 1] of the
crop's width and height and of the depth range; cell i of n has its centre at (i + 0.5) / n. All of it is float32.

window: cells on either side of the highest cell that count; the rest of the volume is left out of the distribution.
Without one, all cells count. `voxelpose.networks.decode_ops` states the same for graphs.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Half the side of the box around the mean whose mass is the confidence, in fractions: 200 mm where the range is +-1 m.
CONFIDENCE_RADIUS = 0.1
# An axis of a single cell says nothing about it: the variance of a coordinate spread evenly over [0, 1].
UNKNOWN_VARIANCE = 1.0 / 12.0


class Moments(NamedTuple):
    """First and second moments of a joint's likelihood, in fractions.

    mean: (B, J, 3) x, y, z; covariance: (B, J, 3, 3), with 1/12 on the diagonal for an axis of one cell;
    confidence: (B, J), the likelihood within 0.1 of the mean along every axis, each cell's mass spread over the cell:
    the probability that the network itself gives to an estimate at most so wrong. Axes of one cell don't count in it.
    """

    mean: np.ndarray
    covariance: np.ndarray
    confidence: np.ndarray


def volume_view(maps: np.ndarray, joints: int) -> np.ndarray:
    """A network's output (B, H, W, J * D), joint-major, as (B, H, W, J, D), without a copy."""
    *shape, channels = maps.shape
    if channels % joints:
        raise ValueError(f"Expected a multiple of {joints} channels, one per joint and depth. Received: {channels}")
    return np.reshape(maps, (*shape, joints, channels // joints))


def likelihood(volume: np.ndarray, temperature: float = 1.0, window: int | None = None) -> np.ndarray:
    """Volume (B, H, W, J, D) -> probabilities of the same shape that sum to 1 over each joint's cells."""
    probabilities = np.empty(volume.shape, np.float32)
    cells = _cells(probabilities)
    for b, rows, mass in _Exponentials(volume, temperature, window):
        cells[b, rows] = mass
    total = _columns(probabilities).sum(axis=1).reshape(*_joint_shape(volume), -1).sum(axis=-1)
    probabilities /= total[:, None, None, :, None]
    return probabilities


def heatmap(volume: np.ndarray, temperature: float = 1.0, window: int | None = None) -> np.ndarray:
    """Likelihood of the pixel cells whatever the depth: (B, H, W, J)."""
    batch, height, width, joints, _ = volume.shape
    maps = np.empty((batch, height * width, joints), np.float32)
    for b, rows, mass in _Exponentials(volume, temperature, window):
        maps[b, rows] = mass.sum(axis=-1)
    return (maps / maps.sum(axis=1, keepdims=True)).reshape(batch, height, width, joints)


def depth_marginal(volume: np.ndarray, temperature: float = 1.0, window: int | None = None) -> np.ndarray:
    """Likelihood of the depth cells wherever in the picture: (B, J, D)."""
    mass = _sums(_Exponentials(volume, temperature, window))[:, 0]
    return (mass / mass.sum(axis=-1, keepdims=True)).astype(np.float32)


def argmax(volume: np.ndarray) -> np.ndarray:
    """Centre of the highest cell, as fractions x, y, z: (B, J, 3)."""
    _, height, width, _, depth = volume.shape
    return ((_modes(volume) + 0.5) / np.array([width, height, depth])).astype(np.float32)


def soft_argmax(volume: np.ndarray, temperature: float = 1.0, window: int | None = None) -> np.ndarray:
    """Mean of the likelihood, as fractions x, y, z: (B, J, 3) (the integral regression of Sun et al. 2018)."""
    return _mean_and_covariance(_Exponentials(volume, temperature, window))[0].astype(np.float32)


def moments(
    volume: np.ndarray, temperature: float = 1.0, window: int | None = None, points: np.ndarray | None = None
) -> Moments:
    """Mean, covariance and confidence of every joint in one pass over the volume.

    points: (B, J, 3) to take instead of the mean; the second moments and the confidence are then about them.
    """
    exponentials = _Exponentials(volume, temperature, window)
    mean, covariance, total = _mean_and_covariance(exponentials)
    if points is not None:
        away = mean - points
        covariance += away[..., :, None] * away[..., None, :]
        mean = np.asarray(points, np.float64)
    confidence = _mass_near(exponentials, mean) / total
    return Moments(*(part.astype(np.float32) for part in (mean, covariance, confidence)))


def mirror_volume(volume: np.ndarray, mirror: Sequence[int]) -> np.ndarray:
    """The volume of the mirrored crop, read as one of the crop: columns reversed, joints permuted by `mirror`."""
    return np.take(volume[:, :, ::-1], mirror, axis=3)


def average_mirrored(volume: np.ndarray, of_mirrored_crop: np.ndarray, mirror: Sequence[int]) -> np.ndarray:
    """Mean of a crop's volume and that of its mirror image, before any softmax (Section 4.1)."""
    mean = mirror_volume(of_mirrored_crop, mirror)
    mean += volume
    mean *= 0.5
    return mean


def _joint_shape(volume: np.ndarray) -> tuple[int, int]:
    return volume.shape[0], volume.shape[3]


def _cells(volume: np.ndarray) -> np.ndarray:
    """(B, H * W, J, D)."""
    batch, height, width, joints, depth = volume.shape
    return volume.reshape(batch, height * width, joints, depth)


def _columns(volume: np.ndarray) -> np.ndarray:
    """(B, H * W, J * D): reductions over the picture run along contiguous rows, the fast order."""
    batch, height, width, joints, depth = volume.shape
    return volume.reshape(batch, height * width, joints * depth)


def _modes(volume: np.ndarray) -> np.ndarray:
    """Indices x, y, z of the highest cell: (B, J, 3)."""
    batch, _, width, joints, depth = volume.shape
    z = _columns(volume).max(axis=1).reshape(batch, joints, depth).argmax(axis=-1)
    slices = (np.arange(joints) * depth + z)[:, None, :]
    peaks = np.take_along_axis(_columns(volume), slices, axis=2)  # each joint's slice that holds its highest cell
    y, x = np.divmod(peaks.argmax(axis=1), width)
    return np.stack([x, y, z], axis=-1)


class _Exponentials:
    """exp(temperature * (volume - shift)), and 0 outside the window, in pieces that fit a processor's cache.

    The shift is each joint's maximum, or 0 where no maximum is large enough to over- or underflow: it cancels out, and
    subtracting takes as long as half of the exponentials.
    Iterating yields (example, slice of its H * W cells, mass of those cells (n, J, D)); the mass is one buffer that the
    next piece overwrites. A pass over pieces takes half the time of one over whole volumes.
    """

    PIECE = 131072
    # The logarithm of sums that float32 still holds with ease: exp(60) = 1e26.
    HARMLESS = 60.0

    def __init__(self, volume: np.ndarray, temperature: float, window: int | None):
        self.volume = np.ascontiguousarray(volume, np.float32)
        self.temperature = np.float32(temperature)
        highest = _columns(self.volume).max(axis=1).reshape(*_joint_shape(volume), -1).max(axis=-1)
        if not np.isfinite(highest).all():
            raise ValueError("Expected a volume of finite numbers. Received: one with NaN or infinite cells.")
        small = np.abs(highest).max(initial=0.0) * abs(temperature) <= self.HARMLESS
        self.shift = None if small else highest
        self.inside = None if window is None else self._inside(window)

    def _inside(self, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Per axis x, y, z: (B, J, n), 1 in cells at most `window` from the highest, else 0."""
        _, height, width, _, depth = self.volume.shape
        modes = _modes(self.volume)
        return tuple(
            (abs(np.arange(n) - modes[..., axis, None]) <= window).astype(np.float32)
            for axis, n in enumerate((width, height, depth))
        )

    def __iter__(self):
        batch, positions, joints, depth = _cells(self.volume).shape
        step = max(1, self.PIECE // (joints * depth))
        # Flat rows: a subtraction that broadcasts over runs of `depth` numbers takes twice the time.
        buffer = np.empty((step, joints * depth), np.float32)
        shift = None if self.shift is None else np.repeat(self.shift, depth, axis=-1)
        for b in range(batch):
            for start in range(0, positions, step):
                rows = slice(start, min(start + step, positions))
                part = _columns(self.volume)[b, rows]
                mass = self._exp(part, None if shift is None else shift[b], buffer[: rows.stop - start])
                mass = mass.reshape(len(mass), joints, depth)
                if self.inside is not None:
                    mass *= self._mask(b, rows)
                yield b, rows, mass

    def _exp(self, volume: np.ndarray, shift: np.ndarray | None, out: np.ndarray | None = None) -> np.ndarray:
        scaled = volume if shift is None else np.subtract(volume, shift, out=out)
        if self.temperature != 1.0:
            scaled = np.multiply(scaled, self.temperature, out=out)
        return np.exp(scaled, out=out)

    def _mask(self, b: int, rows: slice) -> np.ndarray:
        x, y, z = (axis[b] for axis in self.inside)
        row, column = np.divmod(np.arange(rows.start, rows.stop), self.volume.shape[2])
        return (y[:, row] * x[:, column]).T[:, :, None] * z

    def weighted(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Sums of mass * x * y * z over each joint's cells, (B, J), of weights (B, J, n) per axis.

        Only the cells where no weight is 0 are touched.
        """
        if self.inside is not None:
            x, y, z = (weights * inside for weights, inside in zip((x, y, z), self.inside, strict=True))
        boxes = np.concatenate([_support(weights) for weights in (y, x, z)], axis=-1)
        sums = np.empty(boxes.shape[:2])
        for b, j in np.ndindex(*sums.shape):
            i, k, m, n, o, p = boxes[b, j].tolist()
            box = self._exp(self.volume[b, i:k, m:n, j, o:p], None if self.shift is None else self.shift[b, j])
            sums[b, j] = y[b, j, i:k] @ (box @ z[b, j, o:p] @ x[b, j, m:n])
        return sums


def _centres(cells: int) -> np.ndarray:
    """Cell centres as fractions, counted from the middle, so that little is lost where squares are subtracted."""
    return (np.arange(cells) + 0.5) / cells - 0.5


def _sums(exponentials: _Exponentials) -> np.ndarray:
    """Sums over the picture of the mass times 1, x, y, xx, xy, yy: (B, 6, J, D), float64."""
    batch, height, width, joints, depth = exponentials.volume.shape
    x, y = np.tile(_centres(width), height), np.repeat(_centres(height), width)
    weights = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).astype(np.float32)
    sums = np.zeros((batch, 6, joints * depth))
    for b, rows, mass in exponentials:
        sums[b] += weights[:, rows] @ mass.reshape(len(mass), -1)
    return sums.reshape(batch, 6, joints, depth)


def _mean_and_covariance(exponentials: _Exponentials) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (B, J, 3), covariance (B, J, 3, 3) and total mass (B, J), float64."""
    sums = _sums(exponentials)
    z = _centres(sums.shape[-1])
    one, x, y, xx, xy, yy = np.moveaxis(sums.sum(axis=-1), 1, 0)
    z1, xz, yz = np.moveaxis(sums[:, :3] @ z, 1, 0)
    zz = sums[:, 0] @ (z * z)
    mean = np.stack([x, y, z1], axis=-1) / one[..., None]
    second = np.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], axis=-1).reshape(*one.shape, 3, 3)
    covariance = second / one[..., None, None] - mean[..., :, None] * mean[..., None, :]
    _, height, width, _, depth = exponentials.volume.shape
    for axis, cells in enumerate((width, height, depth)):
        if cells == 1:
            covariance[..., axis, axis] = UNKNOWN_VARIANCE
    return mean + 0.5, covariance, one


def _mass_near(exponentials: _Exponentials, mean: np.ndarray) -> np.ndarray:
    """Mass within CONFIDENCE_RADIUS of the mean along every axis: (B, J)."""
    _, height, width, _, depth = exponentials.volume.shape
    return exponentials.weighted(*(_overlap(mean[..., i], n) for i, n in enumerate((width, height, depth))))


def _overlap(mean: np.ndarray, cells: int) -> np.ndarray:
    """Share of every cell that lies within CONFIDENCE_RADIUS of the mean: (..., cells); 1 for a single cell."""
    if cells == 1:
        return np.ones((*mean.shape, 1), np.float32)
    low = np.arange(cells) / cells
    above = np.maximum(mean[..., None] - CONFIDENCE_RADIUS, low)
    below = np.minimum(mean[..., None] + CONFIDENCE_RADIUS, low + 1.0 / cells)
    return np.maximum((below - above) * cells, 0.0).astype(np.float32)


def _support(weights: np.ndarray) -> np.ndarray:
    """First and past-the-last index of the weights (..., n) that are not 0: (..., 2), both 0 where there are none."""
    positive = weights > 0
    first, last = positive.argmax(axis=-1), weights.shape[-1] - positive[..., ::-1].argmax(axis=-1)
    return np.stack([first, last], axis=-1) * positive.any(axis=-1, keepdims=True)
