"""What a camera does to a scene: focus, noise, exposure and compression, so that figure and ground belong together."""

import cv2
import numpy as np


def photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The image (H, W, 3) uint8 as a camera would have taken it."""
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9))
    exposed = image.astype(np.float32) * rng.uniform(0.8, 1.15, 3) * rng.uniform(0.75, 1.2)
    exposed += rng.uniform(0, 6) * rng.standard_normal(image.shape, np.float32)
    gamma = rng.uniform(0.8, 1.25)
    return (255 * np.clip(exposed / 255, 0, 1) ** gamma).astype(np.uint8)
