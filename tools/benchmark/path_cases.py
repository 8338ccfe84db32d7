"""From a JPEG to JSON beside the network alone, and the network in every runtime."""

import json
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmark.process import measure
from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.geometry import Crop
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.runtime.loading import load_network
from voxelpose.inference.runtime.runtimes import OpenVinoRuntime

# The person is so high in the picture, which has a margin of a quarter around.
PERSON_PX = 256
_MARGIN = 1.25


def whole_path(variant: str, weights: str | None, runtime: str, repeats: int) -> dict:
    """From a JPEG of one person to JSON, mirrored pass included ("whole path"), or the network's two passes alone."""
    from voxelpose.inference.estimator import PoseEstimator
    from voxelpose.inference.inputs.images import read_image

    estimator = PoseEstimator.from_preset(weights=weights, runtime=runtime, min_presence=0.0)
    size = estimator.preset.architecture.input_size
    if variant == "network":
        crops = np.random.default_rng(0).uniform(size=(2, size, size, 3)).astype(np.float32)
        return measure(lambda: estimator.network(crops), repeats)
    with tempfile.TemporaryDirectory() as folder:
        picture, box = sample_person(Path(folder))

        def run() -> str:
            return json.dumps(estimator(read_image(picture), box).to_dict())

        return measure(run, repeats)


def sample_person(folder: Path) -> tuple[Path, Box]:
    """A JPEG of the person in the shipped photograph, PERSON_PX high, and the box."""
    image, box = sample()
    side = round(_MARGIN * PERSON_PX)
    crop = Crop.from_box(box, side, _MARGIN)
    path = folder / "person.jpg"
    cv2.imwrite(str(path), crop.warp(image)[..., ::-1])
    width, height = (length * crop.scale for length in box[2:])
    return path, ((side - width) / 2, (side - height) / 2, width, height)


def sample() -> tuple[np.ndarray, Box]:
    """The shipped photograph (H, W, 3) uint8 RGB and the box of the person in it."""
    facts = json.loads(verified_asset("samples/walking.json").read_text(encoding="utf-8"))
    image = cv2.imread(str(verified_asset(f"samples/{facts['image']}")))[..., ::-1]
    return np.ascontiguousarray(image), tuple(facts["box"])


def runtimes(variant: str, weights: str | None, folder: str, batch: int, repeats: int) -> dict:
    """The network alone, from a file in `folder` that `exported_for` wrote, or from its weights in TensorFlow."""
    if variant == "tensorflow":
        loaded = load_network(weights=weights, runtime=variant)
        network = loaded.network
    else:
        path = _file_of(variant, Path(folder))
        loaded = load_network(weights=str(path), runtime=variant.partition(" ")[0])
        network = OpenVinoRuntime(path, "bf16") if variant == "openvino bf16" else loaded.network
    size = loaded.preset.architecture.input_size
    crops = np.random.default_rng(0).uniform(size=(batch, size, size, 3)).astype(np.float32)
    return measure(lambda: network(crops), repeats)


def exported_for(
    variants: Sequence[str], chosen: bool, weights: str | None, folder: Path, announce: Callable[[str], None]
) -> list[str]:
    """Export the network for those variants that need a file, and return the variants that can run.

    Those whose package or instructions are missing are left out and announced, or an InputError if they were `chosen`.
    """
    from voxelpose.export.run import make_exporter
    from voxelpose.export.writers import parse_target

    usable, exporter = [], None
    for variant in variants:
        try:
            if variant == "openvino bf16" and not half_precision():
                raise InputError("Expected a processor with bfloat16 instructions for openvino bf16. Received: none.")
            if variant != "tensorflow" and not _file_of(variant, folder).exists():
                target, precision = parse_target(_TARGETS[variant])
                announce(f"exporting {_TARGETS[variant]}")
                exporter = exporter or make_exporter(weights, [sample()], 2, integers=True)[0]
                exporter.write(target, precision, folder, "network", bound_mm=math.inf)
        except InputError as error:
            if chosen:
                raise
            announce(str(error))
            continue
        usable.append(variant)
    return usable


def half_precision() -> bool:
    """Whether this processor multiplies bfloat16 numbers; Linux says so."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


_TARGETS = {
    "openvino bf16": "openvino",
    "openvino": "openvino",
    "onnx": "onnx",
    "litert int8": "litert:int8",
    "litert": "litert",
}
_NAMES = {"openvino": "network.xml", "onnx": "network.onnx", "litert:int8": "network.int8.tflite"}
_NAMES["litert"] = "network.tflite"


def _file_of(variant: str, folder: Path) -> Path:
    return folder / _NAMES[_TARGETS[variant]]
