"""Something to sit on: a block from the floor up to the seat of a person in a sitting pose."""

import numpy as np

from voxelpose.skeleton import H36M17
from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.body import PART_NAMES, PosedBody
from voxelpose.synthetic.rendering.raster import Fragments
from voxelpose.synthetic.rendering.surface import Coat, Surface
from voxelpose.synthetic.scenery.ground import Ground
from voxelpose.synthetic.scenery.materials import THINGS, Material

_LOWEST_SEAT_MM = 180.0
# Corners of a unit block (across, ahead, up), and its five visible sides, clockwise in that left-handed frame.
_CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], float)
_SIDES = ((4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6))
_OUTWARDS = np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0]], float)


def seat_under(
    bank: BodyBank, posed: PosedBody, joints: np.ndarray, ground: Ground, rng: np.random.Generator
) -> list[Surface]:
    """A seat for a posed body with joints (17, 3) mm; none where the body sits on the floor."""
    skin = bank.visible[bank.parts[bank.visible] == PART_NAMES.index("pelvis")]
    hips = posed.vertices[skin]
    height = float((hips @ ground.up).min()) - ground.level
    if height < _LOWEST_SEAT_MM:
        return []
    across, ahead = _level_axes(joints, ground.up)
    low = np.array([(hips @ across).min(), (hips @ ahead).min(), ground.level])
    high = np.array([(hips @ across).max(), (hips @ ahead).max(), ground.level + height + 20])
    grow = np.array([rng.uniform(0, 250), rng.uniform(0, 60), 0])
    front = np.array([0, rng.uniform(20, 180), 0])
    axes = np.stack([across, ahead, ground.up])
    corners = (low - grow + _CORNERS * (high - low + 2 * grow + front)) @ axes
    vertices = corners[np.array(_SIDES)].reshape(-1, 3).astype(np.float32)
    normals = np.repeat(_OUTWARDS @ axes, 4, axis=0).astype(np.float32)
    first = 4 * np.arange(len(_SIDES))[:, None]
    faces = np.concatenate([first + (0, 2, 1), first + (0, 3, 2)]).astype(np.int32)
    material = Material.sample(THINGS, ("plain", "plain", "planks", "patches"), rng)
    return [Surface(vertices, normals, faces, _BlockPaint(vertices @ axes.T.astype(np.float32), faces, material))]


def _level_axes(joints: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Level unit vectors: from the right hip to the left one, and to where the person faces."""
    across = joints[H36M17.index("left_hip")] - joints[H36M17.index("right_hip")]
    across = across - (across @ up) * up
    across /= max(float(np.linalg.norm(across)), 1e-6)
    return across, np.cross(across, up)


class _BlockPaint:
    """Paints the sides of a block with one material; place: (V, 3) mm along the block's axes."""

    opaque = True

    def __init__(self, place: np.ndarray, faces: np.ndarray, material: Material):
        self._place, self._faces, self._material = place, faces, material

    def coat(self, fragments: Fragments) -> Coat:
        x, y, z = fragments.interpolate(self._place, self._faces).T
        colors = self._material.paint(x + y, z + y, np.full(len(x), 8.0)).astype(np.float32)
        return Coat(np.clip(colors, 0, 255), np.zeros_like(colors), np.full(len(x), 0.2, np.float32))

    def solid(self, fragments: Fragments) -> np.ndarray:
        return np.ones(len(fragments.face), bool)
