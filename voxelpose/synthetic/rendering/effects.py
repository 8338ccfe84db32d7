"""What a camera does to a scene: focus, noise, exposure and compression, so that figure and ground belong together."""

import cv2
import numpy as np


def photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The image (H, W, 3) uint8 as a camera would have taken it."""
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9))
    exposed = image * (rng.uniform(0.9, 1.1, 3) * rng.uniform(0.8, 1.2)).astype(np.float32)
    exposed += rng.uniform(0, 6) * rng.standard_normal(image.shape, np.float32)
    return _response(rng.uniform(0.8, 1.25))[np.clip(exposed, 0, 255).astype(np.uint8)]


def _response(gamma: float) -> np.ndarray:
    """What becomes of each of the 256 values."""
    return (255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
