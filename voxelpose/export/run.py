"""Export: write a file, run it beside the original on crops, keep it only if their joints agree."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.export.check import Comparison, SavedModelRuntime, compare, size_on_disk
from voxelpose.export.crops import drawn_crops, varied_crops
from voxelpose.export.writers import FrozenNetwork, Target
from voxelpose.files import atomic_folder, sha256
from voxelpose.inference.decoding.volume_predictor import check_reads_pictures
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.runtime import loading
from voxelpose.inference.runtime.runtimes import TENSORFLOW, KerasRuntime, Runtime, open_file
from voxelpose.networks.presets import Preset

CALIBRATION_PHOTOGRAPHS, CALIBRATION_DRAWN = 16, 48
_CALIBRATION_SEED, _CROPS_SEED = 1, 2


@dataclass(frozen=True, eq=False)
class Exporter:
    """original: the network as trained; function: see `freeze`; description: see `loading.describe`;
    calibration, crops: (N, S, S, 3) float32 in [0, 1], to choose integer ranges by and to compare on."""

    original: Runtime
    function: Callable
    preset: Preset
    description: Mapping[str, Any]
    calibration: np.ndarray
    crops: np.ndarray

    def write(
        self, target: Target, precision: str, folder: Path, stem: str, bound_mm: float | None = None
    ) -> tuple[Path, Comparison]:
        """Write one file (or folder) and compare; returns its path and the comparison.

        bound_mm: largest move of a joint, instead of the output's own. Raises InputError, and leaves nothing new
        behind, if a joint or another output moves by more than its bound.
        """
        name = target.file_name(stem, precision)
        network = FrozenNetwork(self.function, {**self.description, "precision": precision}, self.calibration)
        with atomic_folder(folder) as stage:
            target.write(network, precision, stage / name)
            size = size_on_disk(stage / name)
            try:
                found = compare(self.original, _open(target, stage / name), self.preset, self.crops, size, precision)
            except RuntimeError as error:  # the runtime refuses what was written for it
                first = str(error).strip().splitlines()[0]
                raise InputError(
                    f"{folder / name} is not written: {target.runtime} cannot run it ({first})."
                ) from error
            for change in found.changes:
                allowed = bound_mm if bound_mm is not None and change.unit == "mm" else change.allowed
                if not change.largest <= allowed:
                    hint = " Allow more with --bound-mm." if change.unit == "mm" else ""
                    moved, most = (f"{x:.3g} {change.unit}".rstrip() for x in (change.largest, allowed))
                    raise InputError(
                        f"{target.kind} in {precision} moves {change.what} by {moved}. Expected at most {most}: "
                        f"{folder / name} is not written.{hint}"
                    )
        return folder / name, found


def _open(target: Target, path: Path) -> Runtime:
    return SavedModelRuntime(path) if target.runtime == TENSORFLOW else open_file(target.runtime, path)


def make_exporter(
    weights: str | None, pictures: Sequence[tuple[np.ndarray, Box]], count: int, integers: bool
) -> tuple[Exporter, str]:
    """The exporter of a file of weights (see `loading.find_weights`), and the stem of its files' names.

    pictures: images (H, W, 3) with boxes, of which `count` crops are compared on; integers: whether one of the targets
    needs people of all kinds to choose its ranges by.
    """
    path, preset = loading.find_weights(weights=weights)
    check_reads_pictures(preset)
    model = loading.keras_model(preset, path)
    size, margin = preset.architecture.input_size, preset.input.crop_margin
    calibration = [varied_crops(pictures, size, margin, CALIBRATION_PHOTOGRAPHS, _CALIBRATION_SEED)]
    if integers:
        calibration.append(drawn_crops(size, margin, CALIBRATION_DRAWN, _CALIBRATION_SEED))
    made = Exporter(
        KerasRuntime(model),
        freeze(model),
        preset,
        loading.describe(preset, sha256(path)),
        np.concatenate(calibration).astype(np.float32) / 255,
        varied_crops(pictures, size, margin, count, _CROPS_SEED).astype(np.float32) / 255,
    )
    return made, path.name.removesuffix(loading.WEIGHTS_ENDING)


def freeze(model) -> Callable:
    """A Keras network as a tf.function: image (B, S, S, 3) float32 -> outputs by name, float32, without a variable.

    Converters of files with variables either fail (LiteRT answers NaN) or write a slower graph.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name=model.inputs[0].name)]

    def forward(image):
        return {name: tf.cast(value, tf.float32) for name, value in model(image, training=False).items()}

    concrete = tf.function(forward, input_signature=signature, jit_compile=False).get_concrete_function()
    # The outputs of a frozen function are a list, in the order in which TensorFlow flattens the dictionary.
    names = sorted(concrete.structured_outputs)
    constant = convert_variables_to_constants_v2(concrete)
    return tf.function(lambda image: dict(zip(names, constant(image), strict=True)), input_signature=signature)
