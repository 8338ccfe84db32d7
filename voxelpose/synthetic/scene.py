"""Meshes before a camera, lit, as a picture with soft edges."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from voxelpose.geometry import Camera
from voxelpose.synthetic.light import Light
from voxelpose.synthetic.raster import Fragments, rasterise
from voxelpose.synthetic.surface import Coat, Surface

_SUPERSAMPLING = 2


def draw(surfaces: Sequence[Surface], camera: Camera, light: Light) -> np.ndarray:
    """Surfaces as RGBA, (height, width, 4) float32, colours premultiplied, 0 to 255.

    camera: of the finished picture, whose size it has.
    """
    height, width = camera.height * _SUPERSAMPLING, camera.width * _SUPERSAMPLING
    vertices = np.concatenate([surface.vertices for surface in surfaces])
    sizes = [len(surface.faces) for surface in surfaces]
    firsts = np.cumsum([0, *(len(surface.vertices) for surface in surfaces)])
    faces = np.concatenate([surface.faces + first for surface, first in zip(surfaces, firsts, strict=False)])
    ends = np.cumsum(sizes)

    def by_surface(fragments: Fragments):
        owner = np.searchsorted(ends, fragments.face, side="right")
        for number, surface in enumerate(surfaces):
            members = np.flatnonzero(owner == number)
            if len(members):
                own = fragments.select(members)
                yield surface, members, replace(own, face=own.face - (ends[number] - sizes[number]))

    def keep(fragments: Fragments) -> np.ndarray:
        kept = np.ones(len(fragments.face), bool)
        for surface, members, own in by_surface(fragments):
            solid = surface.paint.solid(own)
            if solid is not None:
                kept[members] = solid
        return kept

    # Pixel i of the picture covers pixels 2 i and 2 i + 1 of the finer one.
    pixels = (camera.project(vertices) + 0.5) * _SUPERSAMPLING - 0.5
    nearer = np.repeat(np.array([surface.nearer for surface in surfaces], np.float32), sizes)
    two_sided = np.repeat([surface.two_sided for surface in surfaces], sizes)
    found = rasterise(pixels, vertices[:, 2], faces, height, width, two_sided, nearer, keep)
    canvas = np.zeros((height, width, 4), np.float32)
    for surface, _, own in by_surface(found):
        canvas[own.rows, own.columns, :3] = _shade(surface, own, light)
        canvas[own.rows, own.columns, 3] = 255
    return cv2.resize(canvas, (camera.width, camera.height), interpolation=cv2.INTER_AREA)


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
