"""Find people with a detector of one's own: any ONNX or TFLite file in one of three common layouts."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.extras import optional
from voxelpose.geometry import Crop
from voxelpose.inference.inputs.boxes import Box, overlap, whole_image
from voxelpose.inference.inputs.detector_layouts import LAYOUTS, Layout
from voxelpose.inference.inputs.images import check_image

MIN_SCORE = 0.5
# Boxes that overlap more than this show one person.
SAME_PERSON = 0.45

Run = Callable[[np.ndarray], list[np.ndarray]]


class PersonDetector:
    """boxes = detector(image): where the people are, the most certain first; safe to call from several threads.

    Layouts, told apart by the shapes of the outputs (see detector_layouts): BlazePose's detector (TFLite), YOLO's
    (1, 4 + classes, N) and dets (1, N, 5) with labels (1, N), both ONNX, person being class 0.

    BlazePose's is free (Apache-2.0) and 3 MB: `npm pack @mediapipe/pose`, unpack the archive, and name the file
    package/pose_solution_packed_assets.data.
    """

    def __init__(self, path: str | os.PathLike, min_score: float = MIN_SCORE):
        """min_score: below this score a detection is none.

        Raises InputError for a missing file, one that is no ONNX or TFLite network or has another layout, or where the
        package that runs it is missing.
        """
        if not 0 <= min_score <= 1:
            raise InputError(f"Expected a detector's least score between 0 and 1. Received: {min_score}.")
        self._min_score = min_score
        path = Path(path)
        try:
            with path.open("rb") as stream:
                head = stream.read(8)
        except OSError as error:
            raise InputError(f"Cannot read the detector {path}: {error.strerror}.") from error
        # A TFLite file has many suffixes, but always this mark.
        load = _load_tflite if head[4:8] == b"TFL3" else _load_onnx
        self._run, shape, kind = load(path)
        self._layout = _layout(path, self._run, shape, kind)

    def __call__(self, image: np.ndarray) -> list[Box]:
        """People in an image (H, W, 3) uint8 RGB: boxes x, y, width, height in pixels that meet the image."""
        height, width = check_image(image).shape[:2]
        crop = Crop.from_box(whole_image(width, height), self._layout.size, margin=1.0)
        boxes, scores = self._layout.read(self._run(self._layout.prepare(crop.warp(image))))
        found: list[Box] = []
        for n in np.argsort(-scores, kind="stable"):
            if scores[n] < self._min_score:
                break
            box = _in_image(boxes[n], crop)
            meets = box[0] < width and box[1] < height and box[0] + box[2] > 0 and box[1] + box[3] > 0
            if meets and min(box[2:]) >= 1 and all(overlap(box, other) < SAME_PERSON for other in found):
                found.append(box)
        return found


def _in_image(corners: np.ndarray, crop: Crop) -> Box:
    """x1, y1, x2, y2 as fractions of the crop -> x, y, width, height in image pixels."""
    # Boxes count from the pixel's edge.
    (x1, y1), (x2, y2) = crop.from_fractions(corners.reshape(2, 2)) + 0.5
    return (float(x1), float(y1), float(x2 - x1), float(y2 - y1))


def _layout(path: Path, run: Run, shape: tuple[int, ...], kind: np.dtype) -> Layout:
    sides = [side for side in shape[1:] if side != 3]
    first = shape[1] == 3
    if len(shape) != 4 or len(sides) != 2 or sides[0] != sides[1]:
        raise InputError(f"Expected a detector {path} whose input is one square RGB picture. Received: {shape}.")
    size = sides[0]
    empty = np.zeros((1, 3, size, size) if first else (1, size, size, 3), kind)
    shapes = [output.shape for output in run(empty)]
    for layout in LAYOUTS:
        if layout.fits(shapes, first):
            return layout(size, kind)
    raise InputError(
        f"Expected a detector {path} with outputs as BlazePose's (1, 2254, 12) and (1, 2254, 1), YOLO's (1, 4 + "
        f"classes, N), or dets (1, N, 5) and labels (1, N). Received: {', '.join(map(str, shapes))}."
    )


def _load_onnx(path: Path) -> tuple[Run, tuple[int, ...], np.dtype]:
    runtime = optional("onnxruntime", "onnx", "an ONNX detector")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  ONNX Runtime has no common class of errors
        raise InputError(f"Expected an ONNX or TFLite detector in {path}. Received: {_first_line(error)}.") from error
    entry = session.get_inputs()[0]
    # An exporter leaves the size open where the network takes any: 640 is what these are trained at.
    shape = tuple(side if isinstance(side, int) else (1 if n == 0 else 640) for n, side in enumerate(entry.shape))
    kind = np.dtype(np.float16 if "float16" in entry.type else np.uint8 if "uint8" in entry.type else np.float32)
    return lambda picture: session.run(None, {entry.name: picture}), shape, kind


def _load_tflite(path: Path) -> tuple[Run, tuple[int, ...], np.dtype]:
    module = optional("ai_edge_litert.interpreter", "litert", "a TFLite detector")
    try:
        interpreter = module.Interpreter(str(path))
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise InputError(f"Expected an ONNX or TFLite detector in {path}. Received: {_first_line(error)}.") from error
    (entry, *_), outputs = interpreter.get_input_details(), interpreter.get_output_details()
    alone = threading.Lock()

    def run(picture: np.ndarray) -> list[np.ndarray]:
        # An interpreter keeps its tensors in place.
        with alone:
            interpreter.set_tensor(entry["index"], picture)
            interpreter.invoke()
            return [interpreter.get_tensor(output["index"]) for output in outputs]

    return run, tuple(int(side) for side in entry["shape"]), np.dtype(entry["dtype"])


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
