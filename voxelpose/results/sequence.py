"""PoseSequence: one person through a video, as arrays over time that say their own unit, frame, camera and source."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry.camera import Camera
from voxelpose.results.pose import FRAME, UNIT, Pose3D
from voxelpose.skeleton import Skeleton

# The camera's y axis points down.
CAMERA_UP = (0.0, -1.0, 0.0)
CAMERA_UP_SOURCE = "the camera's own up: neither pitch and roll nor a gravity vector was given"
NOT_SMOOTHED = "none"


@dataclass(frozen=True, eq=False)
class PoseSequence:
    """One tracked person: T frames of J joints in millimetres in the camera frame, with missing frames explicit.

    joints: (T, J, 3) mm, x right, y down, z forward from the camera centre; all NaN in a frame in which the person was
    not found. joints_2d: (T, J, 2) pixels; covariance: (T, J, 3, 3) mm^2 relative to the root; confidence: (T, J);
    boxes: (T, 4) x, y, width, height in pixels; root_depth: (T,) mm along depth_axis (T, 3), unit vectors: NaN in the
    same frames. outside_crop: (T, J) bool, False there. presence: (T,) probability that somebody is in the box, NaN if
    the network has no such output or did not look. root_depth_std: (T,) mm, NaN where the depth was given.
    times: (T,) seconds from the start of the video, rising; fps: the frame rate that players show, the times hold.
    track: number of the person, from 1. source: the video's path, None for arrays; image_size: its (width, height).
    camera, camera_source, box_source, root_depth_source, model, weights_sha256: as in Pose3D, for all frames.
    smoothing: what was done to the joints over time, "none" for nothing.
    up: (3,) unit vector in the camera frame that points up; up_source: where it came from.
    """

    skeleton: Skeleton
    joints: np.ndarray
    joints_2d: np.ndarray
    covariance: np.ndarray
    confidence: np.ndarray
    outside_crop: np.ndarray
    presence: np.ndarray
    boxes: np.ndarray
    root_depth: np.ndarray
    root_depth_std: np.ndarray
    depth_axis: np.ndarray
    times: np.ndarray
    fps: float
    camera: Camera
    camera_source: str
    box_source: str
    root_depth_source: str
    model: str
    weights_sha256: str | None
    image_size: tuple[int, int]
    track: int = 1
    source: str | None = None
    smoothing: str = NOT_SMOOTHED
    up: tuple[float, float, float] = CAMERA_UP
    up_source: str = CAMERA_UP_SOURCE

    def __post_init__(self):
        frames, joints = len(self.times), len(self.skeleton)
        for name, shape in array_shapes(frames, joints).items():
            array = np.asarray(getattr(self, name), np.bool_ if name == "outside_crop" else np.float64)
            if array.shape != shape:
                raise InputError(f"Expected {name} of shape {shape} in a sequence. Received: {array.shape}.")
            view = array.view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)
        _check(self)

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
    ) -> "PoseSequence":
        """Stack one pose per frame; None (or anything that is no Pose3D) where the person was not found.

        times: seconds, one per frame; fps: by the median step of the times if None. facts: track, source, up, ...
        Raises InputError if no frame holds a pose, or if camera, skeleton or network change between frames.
        """
        found = [pose for pose in poses if isinstance(pose, Pose3D)]
        if not found:
            raise InputError("Expected at least one frame with a person. Received: none.")
        if len(poses) != len(times):
            raise InputError(f"Expected as many times as frames, {len(poses)}. Received: {len(times)}.")
        first = found[0]
        for pose in found:
            if _common(pose) != _common(first):
                raise InputError("Expected one camera, skeleton, picture size and network through the sequence.")
        arrays = {name: np.full(shape, np.nan) for name, shape in array_shapes(len(poses), len(first.skeleton)).items()}
        arrays["times"] = np.asarray(times, np.float64)
        arrays["outside_crop"] = np.zeros(arrays["outside_crop"].shape, np.bool_)
        for t, pose in enumerate(poses):
            # A frame without a skeleton may still say how probable it was that somebody is there.
            presence = getattr(pose, "presence", None)
            arrays["presence"][t] = np.nan if presence is None else presence
            if isinstance(pose, Pose3D):
                for name in _PER_FRAME:
                    value = getattr(pose, "box" if name == "boxes" else name)
                    arrays[name][t] = np.nan if value is None else value
        return cls(
            skeleton=first.skeleton,
            fps=_rate(arrays["times"]) if fps is None else float(fps),
            camera=first.camera,
            camera_source=_joined(pose.camera_source for pose in found),
            box_source=_joined(pose.box_source for pose in found),
            root_depth_source=_joined(pose.root_depth_source for pose in found),
            model=first.model,
            weights_sha256=first.weights_sha256,
            image_size=first.image_size,
            **arrays,
            **{"source": first.image} | facts,
        )

    def pose(self, frame: int) -> Pose3D | None:
        """The pose of one frame, None where the person was not found."""
        if not self.present[frame]:
            return None
        values = {name: getattr(self, name)[frame] for name in _PER_FRAME}
        values["box"] = tuple(values.pop("boxes").tolist())
        for name in ("presence", "root_depth_std"):
            value = float(getattr(self, name)[frame])
            values[name] = None if np.isnan(value) else value
        return Pose3D(
            **values | {"root_depth": float(self.root_depth[frame])},
            **{name: getattr(self, name) for name in ("skeleton", "camera", "camera_source", "box_source", "model")},
            **{name: getattr(self, name) for name in ("root_depth_source", "weights_sha256", "image_size")},
            image=self.source,
        )

    def with_joints(self, joints: np.ndarray, smoothing: str) -> "PoseSequence":
        """The same sequence with other joints (T, J, 3) in mm; pixels and root depth follow from them."""
        joints = np.asarray(joints, np.float64)
        root = joints[:, self.skeleton.root]
        return replace(
            self,
            joints=joints,
            joints_2d=self.camera.project(joints),
            root_depth=(root * self.depth_axis).sum(axis=-1),
            smoothing=smoothing,
        )

    def save(self, path: str | os.PathLike) -> None:
        """Write an NPZ file, whole or not at all; see voxelpose.results.sequence_file for its layout."""
        from voxelpose.results.sequence_file import save_sequence

        save_sequence(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "PoseSequence":
        """Read a file that `save` wrote; raises InputError if it is missing, damaged or something else."""
        from voxelpose.results.sequence_file import load_sequence

        return load_sequence(path)


def array_shapes(frames: int, joints: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a sequence's arrays."""
    each = {"joints": (joints, 3), "joints_2d": (joints, 2), "covariance": (joints, 3, 3), "confidence": (joints,)}
    each |= {"outside_crop": (joints,), "presence": (), "boxes": (4,), "root_depth": (), "root_depth_std": ()}
    each |= {"depth_axis": (3,), "times": ()}
    return {name: (frames, *shape) for name, shape in each.items()}


_PER_FRAME = tuple(name for name in array_shapes(0, 0) if name not in ("times", "presence"))
FACTS = tuple(f.name for f in fields(PoseSequence) if f.name not in array_shapes(0, 0))


def _common(pose: Pose3D) -> tuple:
    return pose.skeleton, pose.camera, pose.image_size, pose.model, pose.weights_sha256


def _joined(texts) -> str:
    """Each text once, in order of appearance."""
    return "; ".join(dict.fromkeys(texts))


def _rate(times: np.ndarray) -> float:
    step = np.median(np.diff(times)) if len(times) > 1 else np.nan
    return float(1 / step) if step > 0 else 1.0


def _check(sequence: PoseSequence) -> None:
    times = sequence.times
    if not len(times) or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InputError("Expected at least one frame, with finite times in seconds that rise from frame to frame.")
    if not (np.isfinite(sequence.fps) and sequence.fps > 0):
        raise InputError(f"Expected a frame rate above 0. Received: {sequence.fps}.")
    finite = np.isfinite(sequence.joints)
    if (finite != finite[:, :1, :1]).any():
        raise InputError("Expected every frame's joints to be finite numbers, or all of them NaN where it is missing.")
    up = np.asarray(sequence.up, np.float64)
    if up.shape != (3,) or not np.isfinite(up).all() or abs(np.linalg.norm(up) - 1) > 1e-6:
        raise InputError(f"Expected up as a unit vector in the camera frame. Received: {sequence.up}.")
