"""Drawn backgrounds in true perspective: rooms with furniture, land under a sky, and plain blurred ones."""

from functools import lru_cache

import cv2
import numpy as np

from voxelpose.geometry import Camera
from voxelpose.synthetic.scenery.ground import Ground
from voxelpose.synthetic.scenery.materials import (
    FLOORS,
    LAND,
    LEAVES,
    SKIES,
    THINGS,
    WALLS,
    Material,
    noise,
    sample_color,
    smooth_noise,
)

_FAR_MM = 1e6


def sample_scenery(camera: Camera, ground: Ground, depth: float, rng: np.random.Generator) -> np.ndarray:
    """A background (S, S, 3) uint8 RGB whose floor is `ground`; depth: mm, where the person stands."""
    view = _View.of(camera, ground, rng)
    kind = rng.random() if ground.below_camera else 1.0
    if kind < 0.5:
        picture = _room(view, depth, rng)
    elif kind < 0.85:
        picture = _land(view, depth, rng)
    else:
        picture = _blurred(camera.width, rng)
    picture = picture * _unevenness(camera.width, rng)[..., None]
    if rng.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 2.2) * camera.width / 160)
    return np.clip(picture * rng.uniform(0.75, 1.25), 0, 255).astype(np.uint8)


class _View:
    """The rays of all pixels along two level axes and upwards: (P,) each; a ray times t is t mm deep."""

    def __init__(self, along: np.ndarray, across: np.ndarray, up: np.ndarray, level: float, camera: Camera):
        self.along, self.across, self.up, self.level, self.camera = along, across, up, level, camera

    @classmethod
    def of(cls, camera: Camera, ground: Ground, rng: np.random.Generator) -> "_View":
        """The first level axis points away from the viewer, turned at random by up to 40 degrees."""
        forward = np.array([0.0, 0.0, 1.0]) - ground.up[2] * ground.up
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, ground.up)
        yaw = rng.uniform(-0.7, 0.7)
        axes = np.stack([
            np.cos(yaw) * forward + np.sin(yaw) * right, np.cos(yaw) * right - np.sin(yaw) * forward, ground.up
        ])  # fmt: skip
        rays = camera.rays(_grid(camera.width)) @ axes.T
        return cls(*np.ascontiguousarray(rays.T, np.float32), ground.level, camera)

    def paint(self, picture: np.ndarray, nearest: np.ndarray, t: np.ndarray, where: np.ndarray, a, b, material) -> None:
        """Paint a plane seen at depth t (P,) wherever it is `where` and nearer than what was painted before."""
        seen = np.flatnonzero(where & (t > 0) & (t < nearest))
        nearest[seen] = t[seen]
        at = t[seen]
        picture[seen] = material.paint(a[seen] * at, b[seen] * at, at / self.camera.fx)

    def floor_depth(self) -> np.ndarray:
        """Depth (P,) of the floor; infinite above the horizon."""
        with np.errstate(divide="ignore"):
            return np.where(self.up < -1e-6, self.level / np.minimum(self.up, -1e-6), np.inf)


def _room(view: _View, depth: float, rng: np.random.Generator) -> np.ndarray:
    size = view.camera.width
    picture, nearest = np.zeros((size * size, 3), np.float32), np.full(size * size, np.inf, np.float32)
    everywhere = np.ones(size * size, bool)
    floor = Material.sample(FLOORS, ("plain", "tiles", "checks", "planks", "planks", "patches"), rng)
    view.paint(picture, nearest, view.floor_depth(), everywhere, view.along, view.across, floor)
    wall = Material.sample(WALLS, ("plain", "plain", "plain", "plain", "bricks", "tiles", "bars", "patches"), rng)
    width = depth * size / view.camera.fx
    back = depth + rng.uniform(400, 4000)
    side = rng.choice([-1, 1]) * rng.uniform(0.3, 1.5) * width
    for ray, other, distance in ((view.along, view.across, back), (view.across, view.along, side)):
        with np.errstate(divide="ignore", invalid="ignore"):
            t = distance / ray
        view.paint(picture, nearest, t, everywhere, other, view.up, wall)
        _decorate(view, picture, nearest, t, other, width, rng)
        wall = Material(wall.colors * rng.uniform(0.75, 1.0), wall.pattern, wall.period, wall.roughness)
    with np.errstate(divide="ignore", invalid="ignore"):
        ceiling = (view.level + rng.uniform(2500, 3500)) / view.up
    view.paint(
        picture, nearest, ceiling, everywhere, view.along, view.across, Material.sample(WALLS[:3], ("plain",), rng)
    )
    for _ in range(rng.integers(0, 5)):
        _box(view, picture, nearest, depth, width, rng)
    return picture.reshape(size, size, 3)


def _decorate(view: _View, picture, nearest, t, along, width: float, rng: np.random.Generator) -> None:
    """Windows, doors and pictures on a wall: rectangles with a frame."""
    height = view.up * t - view.level
    place = along * t
    for _ in range(rng.integers(0, 4)):
        left, wide = rng.uniform(-1.0, 0.8) * width, rng.uniform(200, 1500)
        low, high = (0.0, 2050.0) if rng.random() < 0.3 else np.sort(rng.uniform(600, 2600, 2))
        thing = Material.sample(SKIES if rng.random() < 0.3 else THINGS, ("plain", "patches", "windows"), rng)
        frame = Material.sample(WALLS, ("plain",), rng)
        for grow, material in ((rng.uniform(20, 90), frame), (0.0, thing)):
            where = (
                (place > left - grow) & (place < left + wide + grow) & (height > low - grow) & (height < high + grow)
            )
            seen = np.flatnonzero(where & (t > 0) & (t <= nearest))
            at = t[seen]
            picture[seen] = material.paint(along[seen] * at, view.up[seen] * at, at / view.camera.fx)


def _box(view: _View, picture, nearest, depth: float, width: float, rng: np.random.Generator) -> None:
    """Furniture behind the person: a box on the floor, each side lit differently."""
    size = np.array([rng.uniform(200, 1200), rng.uniform(200, 1600), rng.uniform(250, 1600)], np.float32)
    low = np.array([depth + rng.uniform(300, 2500), rng.uniform(-1.0, 1.0) * width - size[1] / 2, view.level])
    low = low.astype(np.float32)
    material = Material.sample(THINGS, ("plain", "plain", "planks", "bars", "patches"), rng)
    sides = rng.uniform(0.55, 1.0, 3)
    # Rays that pass beside the box need no further look.
    with np.errstate(divide="ignore", invalid="ignore"):
        beside = view.across / view.along
    near = (beside * low[0] < low[1] + size[1]) | (beside * (low[0] + size[0]) < low[1] + size[1])
    near &= (beside * low[0] > low[1]) | (beside * (low[0] + size[0]) > low[1])
    chosen = np.flatnonzero(near & (view.along > 0))
    rays = np.stack([view.along[chosen], view.across[chosen], view.up[chosen]])
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = low[:, None] / rays, (low + size)[:, None] / rays
    entries = np.minimum(first, second)
    t, side = np.maximum(np.maximum(entries[0], entries[1]), entries[2]), entries.argmax(0)
    exits = np.maximum(first, second)
    hit = t < np.minimum(np.minimum(exits[0], exits[1]), exits[2])
    hit &= (t > 0) & (t < nearest[chosen])
    for axis, brightness in enumerate(sides):
        seen = np.flatnonzero(hit & (side == axis))
        at = t[seen]
        a, b = rays[(axis + 1) % 3, seen] * at, rays[(axis + 2) % 3, seen] * at
        picture[chosen[seen]] = brightness * material.paint(a, b, at / view.camera.fx)
        nearest[chosen[seen]] = at


def _land(view: _View, depth: float, rng: np.random.Generator) -> np.ndarray:
    size = view.camera.width
    azimuth = view.across / np.maximum(np.hypot(view.along, view.across), 1e-6)
    elevation = view.up / np.maximum(np.hypot(view.along, view.across), 1e-6)
    above, horizon = sample_color(SKIES, rng), rng.uniform(190, 240, 3)
    clouds = rng.uniform(0, 25) * smooth_noise(60 * elevation + 900, 40 * azimuth + 900)
    rise = np.clip(elevation / 0.6, 0, 1)[:, None]
    picture = (horizon + rise * (above - horizon) + clouds[:, None]).astype(np.float32)
    nearest = np.full(size * size, _FAR_MM, np.float32)
    everywhere = np.ones(size * size, bool)
    ground = Material.sample(LAND, ("plain", "patches", "patches", "tiles"), rng)
    view.paint(picture, nearest, view.floor_depth(), everywhere, view.along, view.across, ground)
    for _ in range(rng.integers(1, 4)):
        _silhouette(picture, azimuth, elevation, rng)
    if rng.random() < 0.35:
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (depth + rng.uniform(1500, 15000)) / view.along
        tall = view.up * t - view.level < rng.uniform(2500, 12000)
        house = Material.sample(WALLS, ("windows", "windows", "bricks", "plain"), rng)
        house = Material(house.colors, house.pattern, rng.uniform(1500, 4000), house.roughness)
        view.paint(picture, nearest, t, tall, view.across, view.up, house)
    width = depth * size / view.camera.fx
    for _ in range(rng.integers(0, 3)):
        _box(view, picture, nearest, depth, width, rng)
    return picture.reshape(size, size, 3)


def _silhouette(picture: np.ndarray, azimuth: np.ndarray, elevation: np.ndarray, rng: np.random.Generator) -> None:
    """Trees, bushes or hills in front of the sky."""
    waves, phases = rng.uniform(3, 45, 4), rng.uniform(0, 6.3, 4)
    height, ragged, contrast = rng.uniform(0.02, 0.3), rng.uniform(0, 0.02), rng.uniform(4, 18)
    low = np.flatnonzero((elevation > -0.02) & (elevation < 2.3 * height + 0.1))
    place, over = azimuth[low], elevation[low]
    skyline = height * (1 + 0.3 * sum(np.sin(w * place + p) for w, p in zip(waves, phases, strict=True)))
    inside = over < skyline + ragged * noise(400 * place + 700, np.zeros_like(place))
    leaves = contrast * noise(330 * over[inside] + 500, 330 * place[inside] + 500)
    picture[low[inside]] = sample_color(LEAVES, rng) + leaves[:, None]


def _blurred(size: int, rng: np.random.Generator) -> np.ndarray:
    """What lies far out of focus, or a studio's wall."""
    palette = (WALLS, FLOORS, LAND, LEAVES, THINGS)[rng.integers(5)]
    cells = int(rng.integers(2, 8))
    colors = np.stack([sample_color(palette, rng) for _ in range(cells * cells)]).reshape(cells, cells, 3)
    plain = sample_color(palette, rng)
    colors = plain + rng.uniform(0.1, 1.0) * (colors - plain)
    return cv2.resize(colors.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)


def _unevenness(size: int, rng: np.random.Generator) -> np.ndarray:
    """Light that falls off over the picture, (S, S) around 1."""
    corners = 1 + rng.normal(0, 0.12, (2, 3)).astype(np.float32)
    return cv2.resize(corners, (size, size), interpolation=cv2.INTER_CUBIC)


@lru_cache(maxsize=4)
def _grid(size: int) -> np.ndarray:
    """Pixels (size * size, 2) x, y, row by row."""
    rows, columns = np.divmod(np.arange(size * size), size)
    return np.stack([columns, rows], axis=-1).astype(np.float64)
