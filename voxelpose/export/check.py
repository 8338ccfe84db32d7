"""An exported network beside the original: how far its joints are off, and what it costs."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from voxelpose.inference.runtime.runtimes import Runtime
from voxelpose.networks.outputs import Change, outputs_of
from voxelpose.networks.presets import Preset
from voxelpose.skeleton import get_skeleton

REPEATS = 10


@dataclass(frozen=True)
class Comparison:
    """changes: one per output, that of the joints first; original_ms, exported_ms: medians for one crop, measured in
    turns; size: bytes on disk."""

    changes: tuple[Change, ...]
    original_ms: float
    exported_ms: float
    size: int

    @property
    def joints(self) -> Change:
        """How far joints are off."""
        return self.changes[0]


class SavedModelRuntime:
    """A SavedModel folder in TensorFlow."""

    def __init__(self, path: Path):
        import tensorflow as tf

        self._loaded = tf.saved_model.load(str(path))  # owns what the signature uses
        self._signature = self._loaded.signatures["serving_default"]

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        import tensorflow as tf

        return {name: value.numpy() for name, value in self._signature(image=tf.constant(crops)).items()}


def compare(
    original: Runtime, exported: Runtime, preset: Preset, crops: np.ndarray, size: int, precision: str
) -> Comparison:
    """Run both on crops (N, S, S, 3) float32 in [0, 1]."""
    arrays = [_arrays(runtime, crops) for runtime in (original, exported)]
    outputs = outputs_of(arrays[0], len(get_skeleton(preset.input.skeleton)))
    changes = [output.change(*arrays, preset, precision) for output in (outputs.joints, *outputs.others)]
    times: tuple[list[float], list[float]] = ([], [])
    for n in range(REPEATS):
        for runtime, kept in zip((original, exported), times, strict=True):
            start = perf_counter()
            runtime(crops[n % len(crops)][None])
            kept.append(1000 * (perf_counter() - start))
    return Comparison(tuple(changes), *map(median, times), size)


def _arrays(runtime: Runtime, crops: np.ndarray) -> dict[str, np.ndarray]:
    """What a network says of crops, which it is given one by one."""
    single = [runtime(crop[None]) for crop in crops]
    return {name: np.concatenate([arrays[name] for arrays in single]) for name in single[0]}


def size_on_disk(path: Path) -> int:
    """Bytes of a file, of an OpenVINO pair (.xml, .bin), or of all files in a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    pair = path.with_suffix(".bin") if path.suffix == ".xml" else path
    return sum(file.stat().st_size for file in {path, pair})
