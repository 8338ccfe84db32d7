"""Things in front of a drawn person: boxes, bars and blobs with a texture of their own."""

import cv2
import numpy as np


def occluder_mask(size: int, rng: np.random.Generator) -> np.ndarray:
    """The outline of one thing, (size, size) uint8, 255 inside; it covers something, and at most about a third."""
    while not (mask := _outline(size, rng)).any():
        pass
    return mask


def _outline(size: int, rng: np.random.Generator) -> np.ndarray:
    mask = np.zeros((size, size), np.uint8)
    match rng.integers(4):
        case 0:  # furniture: from an edge at the bottom or a side upwards
            top = int(size * rng.uniform(0.62, 0.9))
            left = int(size * rng.uniform(-0.2, 0.6))
            cv2.rectangle(mask, (left, top), (left + int(size * rng.uniform(0.3, 0.9)), size), 255, -1)
        case 1:  # a pole, a tree, a bar
            start, end = rng.uniform(-0.1, 1.1, 2), rng.uniform(-0.1, 1.1, 2)
            start[rng.integers(2)], end[rng.integers(2)] = -0.1, 1.1
            points = [tuple(int(v * size) for v in p) for p in (start, end)]
            cv2.line(mask, *points, 255, int(size * rng.uniform(0.02, 0.1)) + 1)
        case 2:  # a ball, a head, a bag
            centre = tuple(int(v) for v in rng.uniform(0.15, 0.85, 2) * size)
            axes = tuple(int(v) + 1 for v in rng.uniform(0.05, 0.18, 2) * size)
            cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
        case 3:  # something angular
            centre = rng.uniform(0.1, 0.9, 2) * size
            corners = (centre + rng.normal(0, 0.12, (6, 2)) * size).astype(np.int32)
            cv2.fillPoly(mask, [cv2.convexHull(corners)], 255)
    return mask


def occlude(image: np.ndarray, mask: np.ndarray, texture: np.ndarray) -> np.ndarray:
    """The image (S, S, 3) uint8 with the texture (S, S, 3) where the mask (S, S) is, edges softened."""
    alpha = cv2.GaussianBlur(mask, (3, 3), 0)[..., None].astype(np.float32) / 255
    return (image + alpha * (texture.astype(np.float32) - image)).astype(np.uint8)
