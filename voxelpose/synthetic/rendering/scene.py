"""Meshes before a camera, lit, as a picture with soft edges."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from voxelpose.geometry import Camera
from voxelpose.synthetic.rendering.raster import Fragments, rasterise
from voxelpose.synthetic.rendering.surface import Coat, Surface
from voxelpose.synthetic.scenery.light import Light

_SUPERSAMPLING = 2


@dataclass(frozen=True, eq=False)
class _Part:
    """A surface as a range of faces, first to end - 1, of all that is drawn."""

    surface: Surface
    first: int
    end: int

    def own(self, fragments: Fragments) -> tuple[np.ndarray, Fragments]:
        """Which of the fragments (P,) show this surface, and those, with its own numbers of faces."""
        members = np.flatnonzero((fragments.face >= self.first) & (fragments.face < self.end))
        own = fragments.select(members)
        return members, replace(own, face=own.face - self.first)


def draw(surfaces: Sequence[Surface], camera: Camera, light: Light) -> np.ndarray:
    """Surfaces as RGBA, (height, width, 4) float32, colours premultiplied, 0 to 255.

    camera: of the finished picture, whose size it has.
    """
    height, width = camera.height * _SUPERSAMPLING, camera.width * _SUPERSAMPLING
    ends = np.cumsum([len(surface.faces) for surface in surfaces])
    parts = [_Part(one, end - len(one.faces), end) for one, end in zip(surfaces, ends, strict=True)]
    canvas = np.zeros((height, width, 4), np.float32)
    found = _visible(parts, camera, height, width)
    for part in parts:
        _, own = part.own(found)
        if len(own.rows):
            canvas[own.rows, own.columns, :3] = _shade(part.surface, own, light)
            canvas[own.rows, own.columns, 3] = 255
    return cv2.resize(canvas, (camera.width, camera.height), interpolation=cv2.INTER_AREA)


def _visible(parts: Sequence[_Part], camera: Camera, height: int, width: int) -> Fragments:
    """What each pixel of the finer picture shows."""
    surfaces = [part.surface for part in parts]
    vertices = np.concatenate([surface.vertices for surface in surfaces])
    starts = np.cumsum([0, *(len(surface.vertices) for surface in surfaces[:-1])])
    faces = np.concatenate([surface.faces + start for surface, start in zip(surfaces, starts, strict=True)])
    sizes = [part.end - part.first for part in parts]
    nearer = np.repeat(np.array([surface.nearer for surface in surfaces], np.float32), sizes)
    two_sided = np.repeat([surface.two_sided for surface in surfaces], sizes)
    see_through = [part for part in parts if not part.surface.paint.opaque]

    def keep(fragments: Fragments) -> np.ndarray:
        kept = np.ones(len(fragments.face), bool)
        for part in see_through:
            members, own = part.own(fragments)
            kept[members] = part.surface.paint.solid(own)
        return kept

    # Pixel i of the picture covers pixels 2 i and 2 i + 1 of the finer one.
    pixels = (camera.project(vertices) + 0.5) * _SUPERSAMPLING - 0.5
    return rasterise(pixels, vertices[:, 2], faces, height, width, two_sided, nearer, keep if see_through else None)


def over(background: np.ndarray, figure: np.ndarray) -> np.ndarray:
    """A premultiplied RGBA figure laid over an RGB image, (H, W, 3) uint8."""
    mixed = background * (1 - figure[..., 3:] / 255) + figure[..., :3]
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _shade(surface: Surface, fragments: Fragments, light: Light) -> np.ndarray:
    """Colours (P, 3) of the covered pixels."""
    normal = fragments.interpolate(surface.normals, surface.faces)
    view = _unit(fragments.interpolate(surface.vertices, surface.faces))
    if surface.two_sided:
        normal = np.where((normal * view).sum(1, keepdims=True) > 0, -normal, normal)
    coat: Coat = surface.paint.coat(fragments)
    return light.shade(coat, _unit(normal + coat.bumps), view)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.sqrt((vectors * vectors).sum(1, keepdims=True)), 1e-6)
