"""Garments with a mesh of their own: fitted to a body, moved with its skin, painted with their texture."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.body import Body, PosedBody, transformed, turned
from voxelpose.synthetic.clothing.makehuman import Binding, Mesh, read_binding, read_mesh, read_texture
from voxelpose.synthetic.rendering.raster import Fragments
from voxelpose.synthetic.rendering.surface import Coat, Surface, vertex_normals

_TEXTURE_SIDE = 256
_HALF_SOLID = 127
# Without a scale of their own, offsets are MakeHuman's decimetres.
_DECIMETRE = 100.0
# From MakeHuman's axes (y up, facing +z) to those of the body.
_AXES = np.array([1.0, -1.0, -1.0])


class Kind(StrEnum):
    """What a garment is, told by where on the body it is worn."""

    SUIT = "suit"
    SHOES = "shoes"
    HAIR = "hair"


# By how many mm a garment wins against the skin below it: folds of a moving body would poke through.
_NEARER = {Kind.SUIT: 14.0, Kind.SHOES: 10.0, Kind.HAIR: 4.0}


@dataclass(frozen=True, eq=False)
class Garment:
    """One garment; texture: (S, S, 4) uint8 RGBA; normals: (G, 3) on the average body at rest."""

    name: str
    kind: Kind
    binding: Binding
    mesh: Mesh
    texture: np.ndarray
    normals: np.ndarray

    @classmethod
    def load(cls, path: Path, bank: BodyBank) -> "Garment":
        """Read a .mhclo file and what lies beside it. InputError for anything malformed."""
        binding = read_binding(path, len(bank.parts))
        mesh = read_mesh(path.parent / binding.mesh)
        if mesh.count != len(binding.references):
            raise InputError(
                f"Expected as many bound vertices in {path} as {binding.mesh} has vertices, {mesh.count}. "
                f"Received: {len(binding.references)}."
            )
        rest = fitted(binding, bank.average)
        texture = read_texture(path.parent, _TEXTURE_SIDE)
        normals = vertex_normals(rest, mesh.faces)
        return cls(path.stem, _kind_of(rest, bank.average), binding, mesh, texture, normals)

    def worn(self, body: Body, posed: PosedBody, tint: np.ndarray, monochrome: bool = False) -> Surface:
        """The garment on a posed body; tint: (3,) factors on its colours, or its colour if `monochrome`."""
        # Weights outside of [0, 1] place a vertex beside its triangle; as shares of movement they would tear it.
        shares = np.clip(self.binding.weights, 0, 1)
        shares = (shares / np.maximum(shares.sum(1, keepdims=True), 1e-6)).astype(np.float32)
        transforms = (posed.transforms[self.binding.references] * shares[..., None, None]).sum(1)
        vertices = transformed(transforms, fitted(self.binding, body))
        paint = TexturePaint(self.mesh, self.texture, tint.astype(np.float32), monochrome)
        normals = turned(transforms, self.normals)
        return Surface(vertices, normals, self.mesh.faces, paint, True, _NEARER[self.kind])


@dataclass(frozen=True, eq=False)
class TexturePaint:
    """Colours from a texture (S, S, 4) RGBA, times a tint (3,); monochrome: only how bright it is."""

    mesh: Mesh
    texture: np.ndarray
    tint: np.ndarray
    monochrome: bool

    def coat(self, fragments: Fragments) -> Coat:
        colors = self._sampled(fragments)[:, :3].astype(np.float32)
        if self.monochrome:
            solid = self.texture[self.texture[..., 3] > _HALF_SOLID]
            colors = colors.mean(1, keepdims=True) / max(float(solid[:, :3].mean()) if len(solid) else 1.0, 1.0)
        colors = np.minimum(colors * self.tint, 255)
        return Coat(colors, np.zeros_like(colors), np.full(len(colors), 0.4, np.float32))

    @property
    def opaque(self) -> bool:
        return bool((self.texture[..., 3] > _HALF_SOLID).all())

    def solid(self, fragments: Fragments) -> np.ndarray:
        return self._sampled(fragments)[:, 3] > _HALF_SOLID

    def _sampled(self, fragments: Fragments) -> np.ndarray:
        side = len(self.texture)
        u, v = fragments.interpolate(self.mesh.uv, self.mesh.face_uv).T
        columns, rows = (np.floor((value % 1) * side).astype(np.intp) % side for value in (u, 1 - v))
        return self.texture[rows, columns]


def fitted(binding: Binding, body: Body) -> np.ndarray:
    """Vertices (G, 3) float32 mm of a garment on the rest pose of a body."""
    scales = [_DECIMETRE] * 3
    for axis, scale in enumerate(binding.scales):
        if scale is not None:
            first, second, length = scale
            scales[axis] = abs(float(body.vertices[first, axis] - body.vertices[second, axis])) / length
    below = (body.vertices[binding.references] * binding.weights[..., None]).sum(1)
    return (below + binding.offsets * scales * _AXES).astype(np.float32)


@lru_cache(maxsize=4)
def load_garments(folder: str, bank: BodyBank) -> dict[Kind, tuple[Garment, ...]]:
    """All garments below a folder, by kind, in a fixed order. InputError if there is none or one is malformed."""
    garments = [Garment.load(path, bank) for path in sorted(Path(folder).rglob("*.mhclo"))]
    if not garments:
        raise InputError(f"Expected garments (.mhclo) in the folder {folder}. There is none.")
    return {kind: tuple(garment for garment in garments if garment.kind == kind) for kind in Kind}


def _kind_of(fitted: np.ndarray, body: Body) -> Kind:
    """By where it is worn (y points down): hair reaches above the eyes, shoes stay below the knees."""
    heights = dict(zip(body.frame.labels, body.frame.heads[:, 1], strict=True))
    if (fitted[:, 1] < heights["eye.L"]).mean() > 0.05:
        return Kind.HAIR
    return Kind.SHOES if (fitted[:, 1] > heights["lowerleg01.L"]).mean() > 0.95 else Kind.SUIT
