"""The person detector that ships: NanoDet's people in any picture, in ONNX Runtime, OpenVINO or TensorFlow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.extras import installed
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.inputs.images import check_image
from voxelpose.inference.runtime.runtimes import KerasRuntime, Runtime, open_file
from voxelpose.networks.detectors import nanodet

ONNX_FILE, WEIGHTS_FILE = "detectors/nanodet.onnx", "detectors/nanodet.npz"

# All that decides who is found. Chosen on one half of 61 photographs of COCO, measured on the other
# (tools/assets/measure_detector.py). Longer sides in pixels at which a picture is looked at: what one scale misses, or
# sees with less certainty, another one finds. Larger ones find more of the small people and cost more.
SIZES = (256, 320)
MIN_SCORE = 0.45
# Boxes that share more of their union than this show one person.
SAME_PERSON = 0.5
# Where the pose network's presence contradicts a detection, the detector is right more often: from this score on the
# presence must fall below the first part of its usual threshold, under it below the second.
SURE_SCORE, SURE_PART, UNSURE_PART = 0.5, 0.1, 0.4
# How many times longer than wide, or wider than long, what the network is shown may be.
_MOST_STRETCHED = 8


@dataclass(frozen=True)
class Detection:
    """A person: box x, y, width, height in pixels; score in [0, 1], None from a detector that says none."""

    box: Box
    score: float | None = None


class NanoDet:
    """detections = detector.detect(image): the people, the most certain first; safe to call from several threads.

    Called, it gives their boxes alone, as every detector does.
    """

    name = "NanoDet"
    # Its boxes are as tight as those of the training: to look again around the joints costs a pass and some accuracy.
    refinements = 0

    def __init__(self, network: Runtime | None = None, min_score: float | None = None, sizes: Sequence[int] = SIZES):
        """network: of `build_nanodet`'s maps, the shipped one if None; min_score: below it a detection is none;
        sizes: longer sides in pixels at which to look."""
        self.min_score = MIN_SCORE if min_score is None else min_score
        if not 0 < self.min_score <= 1:
            raise InputError(f"Expected a detector's least score above 0 and at most 1. Received: {min_score}.")
        self._given, self._sizes = network, tuple(sizes)

    def __call__(self, image: np.ndarray) -> list[Box]:
        """Boxes of the people in an image (H, W, 3) uint8 RGB."""
        return [detection.box for detection in self.detect(image)]

    def detect(self, image: np.ndarray) -> list[Detection]:
        """The people in an image (H, W, 3) uint8 RGB."""
        height, width = check_image(image).shape[:2]
        seen = [self._at(image, *input_shape(width, height, size)) for size in self._sizes]
        corners, scores = (np.concatenate(part) for part in zip(*seen, strict=True))
        corners = np.clip(corners * np.tile((width, height), 2), 0, np.tile((width, height), 2))
        solid = (corners[:, 2:] - corners[:, :2] >= 1).all(axis=1)
        corners, scores = corners[solid], scores[solid]
        return [
            Detection((float(x1), float(y1), float(x2 - x1), float(y2 - y1)), float(score))
            for (x1, y1, x2, y2), score in ((corners[n], scores[n]) for n in distinct(corners, scores))
        ]

    @cached_property
    def _network(self) -> Runtime:
        # Loaded when the first picture needs it: who brings boxes pays nothing.
        return self._given or _shipped()

    @property
    def looked_for(self) -> str:
        """What was looked for, for the sentence that says that there is none."""
        return f"people with a score of {self.min_score:g} or more"

    def _at(self, image: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
        """Corners (N, 4) as fractions of the picture and scores (N,) of what is seen at this size."""
        shrinks = width < image.shape[1]
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        maps = self._network(small[None] * np.float32(1 / 255))
        corners, scores = decode({name: value[0] for name, value in maps.items()}, self.min_score)
        return corners / np.tile((width, height), 2), scores


def input_shape(width: int, height: int, longer: int) -> tuple[int, int]:
    """Width and height of a picture shown with about `longer` pixels on its longer side: the nearest multiples of 32.

    To stretch a side by some per cent costs nothing that could be measured; to pad it would show the network, and
    compute, what is not there.
    """
    unit, scale = nanodet.MULTIPLE, longer / max(width, height)
    sides = [max(round(side * scale / unit) * unit, unit * -(-longer // (unit * _MOST_STRETCHED)))
             for side in (width, height)]  # fmt: skip
    return sides[0], sides[1]


def decode(maps: Mapping[str, np.ndarray], min_score: float) -> tuple[np.ndarray, np.ndarray]:
    """Maps "stride_s" (h, w, 45) of `build_nanodet` -> corners x1, y1, x2, y2 (N, 4) in input pixels, counted from the
    picture's edge, and scores (N,) from min_score on."""
    corners, scores = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
    least = np.log(min_score) - np.log1p(-min(min_score, 1 - 1e-12))
    for stride in nanodet.STRIDES:
        values = maps[f"stride_{stride}"]
        row, column = np.nonzero(values[..., 0] >= least)
        score, reach = nanodet.read_map(values[row, column])
        middle = (np.stack([column, row], axis=1) + 0.5) * stride
        corners.append(np.concatenate([middle - reach[:, :2] * stride, middle + reach[:, 2:] * stride], axis=1))
        scores.append(score)
    return np.concatenate(corners), np.concatenate(scores)


def distinct(corners: np.ndarray, scores: np.ndarray, most: float = SAME_PERSON) -> list[int]:
    """Indices of boxes (N, 4) x1, y1, x2, y2, the most certain first, without those that share more than `most` of
    their union with a more certain one."""
    order, kept = np.argsort(-scores, kind="stable"), []
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    while len(order):
        first, order = order[0], order[1:]
        kept.append(int(first))
        low = np.maximum(corners[first, :2], corners[order, :2])
        high = np.minimum(corners[first, 2:], corners[order, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        order = order[shared <= most * (areas[first] + areas[order] - shared)]
    return kept


def least_presence(score: float | None, min_presence: float) -> float:
    """The pose network's presence below which there is nobody in a box, min_presence itself for one without a score.

    This is the rule by which boxes are kept once the pose network has looked into them.
    """
    if score is None:
        return min_presence
    return min_presence * (SURE_PART if score >= SURE_SCORE else UNSURE_PART)


def largest(detections: Sequence[Detection], count: int | None = None) -> list[Detection]:
    """The `count` of the largest area, all if None, ordered from left to right by their boxes' middles."""
    by_area = sorted(detections, key=lambda found: -found.box[2] * found.box[3])
    return sorted(by_area[:count], key=lambda found: found.box[0] + found.box[2] / 2)


def _shipped() -> Runtime:
    """The network that ships, in the first of ONNX Runtime, OpenVINO and TensorFlow that is installed."""
    for runtime, module in (("onnx", "onnxruntime"), ("openvino", "openvino")):
        if installed(module):
            return open_file(runtime, verified_asset(ONNX_FILE))
    return tensorflow_network()


def tensorflow_network() -> Runtime:
    """The network that ships, in TensorFlow."""
    from voxelpose.networks.backbones.weights import read_backbone

    path, model = verified_asset(WEIGHTS_FILE), nanodet.build_nanodet()
    nanodet.set_weights(model, read_backbone(path), path)
    return KerasRuntime(model)
