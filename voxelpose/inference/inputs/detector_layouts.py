"""What goes into and comes out of detectors: three layouts, each with its way of seeing a picture and saying boxes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from voxelpose.errors import InputError

# ImageNet's means and deviations, as MMDetection's networks take them.
_MEAN, _DEVIATION = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
PERSON = 0


class Layout(Protocol):
    """size: the square input's side in pixels."""

    size: int

    @staticmethod
    def fits(shapes: Sequence[tuple[int, ...]], channels_first: bool) -> bool:
        """Whether outputs of these shapes are of this layout."""
        ...

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        """(size, size, 3) uint8 RGB -> the network's input."""
        ...

    def read(self, outputs: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Outputs -> boxes (N, 4) x1, y1, x2, y2 as fractions of the input, scores (N,) in [0, 1]."""
        ...


class BlazePose:
    """MediaPipe's pose detector: per anchor a face, four points and a score; the points say where the body is.

    The middle of the hips, and a point as far from it as the body reaches in any direction: the box is the square
    around that circle.
    """

    ANCHORS = 2254

    def __init__(self, size: int, kind: np.dtype):
        if size != 224 or kind != np.float32:
            raise InputError(f"Expected BlazePose's detector with 224 px of float32. Received: {size} of {kind}.")
        self.size = size
        self._anchors = _blaze_anchors(size)

    @staticmethod
    def fits(shapes, channels_first) -> bool:
        return not channels_first and sorted(shapes) == [(1, BlazePose.ANCHORS, 1), (1, BlazePose.ANCHORS, 12)]

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        return (picture.astype(np.float32) / 127.5 - 1)[None]

    def read(self, outputs):
        boxes, logits = sorted((output[0] for output in outputs), key=lambda output: -output.shape[1])
        points = boxes[:, 4:8].reshape(-1, 2, 2) / self.size + self._anchors[:, None]
        hips, edge = points[:, 0], points[:, 1]
        reach = np.linalg.norm(edge - hips, axis=1)[:, None]
        return np.concatenate([hips - reach, hips + reach], axis=1), 1 / (1 + np.exp(-np.clip(logits[:, 0], -80, 80)))


class Yolo:
    """The raw head of YOLO v8 to v11 and kin: (1, 4 + classes, N), centre and size in input pixels, then scores."""

    def __init__(self, size: int, kind: np.dtype):
        self.size, self._kind = size, kind

    @staticmethod
    def fits(shapes, channels_first) -> bool:
        return channels_first and len(shapes) == 1 and len(shapes[0]) == 3 and 5 <= shapes[0][1] < shapes[0][2]

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        return _channels_first(picture / np.float32(255)).astype(self._kind)

    def read(self, outputs):
        head = outputs[0][0].astype(np.float32)
        middle, half = head[:2].T, head[2:4].T / 2
        return np.concatenate([middle - half, middle + half], axis=1) / self.size, head[4 + PERSON]


class DetsAndLabels:
    """MMDeploy's RTMDet and others: dets (1, N, 5) x1, y1, x2, y2, score in input pixels, and labels (1, N)."""

    def __init__(self, size: int, kind: np.dtype):
        self.size, self._kind = size, kind

    @staticmethod
    def fits(shapes, channels_first) -> bool:
        by_rank = sorted(shapes, key=len)
        return channels_first and [len(shape) for shape in by_rank] == [2, 3] and by_rank[1][2] == 5

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        # These networks take blue first.
        return _channels_first(((picture - _MEAN) / _DEVIATION)[..., ::-1]).astype(self._kind)

    def read(self, outputs):
        labels, dets = sorted((output[0] for output in outputs), key=lambda output: output.ndim)
        people = dets[labels == PERSON].astype(np.float32)
        return people[:, :4] / self.size, people[:, 4]


LAYOUTS = (BlazePose, Yolo, DetsAndLabels)


def _channels_first(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None])


def _blaze_anchors(size: int) -> np.ndarray:
    """Centres (2254, 2) as fractions: 2 anchors per cell at strides 8 and 16, 6 at stride 32 (three layers of 2)."""
    parts = []
    for stride, each in ((8, 2), (16, 2), (32, 6)):
        cells = size // stride
        y, x = np.divmod(np.repeat(np.arange(cells * cells), each), cells)
        parts.append((np.stack([x, y], axis=1) + 0.5) / cells)
    return np.concatenate(parts)
