"""A body as a Keras layer: batched, differentiable, in keras.ops. Import it by its own name: it wakes Keras."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from voxelpose.body.model import BodyModel
from voxelpose.body.parameters import check_parameters
from voxelpose.body.rows import Rows, choose_rows
from voxelpose.body.skinning import pose_body
from voxelpose.geometry import ops as rotations


class BodyLayer(keras.layers.Layer):
    """Bodies from a dict of numbers, every one of which may be left out (mean shape, rest pose, origin).

    vertices: "all", "skin", "none" or indices; landmarks: "all", "none" or names. **Only these are computed**: a fit to
    landmarks costs a small part of the whole mesh. dtype: float32 or float64.
    """

    def __init__(
        self,
        model: BodyModel,
        vertices: str | Sequence[int] = "all",
        landmarks: str | Sequence[str] = "all",
        **kwargs,
    ):
        super().__init__(trainable=False, **kwargs)
        self.model = model
        # Constants, not weights: they belong to the model's file and not to that of a network.
        self._rows = _as_tensors(choose_rows(model, vertices, landmarks, self.compute_dtype))

    def call(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """vertices (B, N, 3), landmarks (B, L, 3), joints (B, J, 3) in metres and rotations (B, J, 3, 3).

        parameters, of B bodies or of 1 for all: betas (B, <= S), expression (B, <= E), face_units (B, U), transl (B, 3)
        in metres; and the pose, either as `pose` of all joints or as any of the model's pose groups (global_orient,
        body_pose, ...): rotations relative to the parent joint as axis-angle vectors (radians, right-handed), 6D (two
        columns) or matrices, a joint's numbers together, flat or not; a hand also as numbers of the hand space. Axis-
        angle vectors of a hand alone are relative to the model's hand mean; those of the whole `pose` are not. The
        root turns about the root joint, not about the origin. Rotations that come back are in the body's frame.
        InputError for unknown names, sizes of another model and batches that differ.
        """
        tensors = {
            name: ops.cast(ops.convert_to_tensor(value), self.compute_dtype)
            for name, value in parameters.items()
            if value is not None
        }
        return pose_body(self.model, self._rows, check_parameters(self.model, tensors), ops, rotations)


def _as_tensors(rows: Rows) -> Rows:
    """The same rows with arrays of floats as tensors, so that they are not carried over in every call."""

    def convert(value):
        if isinstance(value, dict):
            return {name: convert(part) for name, part in value.items()}
        is_float = isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)
        return ops.convert_to_tensor(value) if is_float else value

    return replace(rows, **{field.name: convert(getattr(rows, field.name)) for field in fields(rows)})
