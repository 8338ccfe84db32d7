"""Depth that a teacher network saw in photographs with 2D joints, kept where its 2D agrees with the annotation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path
from voxelpose.skeleton import get_skeleton

LIMBS = 12  # the limb joints come first in lsp14
_MIRRORED = [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6]
# A joint agrees within so many torsos; a photograph is taught from so many agreeing joints, and its sides are taken to
# be exchanged when so many agree after the exchange and so few before.
_NEAR, _ENOUGH, _FEW = 0.5, 8, 4


@dataclass(frozen=True, eq=False)
class TaughtDepth:
    """What is taught about N photographs.

    image_id: (N,) their numbers. depth_mm: (N, 12) float32, depth of the limb joints in the order of lsp14 relative to
    the middle of the hips, along the optical axis; NaN where nothing is taught. exchanged: (N,) bool, whether the
    annotation has left and right exchanged; depth_mm is in the order of the corrected annotation.
    """

    image_id: np.ndarray
    depth_mm: np.ndarray
    exchanged: np.ndarray

    def save(self, path: str | Path) -> None:
        """Write the .npz file that `load` reads."""
        with atomic_path(path) as temporary:
            np.savez_compressed(temporary, image_id=self.image_id, depth_mm=self.depth_mm, exchanged=self.exchanged)

    @classmethod
    def load(cls, path: str | Path) -> "TaughtDepth":
        """Read a file that `save` wrote. Raises InputError for any other."""
        try:
            with np.load(path, allow_pickle=False) as file:
                taught = cls(file["image_id"], file["depth_mm"].astype(np.float32), file["exchanged"].astype(bool))
        except (OSError, ValueError, EOFError, KeyError) as error:
            raise InputError(
                f"Expected depths written by tools/assets/teach_depth.py in {path}. Received: {error}."
            ) from None
        count = len(taught.image_id)
        if taught.depth_mm.shape != (count, LIMBS) or taught.exchanged.shape != (count,):
            raise InputError(
                f"Expected depths of {LIMBS} joints of {count} photographs in {path}. "
                f"Received: {taught.depth_mm.shape}."
            )
        return taught

    def rows(self, image_id: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(M, 12) depths and (M,) exchanged of other photographs; NaN and False for those that nothing is known of."""
        place = {number: row for row, number in enumerate(self.image_id.tolist())}
        found = np.array([place.get(number, -1) for number in image_id.tolist()], int)
        known = found >= 0
        return np.where(known[:, None], self.depth_mm[found], np.nan), known & self.exchanged[found]

    def summary(self) -> str:
        """How much is taught, in words."""
        taught = np.isfinite(self.depth_mm)
        return (
            f"{int(taught.any(1).sum())} of {len(self.image_id)} photographs, {int(taught.sum())} joints; left and "
            f"right exchanged in {int(self.exchanged.sum())}"
        )


def exchange_sides(joints: np.ndarray) -> np.ndarray:
    """Joints (..., 14, C) in the order of lsp14 with the names left and right exchanged."""
    return joints[..., [*_MIRRORED, *range(LIMBS, joints.shape[-2])], :]


def agreement(image_id: np.ndarray, joints: np.ndarray, points: np.ndarray, depths: np.ndarray) -> TaughtDepth:
    """What of a teacher's answers is kept.

    joints: (N, 14, 3) annotated x, y in pixels and a flag, in the order of lsp14; points: (N, 12, 2) the teacher's
    pixels; depths: (N, 12) its depths relative to the hips in mm.
    """
    left, right = (get_skeleton("lsp14").index(name) for name in ("left_hip", "right_shoulder"))
    torso = np.linalg.norm(joints[:, right, :2] - joints[:, left, :2], axis=-1)
    as_is, other = (_near(way, points, torso) for way in (joints, exchange_sides(joints)))
    exchanged = (as_is.sum(1) <= _FEW) & (other.sum(1) >= _ENOUGH)
    near = np.where(exchanged[:, None], other, as_is)
    near &= near.sum(1, keepdims=True) >= _ENOUGH
    return TaughtDepth(image_id, np.where(near, depths, np.nan).astype(np.float32), exchanged)


def _near(joints: np.ndarray, points: np.ndarray, torso: np.ndarray) -> np.ndarray:
    known = joints[:, :LIMBS, 2] > 0
    return known & (np.linalg.norm(joints[:, :LIMBS, :2] - points, axis=-1) < _NEAR * torso[:, None])
