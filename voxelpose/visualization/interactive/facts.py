"""Facts of the interactive page: poses, cameras and pictures, as plain JSON values."""

import base64
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from voxelpose.geometry import VoxelGrid
from voxelpose.inference.decoding.decoders import ARGMAX, LIMB_AWARE, SOFT_ARGMAX
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.skeleton_search import find_skeleton
from voxelpose.networks import decode
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import StoredVolumes
from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.style import bone_colours, joint_colours

DECODE_COLOURS = {ARGMAX: "#F0E442", SOFT_ARGMAX: "#FFFFFF", LIMB_AWARE: "#CC79A7"}
JPEG_QUALITY = 84
MIDDLE_BONES = "#B4BAC6"
_UPPER = np.triu_indices(3)


def skeleton_facts(skeleton: Skeleton) -> dict:
    """Names, parents and colours; bones are named by the joint that they end in."""
    bones = [MIDDLE_BONES] * len(skeleton)
    for (_, child), colour in zip(skeleton.bones, bone_colours(skeleton), strict=True):
        if "_" in skeleton.joints[child]:
            bones[child] = colour
    return {
        "names": list(skeleton.joints),
        "parents": list(skeleton.parents),
        "root": skeleton.root,
        "jointColours": _joint_hexes(skeleton),
        "boneColours": bones,
    }


def _joint_hexes(skeleton: Skeleton) -> list[str]:
    """The ends of the limbs, which are seen together most often, take the most distinct colours of their side."""
    ends_first = sorted(range(len(skeleton)), key=lambda joint: joint in skeleton.parents)
    colours = joint_colours([skeleton.joints[joint] for joint in ends_first])
    by_joint = dict(zip(ends_first, colours, strict=True))
    return [_hex(by_joint[joint]) for joint in range(len(skeleton))]


def camera_facts(pose: Pose3D) -> dict:
    """The pinhole of a pose's picture and where it came from."""
    camera = pose.camera
    values = {name: getattr(camera, name) for name in ("fx", "fy", "cx", "cy", "width", "height")}
    return {**values, "source": pose.camera_source}


def picture_corners(pose: Pose3D) -> list:
    """Rays through the picture's corners, clockwise from the top left, each with z = 1."""
    width, height = pose.image_size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    return np.round(pose.camera.rays(corners), 6).tolist()


def frame_facts(pose: Pose3D, time: float, truth: np.ndarray | None, decodes: Mapping[str, np.ndarray]) -> dict:
    """One moment. time: seconds; truth: (J, 3) mm in the camera frame or None; decodes: (J, 3) mm each, by name."""
    covariance = pose.covariance[:, _UPPER[0], _UPPER[1]]
    return {
        "time": round(time, 4),
        "joints": _rounded(pose.joints, 1),
        "joints2d": _rounded(pose.joints_2d, 1),
        "covariance": _rounded(covariance, 0),
        "confidence": _rounded(pose.confidence, 3),
        "outside": pose.outside_crop.tolist(),
        "presence": pose.presence,
        "box": _rounded(pose.box, 1),
        "rootDepth": round(pose.root_depth, 1),
        "rootDepthStd": pose.root_depth_std,
        "rootDepthSource": pose.root_depth_source,
        "truth": None if truth is None else _rounded(truth, 1),
        "truth2d": None if truth is None else _rounded(pose.camera.project(truth), 1),
        "decodes": [
            {"name": name, "joints": _rounded(joints, 1), "joints2d": _rounded(pose.camera.project(joints), 1)}
            for name, joints in decodes.items()
        ],
        "volume": None,
        "photograph": None,
    }


def decodes_of(stored: StoredVolumes, pose: Pose3D) -> dict[str, np.ndarray]:
    """The finest volume read in every way that there is: (J, 3) mm in the camera frame, by name.

    The root depth is the pose's, the limbs of the most likely skeleton are the mean ones.
    """
    likelihood, grid = stored.volumes[-1], stored.grid

    def in_space(fractions: np.ndarray) -> np.ndarray:
        return grid.reconstruct(fractions, pose.root_depth, pose.camera, stored.crop)

    # The mean of a likelihood is the soft-argmax of its logarithm.
    logits = np.log(np.maximum(likelihood, np.finfo(np.float32).tiny))[None]
    highest, mean = decode.argmax(likelihood[None])[0], decode.soft_argmax(logits)[0]
    highest, mean = (_root_at_zero(points, pose.skeleton.root, grid) for points in (highest, mean))
    skeleton = find_skeleton(likelihood, mean, in_space, grid, pose.skeleton, Limbs.of(pose.skeleton))
    return {ARGMAX: in_space(highest), SOFT_ARGMAX: in_space(mean), LIMB_AWARE: in_space(skeleton)}


def _root_at_zero(fractions: np.ndarray, root: int, grid: VoxelGrid) -> np.ndarray:
    fractions = np.array(fractions, np.float64)
    fractions[root, 2] = grid.depth_to_fraction(0.0)
    return fractions


def photograph(image: np.ndarray, longest: int) -> str:
    """A picture (H, W, 3) uint8 RGB as a data URL of a JPEG, its longer side at most `longest` pixels."""
    factor = longest / max(image.shape[:2])
    if factor < 1:
        size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded).decode()


def _rounded(values: np.ndarray | Sequence[float], digits: int) -> list:
    rounded = np.round(np.asarray(values, np.float64), digits)
    return (rounded.astype(int) if digits == 0 else rounded).tolist()


def _hex(colour: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * value):02x}" for value in colour)
