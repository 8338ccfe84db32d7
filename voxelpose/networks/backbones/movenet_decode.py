"""How MoveNet's own heads are read as one person's keypoints, as its published graph does it; NumPy alone."""

from collections.abc import Mapping

import numpy as np

# Added to every distance, in cells, before it divides a likelihood.
_SOFTENING = 1.8


def single_person(heads: Mapping[str, np.ndarray]) -> np.ndarray:
    """Keypoints of the person nearest to the middle: (17, 3) x, y in fractions of the picture, and a score in [0, 1].

    heads: "center" (H, W, 1) and "keypoints" (H, W, 17) logits, "regression" (H, W, 34), "offsets" (H, W, 34), see
    `movenet.MoveNetFeatures`. A fraction is cell / side as MoveNet has it: a cell's number is its upper left corner.
    The centre with the highest likelihood, divided by its distance from the middle, gives the first guess of each
    keypoint; near it the heatmap is searched, and the offset there added (Zhou et al. 2019, Section 4.2).
    """
    height, width = heads["center"].shape[:2]
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    middle = np.hypot(rows - height // 2, columns - width // 2) + _SOFTENING
    row, column = np.unravel_index(np.argmax(_sigmoid(heads["center"][..., 0]) / middle), (height, width))
    guesses = heads["regression"][row, column].reshape(-1, 2) + (row, column)
    offsets = heads["offsets"].reshape(height, width, -1, 2)
    scores = _sigmoid(heads["keypoints"])
    found = np.empty((scores.shape[-1], 3))
    for keypoint, (y, x) in enumerate(guesses):
        near = scores[..., keypoint] / (np.hypot(rows - y, columns - x) + _SOFTENING)
        row, column = np.unravel_index(np.argmax(near), (height, width))
        y, x = offsets[row, column, keypoint] + (row, column)
        found[keypoint] = x / width, y / height, scores[row, column, keypoint]
    return found


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
