"""A body in NumPy: what `BodyLayer` computes, without TensorFlow."""

from collections.abc import Mapping, Sequence

import numpy as np

from voxelpose.body.model import BodyModel
from voxelpose.body.parameters import check_parameters
from voxelpose.body.rows import choose_rows
from voxelpose.body.skinning import pose_body
from voxelpose.errors import InputError
from voxelpose.geometry import rotations


class NumpyBody:
    """Calls with the same numbers, shapes and answers as `BodyLayer`, in float32 or float64 NumPy arrays.

    vertices: "all", "skin", "none" or indices; landmarks: "all", "none" or names. Only these are computed.
    """

    def __init__(
        self,
        model: BodyModel,
        vertices: str | Sequence[int] = "all",
        landmarks: str | Sequence[str] = "all",
        dtype: str = "float32",
    ):
        self.model = model
        self.dtype = np.dtype(dtype)
        self._rows = choose_rows(model, vertices, landmarks, self.dtype)

    def __call__(self, parameters: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
        """vertices (B, N, 3), landmarks (B, L, 3), joints (B, J, 3) in metres and rotations (B, J, 3, 3).

        InputError for unknown names, sizes of another model, batches that differ, and numbers that are not finite.
        """
        arrays = {
            name: np.asarray(value, self.dtype) for name, value in (parameters or {}).items() if value is not None
        }
        given = check_parameters(self.model, arrays)
        wrong = [name for name, value in given.items() if not np.isfinite(value).all()]
        if wrong:
            raise InputError(f"Expected finite numbers in the parameters. Received NaN or infinity in {wrong[0]}.")
        return pose_body(self.model, self._rows, given, np, rotations)
