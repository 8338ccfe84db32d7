"""Depth that a teacher network saw in photographs with 2D joints, kept where its 2D agrees with the annotation.

It becomes part of a record when a store is made: `voxelpose prepare lspet-packed ... --option depth=FILE`.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path, sha256
from voxelpose.skeleton import LSP14, rooted_at_hips

LIMBS = 12  # the limb joints come first in lsp14
_HIPS = [LSP14.index("right_hip"), LSP14.index("left_hip")]
# lsp14 with the middle of the hips, to which the taught depth is relative, as its root.
LSP14_HIPS = rooted_at_hips(LSP14)
# A joint agrees within so many torsos; a photograph is taught from so many agreeing joints, and its sides are taken to
# be exchanged when so many agree after the exchange and so few before.
_NEAR, _ENOUGH, _FEW = 0.5, 8, 4


@dataclass(frozen=True, eq=False)
class TaughtDepth:
    """What is taught about N photographs.

    image_id: (N,) their numbers. depth_mm: (N, 12) float32, depth of the limb joints in the order of lsp14 relative to
    the middle of the hips, along the optical axis; NaN where nothing is taught. exchanged: (N,) bool, whether the
    annotation has left and right exchanged; depth_mm is in the order of the corrected annotation. sha256: of the file
    that it was read from.
    """

    image_id: np.ndarray
    depth_mm: np.ndarray
    exchanged: np.ndarray
    sha256: str = ""

    def save(self, path: str | Path) -> None:
        """Write the .npz file that `load` reads."""
        with atomic_path(path) as temporary:
            np.savez_compressed(temporary, image_id=self.image_id, depth_mm=self.depth_mm, exchanged=self.exchanged)

    @classmethod
    def load(cls, path: str | Path) -> "TaughtDepth":
        """Read a file that `save` wrote. Raises InputError for any other."""
        try:
            with np.load(path, allow_pickle=False) as file:
                columns = file["image_id"], file["depth_mm"].astype(np.float32), file["exchanged"].astype(bool)
            taught = cls(*columns, sha256(path))
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

    @cached_property
    def _row(self) -> dict[int, int]:
        return {number: row for row, number in enumerate(self.image_id.tolist())}

    def applied(self, image_id: int, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One photograph's annotation (14, 3), x, y and a flag, as joints (15, 3) and depths (15,) of `LSP14_HIPS`.

        Exchanged sides are corrected; a depth that is not known is NaN, all of them in a photograph of which nothing is
        taught. The middle of the hips is known where both are.
        """
        depth, row = np.full(len(LSP14), np.nan), self._row.get(int(image_id))
        if row is not None:
            depth[:LIMBS] = self.depth_mm[row]
            joints = exchange_sides(joints) if self.exchanged[row] else joints
        middle = np.append(joints[_HIPS, :2].mean(0), joints[_HIPS, 2].min())
        return np.concatenate([joints, middle[None]]), np.append(depth, depth[_HIPS].mean())

    def summary(self) -> str:
        """How much is taught, in words."""
        taught = np.isfinite(self.depth_mm)
        return (
            f"{int(taught.any(1).sum())} of {len(self.image_id)} photographs, {int(taught.sum())} joints; left and "
            f"right exchanged in {int(self.exchanged.sum())}"
        )


def exchange_sides(joints: np.ndarray) -> np.ndarray:
    """Joints (..., 14, C) in the order of lsp14 with the names left and right exchanged."""
    return joints[..., list(LSP14.mirror), :]


def agreement(image_id: np.ndarray, joints: np.ndarray, points: np.ndarray, depths: np.ndarray) -> TaughtDepth:
    """What of a teacher's answers is kept.

    joints: (N, 14, 3) annotated x, y in pixels and a flag, in the order of lsp14; points: (N, 12, 2) the teacher's
    pixels; depths: (N, 12) its depths relative to the hips in mm.
    """
    left, right = (LSP14.index(name) for name in ("left_hip", "right_shoulder"))
    torso = np.linalg.norm(joints[:, right, :2] - joints[:, left, :2], axis=-1)
    as_is, other = (_near(way, points, torso) for way in (joints, exchange_sides(joints)))
    exchanged = (as_is.sum(1) <= _FEW) & (other.sum(1) >= _ENOUGH)
    near = np.where(exchanged[:, None], other, as_is)
    near &= near.sum(1, keepdims=True) >= _ENOUGH
    return TaughtDepth(image_id, np.where(near, depths, np.nan).astype(np.float32), exchanged)


def _near(joints: np.ndarray, points: np.ndarray, torso: np.ndarray) -> np.ndarray:
    known = joints[:, :LIMBS, 2] > 0
    return known & (np.linalg.norm(joints[:, :LIMBS, :2] - points, axis=-1) < _NEAR * torso[:, None])
