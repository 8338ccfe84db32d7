"""An exported network beside the original: how far its joints are off, and what it costs."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from voxelpose.inference.runtime.runtimes import Runtime
from voxelpose.networks import decode
from voxelpose.networks.presets import Preset
from voxelpose.skeleton import get_skeleton

REPEATS = 10


@dataclass(frozen=True)
class Comparison:
    """largest_mm: largest distance of any joint in any crop; mean_mm: over all; original_ms, exported_ms: medians for
    one crop, measured in turns; size: bytes on disk."""

    largest_mm: float
    mean_mm: float
    original_ms: float
    exported_ms: float
    size: int


class SavedModelRuntime:
    """A SavedModel folder in TensorFlow."""

    def __init__(self, path: Path):
        import tensorflow as tf

        self._loaded = tf.saved_model.load(str(path))  # owns what the signature uses
        self._signature = self._loaded.signatures["serving_default"]

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        import tensorflow as tf

        return {name: value.numpy() for name, value in self._signature(image=tf.constant(crops)).items()}


def compare(original: Runtime, exported: Runtime, preset: Preset, crops: np.ndarray, size: int) -> Comparison:
    """Run both on crops (N, S, S, 3) float32 in [0, 1]."""
    off = joint_distances(joints_mm(original, preset, crops), joints_mm(exported, preset, crops))
    times: tuple[list[float], list[float]] = ([], [])
    for n in range(REPEATS):
        for runtime, kept in zip((original, exported), times, strict=True):
            start = perf_counter()
            runtime(crops[n % len(crops)][None])
            kept.append(1000 * (perf_counter() - start))
    return Comparison(float(off.max()), float(off.mean()), *map(median, times), size)


def joints_mm(runtime: Runtime, preset: Preset, crops: np.ndarray) -> np.ndarray:
    """Means of the finest volume (N, J, 3) in mm, as if the crop were as wide and high as the depth range."""
    means = []
    for crop in crops:
        outputs = runtime(crop[None])
        finest = max((name for name in outputs if name.startswith("volume_")), key=lambda name: int(name[7:]))
        volume = decode.volume_view(outputs[finest], len(get_skeleton(preset.input.skeleton)))
        means.append(decode.soft_argmax(volume, preset.calibration.temperature)[0])
    return np.stack(means).astype(np.float64) * (preset.input.far_mm - preset.input.near_mm)


def joint_distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(N, J) mm."""
    return np.linalg.norm(ours - theirs, axis=-1)


def size_on_disk(path: Path) -> int:
    """Bytes of a file, of an OpenVINO pair (.xml, .bin), or of all files in a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    pair = path.with_suffix(".bin") if path.suffix == ".xml" else path
    return sum(file.stat().st_size for file in {path, pair})
