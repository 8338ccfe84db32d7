"""How the same scene looks different: colour, light, focus, compression, and something in the way."""

from dataclasses import dataclass

import cv2
import numpy as np

_LUMA = np.array([0.299, 0.587, 0.114])
_JPEG_QUALITY = (20, 70)
# A fixed field of Gaussian noise, cut at random places: drawing it anew costs more than the whole rest.
_NOISE_SIDE = 512
_NOISE = np.random.default_rng(0).standard_normal((_NOISE_SIDE, _NOISE_SIDE, 3)).astype(np.float32)


@dataclass(frozen=True)
class PhotometricAugmentation:
    """Strengths and probabilities per view; the paper has only `color_gain` 0.2.

    color_gain: channels are multiplied by U(1 - g, 1 + g). brightness: added, in fractions of white, U(-b, b).
    contrast, saturation: factor U(1 - c, 1 + c). gray: share of views without colour. blur, low_resolution, jpeg,
    noise, occlusion: share of views that are blurred, down- and upsampled, compressed, noisy, partly covered.
    """

    color_gain: float = 0.2
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    gray: float = 0.0
    blur: float = 0.0
    low_resolution: float = 0.0
    jpeg: float = 0.0
    noise: float = 0.0
    occlusion: float = 0.0

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """An image (H, W, 3) uint8 RGB, seen differently; same shape and type."""
        if rng.random() < self.occlusion:
            image = _occlude(image, rng)
        image = cv2.transform(image, self._color_matrix(rng))
        if rng.random() < self.blur:
            image = _blur(image, rng)
        if rng.random() < self.low_resolution:
            image = _reduce(image, rng)
        if rng.random() < self.noise:
            image = _add_noise(image, rng)
        if rng.random() < self.jpeg:
            image = _compress(image, rng)
        return image

    def _color_matrix(self, rng: np.random.Generator) -> np.ndarray:
        """One (3, 4) matrix for gain, saturation, contrast and brightness, in that order."""
        gain = 1 + self.color_gain * rng.uniform(-1, 1, 3)
        saturation = 0.0 if rng.random() < self.gray else 1 + self.saturation * rng.uniform(-1, 1)
        contrast = 1 + self.contrast * rng.uniform(-1, 1)
        offset = 255 * self.brightness * rng.uniform(-1, 1) + 128 * (1 - contrast)
        mix = saturation * np.eye(3) + (1 - saturation) * np.outer(np.ones(3), _LUMA)
        return np.column_stack([contrast * mix * gain, np.full(3, offset)])


def _blur(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    length, angle = int(rng.integers(3, 9)), rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    reach = (length - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
    middle = (length - 1) / 2
    start, stop = (tuple(int(round(v)) for v in middle + sign * reach) for sign in (-1, 1))
    cv2.line(kernel, start, stop, 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def _reduce(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    factor = rng.uniform(1.2, 3.0)
    small = cv2.resize(image, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _add_noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    noise = _NOISE
    if max(height, width) > _NOISE_SIDE:
        noise = cv2.resize(noise, (max(height, width),) * 2, interpolation=cv2.INTER_NEAREST)
    top, left = (int(rng.integers(0, side - n + 1)) for side, n in zip(noise.shape, (height, width), strict=False))
    patch = noise[top : top + height, left : left + width]
    return np.clip(image + rng.uniform(2, 14) * patch, 0, 255).astype(np.uint8)


def _compress(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    quality = int(rng.integers(*_JPEG_QUALITY))
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def _occlude(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cover up to a quarter of the area with a flat or noisy box, or with another part of the same picture."""
    image = image.copy()
    height, width = image.shape[:2]
    h, w = (int(n * rng.uniform(0.1, 0.5)) for n in (height, width))
    top, left = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
    if rng.random() < 0.5:
        image[top : top + h, left : left + w] = rng.integers(0, 256, 3)
    else:
        other_top, other_left = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
        image[top : top + h, left : left + w] = image[other_top : other_top + h, other_left : other_left + w].copy()
    return image
