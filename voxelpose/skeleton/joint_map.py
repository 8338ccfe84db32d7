"""Linear maps from joints or vertices to joints, as sparse matrices in which the unknown stays unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from voxelpose.errors import InputError


@dataclass(frozen=True, eq=False)
class JointMap:
    """Every target is a sum of sources times coefficients: a matrix of targets x sources in rows (CSR).

    starts: (T + 1,) where the entries of each target begin, the last being where all end; columns: (N,) their sources;
    coefficients: (N,) float64; sources: how many there are. A target without entries is unknown, and so is one that
    has an entry, be its coefficient 0, of an unknown source. Skeletons' joints, joints regressed from vertices, picked
    vertices and points on faces are all such maps.
    """

    starts: np.ndarray
    columns: np.ndarray
    coefficients: np.ndarray
    sources: int

    def __post_init__(self):
        starts, columns, coefficients = self.starts, self.columns, self.coefficients
        shapes = f"{starts.shape}, {columns.shape} and {coefficients.shape}"
        if starts.ndim != 1 or not len(starts) or columns.shape != coefficients.shape or columns.ndim != 1:
            raise InputError(f"Expected starts (T + 1,), columns (N,) and coefficients (N,). Received: {shapes}.")
        if starts[0] != 0 or starts[-1] != len(columns) or (np.diff(starts) < 0).any():
            raise InputError(f"Expected starts that go up from 0 to {len(columns)}. Received: {starts}.")
        if len(columns) and not 0 <= columns.min() <= columns.max() < self.sources:
            raise InputError(
                f"Expected columns between 0 and {self.sources - 1}. Received: {columns.min()} to {columns.max()}."
            )
        if not np.isfinite(coefficients).all():
            raise InputError("Expected finite coefficients of a joint map. Received: NaN or infinity among them.")

    @classmethod
    def from_entries(
        cls, rows: np.ndarray, columns: np.ndarray, coefficients: np.ndarray, shape: tuple[int, int]
    ) -> "JointMap":
        """From entries (N,) in any order, each target and source at most once (as SciPy's COO); shape: (T, S)."""
        rows, columns = np.asarray(rows, np.intp), np.asarray(columns, np.intp)
        coefficients = np.asarray(coefficients, np.float64)
        if not rows.shape == columns.shape == coefficients.shape or rows.ndim != 1:
            received = f"{rows.shape}, {columns.shape} and {coefficients.shape}"
            raise InputError(f"Expected as many rows as columns and coefficients. Received: {received}.")
        if len(rows) and not 0 <= rows.min() <= rows.max() < shape[0]:
            raise InputError(f"Expected rows between 0 and {shape[0] - 1}. Received: {rows.min()} to {rows.max()}.")
        order = np.argsort(rows, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))]).astype(np.intp)
        return cls(starts, columns[order], coefficients[order], shape[1])

    @classmethod
    def from_dense(cls, matrix: np.ndarray) -> "JointMap":
        """From a matrix (T, S), such as a regressor of joints from vertices; its zeros are no entries."""
        matrix = np.asarray(matrix, np.float64)
        rows, columns = np.nonzero(matrix)
        return cls.from_entries(rows, columns, matrix[rows, columns], matrix.shape)

    @classmethod
    def picking(cls, indices: Sequence[int], sources: int) -> "JointMap":
        """Targets that each are one source: a permutation, a selection, vertices that stand for landmarks."""
        indices = np.asarray(indices, np.intp)
        return cls(np.arange(len(indices) + 1), indices, np.ones(len(indices)), sources)

    @classmethod
    def barycentric(cls, corners: np.ndarray, shares: np.ndarray, sources: int) -> "JointMap":
        """Points on faces: corners (T, K) source indices and shares (T, K) that sum to 1 (InputError)."""
        corners, shares = np.asarray(corners, np.intp), np.asarray(shares, np.float64)
        if corners.shape != shares.shape or corners.ndim != 2 or (np.abs(shares.sum(-1) - 1) > 1e-3).any():
            raise InputError(
                f"Expected corners (T, K) and shares (T, K) that sum to 1. Received: {corners.shape}, {shares.shape}"
                + (f" with sums of {shares.sum(-1).min():.4g} to {shares.sum(-1).max():.4g}." if shares.size else ".")
            )
        starts = corners.shape[1] * np.arange(len(corners) + 1)
        return cls(starts, corners.ravel(), shares.ravel(), sources)

    @classmethod
    def stacked(cls, maps: Sequence["JointMap"]) -> "JointMap":
        """The targets of several maps of the same sources one after another."""
        if len({one.sources for one in maps}) != 1:
            raise InputError(f"Expected maps of the same sources. Received: {[one.sources for one in maps]}.")
        lengths = np.concatenate([np.diff(one.starts) for one in maps])
        columns, coefficients = (
            np.concatenate([getattr(m, name) for m in maps]) for name in ("columns", "coefficients")
        )
        return cls(np.concatenate([[0], np.cumsum(lengths)]), columns, coefficients, maps[0].sources)

    def __len__(self) -> int:
        """How many targets there are."""
        return len(self.starts) - 1

    @cached_property
    def known(self) -> np.ndarray:
        """(T,) bool: the targets that have entries."""
        return np.diff(self.starts) > 0

    @cached_property
    def rows(self) -> np.ndarray:
        """(N,) the target of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    @property
    def dense(self) -> np.ndarray:
        """The matrix (T, S) float64. An unknown target is a row of zeros there."""
        matrix = np.zeros((len(self), self.sources))
        matrix[self.rows, self.columns] = self.coefficients
        return matrix

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Points (..., S, C) -> (..., T, C) in the same unit and kind of float; NaN where a target is unknown."""
        points = np.asarray(points)
        points = points if np.issubdtype(points.dtype, np.floating) else points.astype(np.float64)
        return self._summed(points, self.coefficients)

    def apply_weights(self, weights: np.ndarray, axis: int = -1) -> np.ndarray:
        """Weights with the sources along `axis` -> the targets': the least of a target's sources, 0 if it has none.

        Of weights per axis of space (..., S, C) the sources are along axis -2.
        """
        weights = np.moveaxis(self._checked(np.asarray(weights), axis), axis, -1)
        result = np.zeros((*weights.shape[:-1], len(self)), weights.dtype)
        if self.known.any():
            result[..., self.known] = np.minimum.reduceat(weights[..., self.columns], self._begins, axis=-1)
        return np.moveaxis(result, -1, axis)

    def apply_covariance(self, covariance: np.ndarray) -> np.ndarray:
        """Covariances (..., S, C, C) -> (..., T, C, C), as if the errors of different sources were independent."""
        covariance = self._checked(np.asarray(covariance, np.float64), -3)
        flat = covariance.reshape(*covariance.shape[:-2], -1)
        return self._summed(flat, self.coefficients**2).reshape(
            *covariance.shape[:-3], len(self), *covariance.shape[-2:]
        )

    def __matmul__(self, first: "JointMap") -> "JointMap":
        """The map that applies `first` and then this one; what needs an unknown target of `first` is unknown."""
        if self.sources != len(first):
            raise InputError(
                f"Expected a map to {self.sources} targets to apply first. Received: {len(first)} targets."
            )
        lengths = np.diff(first.starts)[self.columns]
        # The entries of `first` in the order in which this map asks for them.
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        entries = np.repeat(first.starts[:-1][self.columns], lengths) + within
        rows, columns = np.repeat(self.rows, lengths), first.columns[entries]
        coefficients = np.repeat(self.coefficients, lengths) * first.coefficients[entries]
        answered = ~np.isin(rows, self.rows[lengths == 0])
        keys, place = np.unique(rows[answered] * first.sources + columns[answered], return_inverse=True)
        summed = np.bincount(place, coefficients[answered], len(keys))
        return JointMap.from_entries(*np.divmod(keys, first.sources), summed, (len(self), first.sources))

    def mirrored(self, sources: Sequence[int], targets: Sequence[int]) -> "JointMap":
        """The map of the mirror image: left for right among sources and targets. Twice gives the map again.

        sources, targets: permutations that are their own inverse, such as `Skeleton.mirror`.
        """
        return JointMap.picking(targets, len(self)) @ self @ JointMap.picking(sources, self.sources)

    def compact(self) -> tuple[np.ndarray, "JointMap"]:
        """The sources (K,) that are needed, ascending, and the map from these alone."""
        needed, columns = np.unique(self.columns, return_inverse=True)
        return needed, JointMap(self.starts, columns, self.coefficients, len(needed))

    def padded(self) -> tuple[np.ndarray, np.ndarray]:
        """Sources (T, K) and coefficients (T, K) of every target, K being the most that one has.

        What is left is filled with the target's first source (0 if it has none) and coefficient 0.
        """
        lengths = np.diff(self.starts)
        place = np.arange(max(int(lengths.max(initial=0)), 1))
        inside = place < lengths[:, None]
        entries = np.where(
            inside, self.starts[:-1, None] + place, np.minimum(self.starts[:-1, None], len(self.columns) - 1)
        )
        if not len(self.columns):
            return np.zeros(inside.shape, np.intp), np.zeros(inside.shape)
        columns = np.where(self.known[:, None], self.columns[entries], 0)
        return columns, np.where(inside, self.coefficients[entries], 0.0)

    @property
    def _begins(self) -> np.ndarray:
        return self.starts[:-1][self.known]

    def _summed(self, values: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        self._checked(values, -2)
        result = np.full((*values.shape[:-2], len(self), values.shape[-1]), np.nan, values.dtype)
        if self.known.any():
            parts = values[..., self.columns, :] * coefficients.astype(values.dtype)[:, None]
            result[..., self.known, :] = np.add.reduceat(parts, self._begins, axis=-2)
        return result

    def _checked(self, values: np.ndarray, axis: int) -> np.ndarray:
        if values.ndim < -axis or values.shape[axis] != self.sources:
            raise InputError(f"Expected {self.sources} joints or vertices along axis {axis}. Received: {values.shape}.")
        return values
