"""What a set of drawn people is like: poses, depths, directions, truncation, occlusion, limbs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.processes import run
from voxelpose.skeleton import MEAN_BONE_LENGTHS_MM
from voxelpose.synthetic.scene_sampling import SKELETON, labels_of, stage
from voxelpose.synthetic.settings import SyntheticSettings

_PERCENTILES = (5, 50, 95)
_BLOCK = 500
_QUARTERS = ("towards the camera", "to the left", "away", "to the right")


@dataclass(frozen=True, eq=False)
class People:
    """N drawn people: joints (N, 17, 3) mm in the camera frame, seen and hidden (N, 17) bool, up (N, 3), focal (N,) the
    focal length over the picture's side, kinds of poses (N,); pictures: how many were looked at, empty ones included.
    """

    joints: np.ndarray
    seen: np.ndarray
    hidden: np.ndarray
    up: np.ndarray
    focal: np.ndarray
    kinds: tuple[str, ...]
    pictures: int


def gather(seed: int, count: int, settings: SyntheticSettings, processes: int = 1) -> People:
    """The people of the pictures 0 to count - 1, without drawing them."""
    blocks = [(seed, first, min(_BLOCK, count - first), settings) for first in range(0, count, _BLOCK)]
    parts = sorted(run(_gathered_block, blocks, processes), key=lambda part: part[0])
    rows = [row for _, found in parts for row in found]
    *columns, kinds = zip(*rows, strict=True)
    return People(*map(np.stack, columns), kinds, count)


def describe(people: People) -> str:
    """A table in Markdown; limbs beside the means of Human3.6M's training subjects."""
    relative = people.joints - people.joints[:, :1]
    extent = np.ptp(people.joints, axis=1)
    lines = ["| what | 5 % | median | 95 % |", "|---|---|---|---|"]
    for name, values, unit in (
        ("height of the pose along the picture", extent[:, 1], "mm"),
        ("width of the pose along the picture", extent[:, 0], "mm"),
        ("depth from the nearest to the farthest joint", extent[:, 2], "mm"),
        ("joint in front of (-) or behind (+) the pelvis", relative[:, 1:, 2].ravel(), "mm"),
        ("distance of the pelvis", people.joints[:, SKELETON.root, 2], "mm"),
        ("field of view", 2 * np.degrees(np.arctan(0.5 / people.focal)), "degrees"),
        ("pitch of the camera, downwards positive", np.degrees(np.arcsin(-people.up[:, 2])), "degrees"),
    ):
        low, middle, high = np.percentile(values, _PERCENTILES)
        lines.append(f"| {name}, {unit} | {low:.0f} | {middle:.0f} | {high:.0f} |")
    lines += ["", *_shares(people), "", *_limbs(people.joints)]
    return "\n".join(lines)


def facing(joints: np.ndarray) -> np.ndarray:
    """Where people face, (N,) degrees about the vertical from hips and spine: 0 to the camera, 90 to the left of the
    picture.

    joints: (N, 17, 3) in the camera frame.
    """
    hips = joints[:, SKELETON.index("left_hip")] - joints[:, SKELETON.index("right_hip")]
    spine = joints[:, SKELETON.index("spine")] - joints[:, SKELETON.index("pelvis")]
    ahead = np.cross(hips, spine)
    return np.degrees(np.arctan2(-ahead[:, 0], -ahead[:, 2]))


def _shares(people: People) -> list[str]:
    truncated, covered = ~people.seen, people.hidden
    quarters = np.floor((facing(people.joints) + 45) / 90).astype(int) % 4
    lines = ["| share of | |", "|---|---|"]
    lines.append(f"| pictures with somebody | {len(people.joints) / people.pictures:.1%} |")
    lines.append(f"| people with a joint outside the picture | {truncated.any(1).mean():.1%} |")
    lines.append(f"| joints outside the picture | {truncated.mean():.1%} |")
    lines.append(f"| people with a joint behind an occluder | {covered.any(1).mean():.1%} |")
    lines.append(f"| joints behind an occluder | {covered.mean():.1%} |")
    lines += [f"| people who face {name} | {(quarters == i).mean():.1%} |" for i, name in enumerate(_QUARTERS)]
    kinds = Counter(people.kinds)
    return lines + [f"| {kind} poses | {number / len(people.kinds):.1%} |" for kind, number in kinds.most_common()]


def _limbs(joints: np.ndarray) -> list[str]:
    lengths = SKELETON.bone_lengths(joints)
    lines = ["| limb | mean, mm | sd, mm | Human3.6M, mm |", "|---|---|---|---|"]
    for (_, child), values in zip(SKELETON.bones, lengths.T, strict=True):
        name = SKELETON.joints[child]
        lines.append(f"| to {name} | {values.mean():.0f} | {values.std():.0f} | {MEAN_BONE_LENGTHS_MM[name]:.0f} |")
    return lines


def _gathered_block(block: tuple[int, int, int, SyntheticSettings]) -> tuple[int, Sequence[tuple]]:
    seed, first, count, settings = block
    rows = []
    for number in range(first, first + count):
        staged = stage(seed, number, settings)
        if staged is not None:
            labels = labels_of(staged)
            focal = staged.camera.fx / staged.camera.width
            rows.append(
                (
                    staged.person.frame.joints,
                    labels.weights[:, 0] > 0,
                    labels.hidden,
                    staged.up,
                    focal,
                    staged.person.kind,
                )
            )
    return first, rows
