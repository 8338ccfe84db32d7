"""Pose3D: a result that says its own unit, frame, skeleton, camera, box, uncertainty and provenance."""

import os
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from voxelpose.errors import InputError
from voxelpose.results.fields import Array, Box, CameraValue, Number, Positive, Probability, Size, SkeletonValue, Text
from voxelpose.results.files import read_json, write_json
from voxelpose.results.parts import FRAME, UNIT, WORDS, HasProvenance, HasUncertainty, Provenance, Uncertainty
from voxelpose.results.schema import Result, check_arrays, plain


class Pose3D(HasUncertainty, HasProvenance, Result):
    """One person's joints in millimetres in the camera frame, with everything needed to interpret them.

    skeleton: names and parents of the J joints.
    joints: (J, 3) mm, x right, y down, z forward from the camera centre.
    joints_2d: (J, 2) pixels of the image.
    uncertainty: covariance (J, 3, 3) mm^2, confidence (J,), outside_crop (J,); attributes of the pose, too.
    presence: probability that there is a person at all, None if the network has no such output.
    box: x, y, width, height in pixels that the crop was made from; camera: the picture's; joints are in its frame.
    root_depth: mm along depth_axis, a unit vector (3,) in the camera frame; root_depth_std: its standard deviation in
    mm, None when given.
    provenance: model, weights_sha256, runtime, box_source, camera_source, root_depth_source; attributes of the pose,
    too. image, image_size: the picture (None for an array) and its (width, height).
    The leaves of uncertainty and provenance may be given among the others: Pose3D(..., model="small", ...).
    """

    SCHEMA: ClassVar[str] = "voxelpose.pose"
    WORDS: ClassVar[dict[str, str]] = WORDS

    skeleton: SkeletonValue
    joints: Annotated[np.ndarray, Array("J", 3)]
    joints_2d: Annotated[np.ndarray, Array("J", 2)]
    uncertainty: Uncertainty
    presence: Probability | None
    box: Box
    camera: CameraValue
    root_depth: Positive
    root_depth_std: Number | None
    depth_axis: Annotated[np.ndarray, Array(3)]
    provenance: Provenance
    image: Text | None
    image_size: Size

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_arrays(self, len(self.skeleton))
        for name in self.array_leaves():
            if not np.isfinite(getattr(self, name)).all():
                raise InputError(f"Expected {name} to hold finite numbers only.")
        if self.confidence.min() < 0 or self.confidence.max() > 1:
            raise InputError("Expected confidence between 0 and 1.")
        check_sources(self.provenance)
        return self

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names such as "right_hip", in the order of the arrays."""
        return self.skeleton.joints

    @property
    def unit(self) -> str:
        """Unit of joints and root depth; the covariance is in its square."""
        return UNIT

    @property
    def frame(self) -> str:
        """The coordinate frame of `joints`, in words."""
        return FRAME

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and strings, with the words that explain them; `from_dict` reads it back exactly."""
        leaves = {name: plain(value) for name, value in self.leaves().items()}
        skeleton = leaves.pop("skeleton")
        return self.header() | dict(zip(_SKELETON_KEYS, skeleton.values(), strict=True)) | leaves

    @classmethod
    def from_dict(cls, content: Any, where: str = "this pose") -> Self:
        """Read what `to_dict` wrote; anything missing, unknown or of a wrong kind is an InputError naming `where`."""
        try:
            rest = cls.checked(content, dict.fromkeys(_SKELETON_KEYS) | cls.leaf_fields())
            skeleton = dict(zip(_SKELETON_FIELDS, map(rest.pop, _SKELETON_KEYS), strict=True))
            return cls(skeleton=skeleton, **rest)
        except (InputError, TypeError) as error:
            raise InputError(f"{where} is not a voxelpose pose. {error}") from error

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read a file that `save` wrote; raises InputError if it is missing, damaged or something else."""
        return cls.from_dict(read_json(path, "pose"), where=str(path))


# A pose's file has its skeleton among the other keys.
_SKELETON_FIELDS = ("name", "joints", "parents")
_SKELETON_KEYS = ("skeleton", "joint_names", "parents")


def check_sources(provenance: Provenance) -> None:
    """Raise InputError unless box, camera and root depth are said to come from somewhere."""
    for name in ("box_source", "camera_source", "root_depth_source"):
        if getattr(provenance, name) is None:
            raise InputError(f"Expected {name}. Received: nothing.")
