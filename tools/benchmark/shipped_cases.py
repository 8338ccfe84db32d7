"""A preset that ships weights, in everything that can run it: what it costs, and where the joints come to lie.

The variants of FILES are the exported file that ships beside the weights, those whose name begins with "torch" the same
weights in plain PyTorch, which runs in a process of its own.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmark.cases import keras_network
from benchmark.inputs import random_crops
from benchmark.path_cases import half_precision, sample
from benchmark.process import call_apart, measure
from voxelpose.assets import ROOT, verified_asset
from voxelpose.extras import installed
from voxelpose.inference.runtime.loading import exported_beside, find_weights
from voxelpose.inference.runtime.runtimes import FILE_RUNTIMES, KerasRuntime, OpenVinoRuntime, Runtime
from voxelpose.networks.presets import Preset, get_preset

FILES = ("openvino", "onnx")
# The one that all others' joints are compared with.
REFERENCE = "ours"
# Any depth will do: given, so that only the volumes make the difference.
_ROOT_DEPTH_MM = 4000.0


def inference(variant: str, preset: str, precision: str, batch: int, repeats: int) -> dict:
    """Crops to volumes, as arrays of NumPy; precision: "float32" or "bfloat16"."""
    network = _network(variant, get_preset(preset), precision)
    crops = random_crops(np.random.default_rng(0), batch, get_preset(preset).architecture.input_size)
    return measure(lambda: network(crops), repeats)


def joints(variant: str, preset: str, precision: str, twin: str | None = None) -> dict:
    """The "joints" (J, 3) in mm of the person in the sample photograph, at a root depth of 4 m.

    twin: the file that a variant of PyTorch is made of.
    """
    from voxelpose.inference.estimator import PoseEstimator

    _, calibrated = find_weights(preset)
    if variant.startswith("torch"):
        network = TwinRuntime(variant, twin, precision)
    else:
        network = _network(variant, calibrated, precision)
    estimator = PoseEstimator(network, calibrated, min_presence=0.0)
    image, box = sample()
    return {"joints": estimator(image, box, root_depth=_ROOT_DEPTH_MM).joints.tolist()}


def joint_differences(variants: Sequence[str], preset: str, precision: str, twin: str | None) -> dict[str, float]:
    """By variant, the largest distance in mm of a joint to where the reference in float32 puts it."""

    def joints_of(variant: str, precision: str) -> list:
        arguments = {"variant": variant, "preset": preset, "precision": precision, "twin": twin}
        return call_apart("shipped_cases:joints", **arguments)["joints"]

    reference = joints_of(REFERENCE, "float32")
    found = {variant: np.subtract(joints_of(variant, precision), reference) for variant in variants}
    return {variant: round(float(np.linalg.norm(away, axis=-1).max()), 4) for variant, away in found.items()}


def able(variants: Sequence[str], preset: Preset, precision: str) -> tuple[list[str], list[str]]:
    """The variants that can run the preset on this machine, and a sentence for each of the others."""
    usable, sentences = [], []
    for variant in variants:
        if variant in FILES and preset.card.weights is None:
            sentences.append(f"{variant} runs the file that ships with a preset; {preset.name} ships none.")
        elif variant in FILES and not installed(FILE_RUNTIMES[variant].module):
            sentences.append(f"{variant} needs its package: pip install 'voxelpose[{FILE_RUNTIMES[variant].extra}]'.")
        elif variant.startswith("torch") and preset.architecture.kind != "volumetric":
            sentences.append(
                f"{variant} builds volumetric networks alone; {preset.name} is a {preset.architecture.kind} one."
            )
        elif variant == "onnx" and precision != "float32":
            sentences.append("onnx computes in float32 alone.")
        elif variant == "openvino" and precision != "float32" and not half_precision():
            sentences.append("openvino needs a processor with bfloat16 instructions; this one has none.")
        else:
            usable.append(variant)
    return usable, sentences


class TwinRuntime:
    """A `Runtime` that starts a process of PyTorch for every batch: for its outputs, not to be timed."""

    def __init__(self, variant: str, twin: str, precision: str):
        self._arguments = {"variant": variant, "twin": twin, "precision": precision}

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        with tempfile.TemporaryDirectory() as folder:
            given, out = Path(folder) / "crops.npy", Path(folder) / "outputs.npz"
            np.save(given, np.ascontiguousarray(crops, np.float32))
            call_apart("twins.cases:outputs", crops=str(given), out=str(out), **self._arguments)
            with np.load(out, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}


def _network(variant: str, preset: Preset, precision: str) -> Runtime:
    if variant == "openvino":
        return OpenVinoRuntime(_file(preset, variant), "f32" if precision == "float32" else "bf16")
    if variant in FILES:
        return FILE_RUNTIMES[variant].make(_file(preset, variant))
    from voxelpose.networks.weights_io import load_weights  # brings Keras, which the variants above do without

    model = keras_network(preset.architecture.arguments, precision, preset.architecture.kind)
    load_weights(model, verified_asset(preset.card.weights))
    return KerasRuntime(model)


def _file(preset: Preset, runtime: str) -> Path:
    return next(path for path in exported_beside(ROOT / preset.card.weights, runtime) if path.exists())
