"""The linear spaces of the open body: shapes from adults, expressions from face units, and what shapes measure."""

from dataclasses import dataclass

import numpy as np

# Of water 1,000; a body with its lungs half full floats in it.
KG_PER_CUBIC_METRE = 985.0
MIRROR_X = np.array([-1.0, 1.0, 1.0])
# Units that the joints of jaw and eyes stand for, and the tongue, which isn't drawn.
_NOT_EXPRESSIONS = ("eyeLook", "tongueOut", "jaw")
_EXPRESSION_DRAWS = 4000


@dataclass(frozen=True, eq=False)
class ShapeSpace:
    """mean (P, 3) and directions (K, P, 3) per standard deviation of points; betas (N, K) of the bodies it is from."""

    mean: np.ndarray
    directions: np.ndarray
    betas: np.ndarray
    explained: np.ndarray


def shape_space(points: np.ndarray, skin: np.ndarray, mirror: np.ndarray, count: int) -> ShapeSpace:
    """Principal components of the skin's points; all others follow by regression. points (N, P, 3) of bodies, mirror
    (P,): everything is made symmetric first."""
    mean = points.mean(0, dtype=np.float64)
    mean = (mean + mean[mirror] * MIRROR_X) / 2
    moved = points - mean.astype(np.float32)
    moved = (moved + moved[:, mirror] * MIRROR_X.astype(np.float32)) / 2
    flat = moved[:, skin].reshape(len(moved), -1)
    # Fewer bodies than numbers each: the small matrix has the same components.
    values, vectors = np.linalg.eigh((flat @ flat.T).astype(np.float64))
    values, vectors = values[::-1], vectors[:, ::-1]
    betas = vectors[:, :count] * np.sqrt(len(moved))
    directions = (betas.T / len(moved)).astype(np.float32) @ moved.reshape(len(moved), -1)
    directions = directions.reshape(count, -1, 3)
    # Each component grows the body upwards.
    tallest = mean[skin, 1].argmax()
    signs = np.where(directions[:, skin[tallest], 1] < 0, -1.0, 1.0)
    return ShapeSpace(mean, directions * signs[:, None, None], betas * signs, values / values.sum())


def expression_space(
    names: tuple[str, ...], units: np.ndarray, mirror: np.ndarray, rng: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Directions (E, V, 3) per standard deviation of faces drawn from units (U, V, 3), the sign (E,) of each one's
    mirror image, and how much they explain. Left and right act together, nearly."""
    kept = [i for i, name in enumerate(names) if not name.startswith(_NOT_EXPRESSIONS)]
    pairs = {}
    for i in kept:
        name = names[i]
        both = name if name in ("mouthLeft", "mouthRight") else name.replace("Left", "").replace("Right", "")
        pairs.setdefault(both, []).append(i)
    activity = np.zeros((_EXPRESSION_DRAWS, len(names)))
    for members in pairs.values():
        strength = np.clip(np.abs(rng.normal(0, 0.45, len(activity))), 0, 1) * (rng.random(len(activity)) < 0.35)
        for i in members:
            activity[:, i] = np.clip(strength * (1 + 0.15 * rng.standard_normal(len(activity))), 0, 1)
    activity -= activity.mean(0)
    found, total = [], 0.0
    # Symmetric and antisymmetric faces apart, so that every component's mirror image is itself or its opposite.
    for sign in (1.0, -1.0):
        part = ((units + sign * units[:, mirror] * MIRROR_X) / 2).reshape(len(units), -1)
        covariance = activity.T @ activity / len(activity)
        values, vectors = np.linalg.eigh(_half(covariance) @ (part @ part.T) @ _half(covariance))
        total += values.sum()
        axes = vectors.T @ _half(covariance) @ part
        found += [(value, axis, sign) for value, axis in zip(values, axes, strict=True)]
    found.sort(key=lambda one: -one[0])
    directions = np.array([axis.reshape(-1, 3) for _, axis, _ in found[:count]])
    signs = np.array([sign for _, _, sign in found[:count]], np.int8)
    return directions, signs, sum(value for value, _, _ in found[:count]) / total


def _half(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def volume(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Cubic metres (N,) inside closed meshes (N, V, 3)."""
    a, b, c = (vertices[:, faces[:, i]] for i in range(3))
    return (a * np.cross(b, c)).sum((-1, -2)) / 6


def linear_fit(betas: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """mean (M,), directions (M, K) and residual deviations (M,) of values (N, M) as linear in betas (N, K)."""
    inputs = np.concatenate([np.ones((len(betas), 1)), betas], axis=1)
    solution = np.linalg.lstsq(inputs, values, rcond=None)[0]
    return solution[0], solution[1:].T, (values - inputs @ solution).std(0)
