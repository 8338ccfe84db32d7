"""Meshes as they are drawn, each with its own paint, and several of them as one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voxelpose.synthetic.clothing.painted import SKIN, Outfit
from voxelpose.synthetic.rendering.raster import Fragments


@dataclass(frozen=True, eq=False)
class Coat:
    """What paint says of P pixels: colors (P, 3) in 0..255, bumps (P, 3) added to the normals, gloss (P,)."""

    colors: np.ndarray
    bumps: np.ndarray
    gloss: np.ndarray


class Paint(Protocol):
    """Colours a mesh. Fragments carry face numbers of that mesh."""

    def coat(self, fragments: Fragments) -> Coat: ...

    @property
    def opaque(self) -> bool:
        """Whether no part of the mesh is see-through."""
        ...

    def solid(self, fragments: Fragments) -> np.ndarray:
        """Which fragments (P,) are not see-through; asked only if not all are."""
        ...


@dataclass(frozen=True, eq=False)
class Surface:
    """vertices, normals: (V, 3) in the camera frame, mm; faces: (F, 3); two_sided: seen from behind, too; nearer: mm
    by which it wins against what lies as deep, so that cloth hides the skin that it touches."""

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    paint: Paint
    two_sided: bool = False
    nearer: float = 0.0


@dataclass(frozen=True, eq=False)
class BodyPaint:
    """Skin and clothes that are painted on the body; rest: (V, 3) mm, where patterns lie; waves, phases of folds."""

    rest: np.ndarray
    faces: np.ndarray
    outfit: Outfit
    waves: np.ndarray
    phases: np.ndarray

    @classmethod
    def sample(cls, rest: np.ndarray, faces: np.ndarray, outfit: Outfit, rng: np.random.Generator) -> "BodyPaint":
        waves, phases = rng.normal(0, 1 / 28, (3, 3)), rng.uniform(0, 2 * np.pi, 3)
        return cls(rest, faces, outfit, waves.astype(np.float32), phases.astype(np.float32))

    def coat(self, fragments: Fragments) -> Coat:
        nearest = self.faces[fragments.face, fragments.weights.argmax(1)]
        layer = self.outfit.layer[nearest]
        place = fragments.interpolate(self.rest, self.faces)
        colors, folds = np.zeros((len(layer), 3), np.float32), np.zeros(len(layer), np.float32)
        for index, fabric in self.outfit.fabrics.items():
            members = np.flatnonzero(layer == index)
            if len(members):
                colors[members], folds[members] = fabric.paint(place[members]), fabric.folds
        skin = np.flatnonzero(layer == SKIN)
        bare = colors[skin]
        self.outfit.face.paint(bare, place[skin])
        colors[skin] = bare
        return Coat(colors, folds[:, None] * self._wrinkles(place), np.where(layer == SKIN, 1.0, 0.5))

    @property
    def opaque(self) -> bool:
        return True

    def solid(self, fragments: Fragments) -> np.ndarray:
        return np.ones(len(fragments.face), bool)

    def _wrinkles(self, place: np.ndarray) -> np.ndarray:
        """Smooth random directions (P, 3) over the cloth, of length up to about 1."""
        bends = np.sin(place @ self.waves.T + self.phases + 1.5 * np.sin(place[:, [1]] / 60 + self.phases))
        return np.float32(0.6) * bends


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) that point outwards; zero where no face is."""
    a, b, c = (vertices[faces[:, i]].T for i in range(3))
    u, v = b - a, c - a
    across = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    corners = faces.T.ravel()
    sums = np.stack([np.bincount(corners, np.tile(axis, 3), len(vertices)) for axis in across], axis=-1)
    return (sums / np.maximum(np.sqrt((sums**2).sum(1, keepdims=True)), 1e-9)).astype(np.float32)
