"""Light on a dressed body, and its picture with soft edges."""

from dataclasses import dataclass

import cv2
import numpy as np

from voxelpose.geometry import Camera
from voxelpose.synthetic.body import PosedBody
from voxelpose.synthetic.clothing import Outfit
from voxelpose.synthetic.raster import Fragments, rasterise

_SUPERSAMPLING = 2


@dataclass(frozen=True, eq=False)
class Light:
    """ambient: (3,) and key: (3,) colours around 1; direction: (3,) unit vector from the key light to the scene;
    rim: strength of light from behind along the outline; shine: strength of highlights."""

    ambient: np.ndarray
    key: np.ndarray
    direction: np.ndarray
    rim: float
    shine: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> "Light":
        """Light from above more often than from below, dim or bright, warm or cold."""
        direction = rng.normal(0, 1, 3) + np.array([0.0, 1.0, 0.6])
        warmth = 1 + rng.normal(0, 0.06) * np.array([1.0, 0.0, -1.0])
        brightness, contrast = rng.uniform(0.8, 1.25), rng.uniform(0.35, 0.95)
        return cls(
            brightness * (1 - contrast) / warmth,
            brightness * contrast * 1.5 * warmth,
            direction / np.linalg.norm(direction),
            rng.uniform(0, 0.35) if rng.random() < 0.4 else 0.0,
            rng.uniform(0, 0.35),
        )


def draw_body(
    body: PosedBody,
    rest: np.ndarray,
    faces: np.ndarray,
    outfit: Outfit,
    camera: Camera,
    light: Light,
    rng: np.random.Generator,
) -> np.ndarray:
    """A body (vertices in the camera frame, mm) as RGBA, (height, width, 4) float32, colours premultiplied, 0 to 255.

    rest: (V, 3) the same vertices in the rest pose, where patterns lie. camera: of the finished picture.
    """
    normals = vertex_normals(body.vertices, faces)
    vertices = body.vertices + normals * outfit.offset[:, None]
    height, width = camera.height * _SUPERSAMPLING, camera.width * _SUPERSAMPLING
    # Pixel i of the picture covers pixels 2 i and 2 i + 1 of the finer one.
    pixels = (camera.project(vertices) + 0.5) * _SUPERSAMPLING - 0.5
    fragments = rasterise(pixels, vertices[:, 2], faces, height, width)
    canvas = np.zeros((height, width, 4), np.float32)
    if len(fragments.rows):
        colors = _shade(fragments, vertices, rest, normals, faces, outfit, light, rng)
        canvas[fragments.rows, fragments.columns, :3] = colors
        canvas[fragments.rows, fragments.columns, 3] = 255
    return cv2.resize(canvas, (camera.width, camera.height), interpolation=cv2.INTER_AREA)


def over(background: np.ndarray, figure: np.ndarray) -> np.ndarray:
    """A premultiplied RGBA figure laid over an RGB image, (H, W, 3) uint8."""
    mixed = background * (1 - figure[..., 3:] / 255) + figure[..., :3]
    return np.clip(mixed, 0, 255).astype(np.uint8)


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) that point outwards; zero where no face is."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    face_normals = np.cross(b - a, c - a)
    sums = [sum(np.bincount(faces[:, i], face_normals[:, axis], len(vertices)) for i in range(3)) for axis in range(3)]
    normals = np.stack(sums, axis=-1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _shade(
    fragments: Fragments,
    vertices: np.ndarray,
    rest: np.ndarray,
    normals: np.ndarray,
    faces: np.ndarray,
    outfit: Outfit,
    light: Light,
    rng: np.random.Generator,
) -> np.ndarray:
    """Colours (P, 3) of the covered pixels."""
    nearest = faces[fragments.face, fragments.weights.argmax(1)]
    place = fragments.interpolate(rest, faces)
    normal = fragments.interpolate(normals, faces)
    view = fragments.interpolate(vertices, faces)
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    color, folds = _paint(outfit, outfit.layer[nearest], place)
    normal = normal + folds[:, None] * _wrinkles(place, rng)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    diffuse = np.clip(-normal @ light.direction, 0, 1)
    reflected = light.direction - 2 * (normal @ light.direction)[:, None] * normal
    shine = light.shine * np.clip(-(reflected * view).sum(1), 0, 1) ** 12
    rim = light.rim * (1 - np.clip(-(normal * view).sum(1), 0, 1)) ** 3
    lit = color * (light.ambient + diffuse[:, None] * light.key) + 255 * (shine + rim)[:, None] * light.key
    return np.clip(lit, 0, 255)


def _paint(outfit: Outfit, layer: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    color, folds = np.zeros((len(layer), 3), np.float32), np.zeros(len(layer), np.float32)
    for index, fabric in outfit.fabrics.items():
        members = layer == index
        if members.any():
            color[members], folds[members] = fabric.paint(place[members]), fabric.folds
    return color, folds


def _wrinkles(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smooth random directions (P, 3) over the cloth, of length up to about 1."""
    waves = rng.normal(0, 1 / 28, (3, 3))
    phases = rng.uniform(0, 2 * np.pi, 3)
    bends = np.sin(place @ waves.T + phases + 1.5 * np.sin(place[:, [1]] / 60 + phases))
    return (0.6 * bends).astype(np.float32)
