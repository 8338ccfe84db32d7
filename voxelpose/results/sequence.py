"""PoseSequence: one person through a video, as arrays over time that say their own unit, frame, camera and source."""

import os
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from voxelpose.errors import InputError
from voxelpose.results.fields import Array, CameraValue, Number, Positive, Size, SkeletonValue, Text, Whole
from voxelpose.results.files import arrays_in_json, read_json, read_npz, write_array_json, write_npz
from voxelpose.results.parts import FRAME, UNIT, WORDS, HasProvenance, HasUncertainty, Provenance, Uncertainty
from voxelpose.results.pose import Pose3D, check_sources
from voxelpose.results.schema import Result, check_arrays, plain

# The camera's y axis points down.
CAMERA_UP = (0.0, -1.0, 0.0)
CAMERA_UP_SOURCE = "the camera's own up: neither pitch and roll nor a gravity vector was given"
NOT_SMOOTHED = "none"


class PoseSequence(HasUncertainty, HasProvenance, Result):
    """One tracked person: T frames of J joints in millimetres in the camera frame, with missing frames explicit.

    joints: (T, J, 3) mm, x right, y down, z forward from the camera centre; all NaN in a frame in which the person was
    not found. joints_2d: (T, J, 2) pixels; covariance: (T, J, 3, 3) mm^2 relative to the root; confidence: (T, J);
    boxes: (T, 4) x, y, width, height in pixels; root_depth: (T,) mm along depth_axis (T, 3), unit vectors: NaN in the
    same frames. outside_crop: (T, J) bool, False there. presence: (T,) probability that somebody is in the box, NaN if
    the network has no such output or did not look. root_depth_std: (T,) mm, NaN where the depth was given.
    times: (T,) seconds from the start of the video, rising; fps: the frame rate that players show, the times hold.
    track: number of the person, from 1. source: the video's path, None for arrays; image_size: its (width, height).
    skeleton, camera: for all frames; provenance: as in Pose3D, every source named that any frame had.
    smoothing: what was done to the joints over time, "none" for nothing.
    up: (3,) unit vector in the camera frame that points up; up_source: where it came from.
    """

    SCHEMA: ClassVar[str] = "voxelpose.sequence"
    WORDS: ClassVar[dict[str, str]] = WORDS | {
        "time_unit": "s",
        "missing": "NaN in every array of a frame in which the person was not found",
    }

    skeleton: SkeletonValue
    # The dimensions of a field are those of one frame; here is one more in front, for time.
    joints: Annotated[np.ndarray, Array("J", 3)]
    joints_2d: Annotated[np.ndarray, Array("J", 2)]
    uncertainty: Uncertainty
    presence: Annotated[np.ndarray, Array()]
    boxes: Annotated[np.ndarray, Array(4)]
    root_depth: Annotated[np.ndarray, Array()]
    root_depth_std: Annotated[np.ndarray, Array()]
    depth_axis: Annotated[np.ndarray, Array(3)]
    times: Annotated[np.ndarray, Array()]
    fps: Positive
    camera: CameraValue
    provenance: Provenance
    image_size: Size
    track: Whole = 1
    source: Text | None = None
    smoothing: Text = NOT_SMOOTHED
    up: tuple[Number, Number, Number] = CAMERA_UP
    up_source: Text = CAMERA_UP_SOURCE

    @model_validator(mode="after")
    def _check(self) -> Self:
        times = self.times
        if times.ndim != 1 or not len(times) or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise InputError("Expected at least one frame, with finite times in seconds that rise from frame to frame.")
        check_arrays(self, len(self.skeleton), frames=times.shape)
        finite = np.isfinite(self.joints)
        if (finite != finite[:, :1, :1]).any():
            raise InputError(
                "Expected every frame's joints to be finite numbers, or all of them NaN where it is missing."
            )
        present = finite[:, 0, 0]
        for name in self.array_leaves().keys() - _MAY_BE_UNKNOWN:
            if not np.isfinite(getattr(self, name)[present]).all():
                raise InputError(f"Expected {name} to hold finite numbers in every frame with the person.")
        for name in ("confidence", "presence"):
            values = getattr(self, name)
            if (values < 0).any() or (values > 1).any():
                raise InputError(f"Expected {name} between 0 and 1.")
        if abs(np.linalg.norm(self.up) - 1) > 1e-6:
            raise InputError(f"Expected up as a unit vector in the camera frame. Received: {self.up}.")
        check_sources(self.provenance)
        return self

    def __len__(self) -> int:
        return len(self.times)

    @property
    def present(self) -> np.ndarray:
        """(T,) bool: the frames in which the person was found."""
        return np.isfinite(self.joints[:, 0, 0])

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names such as "right_hip", in the order of the arrays."""
        return self.skeleton.joints

    @property
    def unit(self) -> str:
        """Unit of joints and root depth."""
        return UNIT

    @property
    def frame(self) -> str:
        """The coordinate frame of `joints`, in words."""
        return FRAME

    @classmethod
    def from_poses(
        cls, poses: Sequence[Pose3D | None], times: Sequence[float], fps: float | None = None, **facts: Any
    ) -> Self:
        """Stack one pose per frame; None (or anything that is no Pose3D) where the person was not found.

        times: seconds, one per frame; fps: by the median step of the times if None. facts: track, source, up, ...
        Raises InputError if no frame holds a pose, or if camera, skeleton or network change between frames.
        """
        first = next((pose for pose in poses if isinstance(pose, Pose3D)), None)
        if first is None:
            raise InputError("Expected at least one frame with a person. Received: none.")
        if len(poses) != len(times):
            raise InputError(f"Expected as many times as frames, {len(poses)}. Received: {len(times)}.")
        rows = FrameRows(first)
        stacked = np.empty(len(poses), rows.dtype)
        for t, (time, pose) in enumerate(zip(times, poses, strict=True)):
            stacked[t] = rows.row(time, pose)
        fps = _rate(stacked["times"]) if fps is None else float(fps)
        return rows.sequence(stacked, fps=fps, **{"source": first.image} | facts)

    def pose(self, frame: int) -> Pose3D | None:
        """The pose of one frame, None where the person was not found."""
        if not self.present[frame]:
            return None
        arrays = {_OF_POSE.get(name, name): getattr(self, name)[frame] for name in self.array_leaves()}
        del arrays["times"]
        for name in _MAY_BE_UNKNOWN:
            arrays[name] = None if np.isnan(arrays[name]) else arrays[name]
        shared = {name: getattr(self, name) for name in ("skeleton", "camera", "provenance", "image_size")}
        return Pose3D(**arrays, **shared, image=self.source)

    def with_joints(self, joints: np.ndarray, smoothing: str) -> Self:
        """The same sequence with other joints (T, J, 3) in mm; pixels and root depth follow from them."""
        joints = np.asarray(joints, np.float64)
        root = joints[:, self.skeleton.root]
        return self.replace(
            joints=joints,
            joints_2d=self.camera.project(joints),
            root_depth=(root * self.depth_axis).sum(axis=-1),
            smoothing=smoothing,
        )

    def facts(self) -> dict[str, Any]:
        """Everything but the arrays, as plain values, with the words that explain them."""
        leaves, arrays = self.leaves(), self.array_leaves()
        return self.header() | {name: plain(value) for name, value in leaves.items() if name not in arrays}

    def save(self, path: str | os.PathLike) -> None:
        """Write a .npz or .json file, whole or not at all: the arrays by name, and the facts in JSON as "facts"."""
        arrays = {name: getattr(self, name) for name in self.array_leaves()}
        if str(path).endswith(".npz"):
            write_npz(path, self.facts(), arrays)
        elif str(path).endswith(".json"):
            write_array_json(path, self.facts(), arrays)
        else:
            raise InputError(f"Expected a file name that ends in .npz or .json. Received: {path}.")

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read a file that `save` wrote; raises InputError if it is missing, damaged or something else."""
        if str(path).endswith(".json"):
            return cls.from_json(read_json(path, "sequence"), str(path))
        return cls._from_parts(*read_npz(path, list(cls.array_leaves()), "sequence"), str(path))

    @classmethod
    def from_json(cls, content: Any, where: str = "this sequence") -> Self:
        """A sequence from the content of its .json file; anything else is an InputError naming `where`."""
        try:
            facts, arrays = arrays_in_json(content, list(cls.array_leaves()))
        except InputError as error:
            raise InputError(f"{where} is not a voxelpose sequence. {error}") from error
        return cls._from_parts(facts, arrays, where)

    @classmethod
    def _from_parts(cls, facts: Any, arrays: dict[str, np.ndarray], where: str) -> Self:
        try:
            return cls(**arrays, **cls.checked(facts, [name for name in cls.leaf_fields() if name not in arrays]))
        except (InputError, TypeError) as error:
            raise InputError(f"{where} is not a voxelpose sequence. {error}") from error


# What is called otherwise in a pose; what even a frame with a person may lack.
_OF_POSE = {"boxes": "box"}
_MAY_BE_UNKNOWN = {"presence", "root_depth_std"}


class FrameRows:
    """One person's frames as rows of a NumPy type, which lie in memory or in a file until all of them are there.

    first: a pose with what has to be the same in all frames: skeleton, camera, picture size and network.
    """

    def __init__(self, first: Pose3D):
        self.dtype = np.dtype(
            [(name, array.dtype, array.of(len(first.skeleton))) for name, array in PoseSequence.array_leaves().items()]
        )
        self._missing = np.zeros((), self.dtype)
        for name in self.dtype.names:
            self._missing[name] = False if name == "outside_crop" else np.nan
        self._first, self._shared = first, _common(first)
        self._sources: dict[str, dict[str, None]] = {name: {} for name in _SOURCES}

    def row(self, time: float, result: Any) -> np.ndarray:
        """The row of one frame: of a pose; or of anything else, where the person was not found.

        Raises InputError for a pose of another skeleton, camera, picture size or network.
        """
        row = self._missing.copy()
        row["times"] = time
        # A frame without a skeleton may still say how probable it was that somebody is there.
        presence = getattr(result, "presence", None)
        row["presence"] = np.nan if presence is None else presence
        if isinstance(result, Pose3D):
            if _common(result) != self._shared:
                raise InputError("Expected one camera, skeleton, picture size and network through the sequence.")
            for name in self.dtype.names:
                if name not in ("times", "presence"):
                    value = getattr(result, _OF_POSE.get(name, name))
                    row[name] = np.nan if value is None else value
            for name, texts in self._sources.items():
                texts[getattr(result, name)] = None
        return row

    def sequence(self, rows: np.ndarray, **facts: Any) -> PoseSequence:
        """The sequence of rows (T,) that were made here; facts: fps, track, source, smoothing."""
        return PoseSequence(
            **{name: rows[name] for name in self.dtype.names},
            **{name: getattr(self._first, name) for name in ("skeleton", "camera", "image_size")},
            # Each text once, in order of appearance.
            provenance=self._first.provenance.replace(**{n: "; ".join(texts) for n, texts in self._sources.items()}),
            **facts,
        )


_SOURCES = ("camera_source", "box_source", "root_depth_source")


def _common(pose: Pose3D) -> tuple:
    return pose.skeleton, pose.camera, pose.image_size, pose.provenance.network()


def _rate(times: np.ndarray) -> float:
    step = np.median(np.diff(times)) if len(times) > 1 else np.nan
    return float(1 / step) if step > 0 else 1.0
