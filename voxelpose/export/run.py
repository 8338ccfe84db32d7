"""Export: write a file, run it beside the original on crops, keep it only if their joints agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.export.check import Comparison, SavedModelRuntime, compare, size_on_disk
from voxelpose.export.staging import staged
from voxelpose.export.writers import FLOAT16, FLOAT32, INT8, Source, Target
from voxelpose.inference.runtime import TENSORFLOW, Runtime, open_file
from voxelpose.networks.presets import Preset

# Largest distance in mm that a joint may move, unless another bound is named.
BOUNDS_MM: Mapping[str, float] = {FLOAT32: 0.5, FLOAT16: 2.0, INT8: 40.0}


@dataclass(frozen=True, eq=False)
class Exporter:
    """original: the network as trained; function: see `graph.frozen`; description: see `loading.describe`;
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

        Raises InputError, and leaves nothing new behind, if a joint moves by more than the bound.
        """
        bound = BOUNDS_MM[precision] if bound_mm is None else bound_mm
        name = target.file_name(stem, precision)
        source = Source(self.function, {**self.description, "precision": precision}, self.calibration)
        with staged(folder) as stage:
            target.write(source, precision, stage / name)
            size = size_on_disk(stage / name)
            try:
                found = compare(self.original, _open(target, stage / name), self.preset, self.crops, size)
            except RuntimeError as error:  # the runtime refuses what was written for it
                first = str(error).strip().splitlines()[0]
                raise InputError(
                    f"{folder / name} is not written: {target.runtime} cannot run it ({first})."
                ) from error
            if not found.largest_mm <= bound:
                raise InputError(
                    f"{target.kind} in {precision} moves a joint by {found.largest_mm:.3g} mm. Expected at most "
                    f"{bound:g} mm: {folder / name} is not written. Allow more with --bound-mm."
                )
        return folder / name, found


def _open(target: Target, path: Path) -> Runtime:
    return SavedModelRuntime(path) if target.runtime == TENSORFLOW else open_file(target.runtime, path)
