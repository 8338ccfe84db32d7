"""People drawn on demand: a picture and the exact 3D joints behind it, from a seed and a number."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from voxelpose.data.example import Example
from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.backgrounds import sample_background
from voxelpose.synthetic.bank import BodyBank
from voxelpose.synthetic.body import PosedBody
from voxelpose.synthetic.clothing import LimbCoordinates, sample_outfit
from voxelpose.synthetic.effects import photograph
from voxelpose.synthetic.occluders import occlude
from voxelpose.synthetic.poses import PoseDistribution, Recordings
from voxelpose.synthetic.scene import Light, draw_body, over

SKELETON = H36M17


@dataclass(frozen=True)
class SyntheticSettings:
    """What is drawn. Everything that changes a picture is here, so equal settings and seeds give equal pictures.

    picture: side in pixels; person_free, occluded, truncated, accompanied: shares of pictures without anybody, with
    something in front, cut by the frame, with a second person behind. backgrounds: folder of photographs; garments:
    folder of MakeHuman clothes; recordings: files of motion capture that half of the poses come from.
    """

    picture: int = 160
    person_free: float = 0.08
    occluded: float = 0.25
    truncated: float = 0.12
    accompanied: float = 0.1
    backgrounds: str | None = None
    garments: str | None = None
    recordings: tuple[str, ...] = ()

    def __post_init__(self):
        shares = (self.person_free, self.occluded, self.truncated, self.accompanied)
        if not all(0 <= share <= 1 for share in shares) or self.picture < 16:
            raise InputError(f"Expected shares between 0 and 1 and a picture of 16 pixels or more. Received: {self}.")


@dataclass(frozen=True, eq=False)
class _View:
    """A person before the camera, mm, and the camera of the picture."""

    body: PosedBody
    camera: Camera


def draw_person(seed: int, index: int, settings: SyntheticSettings) -> Example:
    """Picture number `index` of a seed: a function of its arguments alone, whatever was drawn before."""
    rng = np.random.default_rng([seed, index])
    size = settings.picture
    picture = sample_background(size, rng, settings.backgrounds)
    if rng.random() < settings.person_free:
        return _nobody(picture, rng, settings)
    light = Light.sample(rng)
    view = _stage(settings, rng)
    if rng.random() < settings.accompanied:
        picture = over(picture, _companion(view.camera, light, settings, rng))
    picture = _shadow(picture, view, rng)
    picture = over(picture, _dressed(view, light, settings, rng))
    if rng.random() < settings.occluded:
        picture = occlude(picture, rng, settings.backgrounds)
    return _example(photograph(picture, rng), view)


def _nobody(picture: np.ndarray, rng: np.random.Generator, settings: SyntheticSettings) -> Example:
    for _ in range(rng.integers(0, 4)):
        picture = occlude(picture, rng, settings.backgrounds)
    nothing = np.zeros((len(SKELETON), 3), np.float32)
    return Example(photograph(picture, rng), nothing, nothing.copy(), False, "synthetic")


def _stage(settings: SyntheticSettings, rng: np.random.Generator) -> _View:
    """A posed body somewhere before a camera of any height, tilt and focal length, and the picture around it."""
    posed = _posed(settings, rng)
    turn = _tilt(np.clip(rng.normal(0.12, 0.28), -0.6, 1.1), np.clip(rng.normal(0, 0.12), -0.4, 0.4))
    joints, vertices = posed.joints @ turn.T, posed.vertices @ turn.T
    extent = np.ptp(joints, axis=0)[:2].max()
    distance = rng.uniform(2.0, 7.0) * max(extent, 900.0)
    place = distance * np.array([rng.normal(0, 0.15), rng.normal(0, 0.1), 1.0])
    body = PosedBody((vertices + place).astype(np.float32), (joints + place).astype(np.float32))
    wide = Camera(1000.0, 1000.0, 0.0, 0.0, 1, 1)
    pixels = wide.project(body.joints)
    low, high = pixels.min(0), pixels.max(0)
    longest = (high - low).max()
    side = longest * rng.uniform(1.35, 1.55)
    centre = (low + high) / 2 + rng.normal(0, 0.02, 2) * longest
    if rng.random() < settings.truncated:
        centre += rng.choice([-1, 1], 2) * rng.uniform(0.1, 0.3, 2) * longest * rng.permutation([1, 0.3])
        side *= rng.uniform(0.6, 0.95)
    matrix = Crop.around(centre, side, settings.picture).matrix
    scale = matrix[0, 0]
    return _View(body, Camera(1000 * scale, 1000 * scale, *matrix[:, 2], settings.picture, settings.picture))


def _posed(settings: SyntheticSettings, rng: np.random.Generator) -> PosedBody:
    bank = _bank()
    source = _recordings(settings.recordings) if settings.recordings and rng.random() < 0.5 else _poses()
    body = bank.body(bank.sample_identity(rng))
    return body.posed(source.sample(rng).positions, rng)


def _companion(camera: Camera, light: Light, settings: SyntheticSettings, rng: np.random.Generator) -> np.ndarray:
    """Somebody else, behind and beside, as RGBA."""
    posed = _posed(settings, rng)
    span = camera.width / camera.fx
    distance = 1700 / span * rng.uniform(1.0, 2.0)
    centre = camera.rays(np.full(2, camera.width / 2.0))
    place = centre * distance + np.array([rng.choice([-1, 1]) * rng.uniform(0.25, 0.6) * span * distance, 0, 0])
    moved = PosedBody((posed.vertices + place).astype(np.float32), posed.joints)
    return _dressed(_View(moved, camera), light, settings, rng)


def _dressed(view: _View, light: Light, settings: SyntheticSettings, rng: np.random.Generator) -> np.ndarray:
    bank = _bank()
    outfit = sample_outfit(_limbs(), bank.body(np.zeros(len(bank.components))), rng)
    rest = bank.mean[: len(bank.parts)]
    return draw_body(view.body, rest, bank.faces, outfit, view.camera, light, rng)


def _shadow(picture: np.ndarray, view: _View, rng: np.random.Generator) -> np.ndarray:
    """Darken the ground under the lowest part of the person in half of the pictures."""
    if rng.random() < 0.5:
        return picture
    lowest = view.body.vertices[view.body.vertices[:, 1].argmax()]
    x, y = view.camera.project(lowest)
    width = view.camera.fx / lowest[2] * rng.uniform(250, 600)
    mask = np.zeros(picture.shape[:2], np.float32)
    axes = (max(int(width), 1), max(int(width * rng.uniform(0.15, 0.4)), 1))
    cv2.ellipse(mask, (int(x), int(y)), axes, 0, 0, 360, float(rng.uniform(0.2, 0.7)), -1)
    mask = cv2.GaussianBlur(mask, (0, 0), max(width * 0.15, 0.5))
    return (picture * (1 - mask[..., None])).astype(np.uint8)


def _example(picture: np.ndarray, view: _View) -> Example:
    camera, joints, root = view.camera, view.body.joints.astype(np.float64), SKELETON.root
    axis = Crop(np.eye(2, 3), camera.width).facing(camera).depth_axis
    depth = joints @ axis
    pixels = camera.project(joints)
    inside = ((pixels >= -0.5) & (pixels <= camera.width - 0.5)).all(-1)
    positions = np.column_stack([pixels, depth - depth[root]]).astype(np.float32)
    weights = np.repeat(inside[:, None], 3, axis=1).astype(np.float32)
    told = np.array([camera.fx, camera.fy, camera.cx, camera.cy, depth[root]], np.float32)
    return Example(picture, positions, weights, True, "synthetic", told)


def _tilt(pitch: float, roll: float) -> np.ndarray:
    """Rotation that shows the person from above (pitch > 0) and turned in the image plane, radians."""
    c, s = np.cos(pitch), np.sin(pitch)
    around_x = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    c, s = np.cos(roll), np.sin(roll)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ around_x


@cache
def _bank() -> BodyBank:
    return BodyBank.load()


@cache
def _poses() -> PoseDistribution:
    return PoseDistribution.load()


@cache
def _recordings(paths: tuple[str, ...]) -> Recordings:
    return Recordings.load(paths)


@cache
def _limbs() -> LimbCoordinates:
    bank = _bank()
    return LimbCoordinates.of(bank.body(np.zeros(len(bank.components))), bank.parts)
