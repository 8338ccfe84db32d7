"""People drawn on demand: a picture and the exact 3D joints behind it, from a seed and a number."""

import numpy as np

from voxelpose.data.example import Example
from voxelpose.geometry import Camera
from voxelpose.synthetic.bodies.body import PosedBody
from voxelpose.synthetic.clothing.wardrobe import dress
from voxelpose.synthetic.random_streams import Stream, stream
from voxelpose.synthetic.rendering.effects import photograph
from voxelpose.synthetic.rendering.scene import draw, over
from voxelpose.synthetic.scene_sampling import SKELETON, Person, Staged, cast_of, labels_of, sample_person, stage
from voxelpose.synthetic.scenery.backgrounds import sample_scenery
from voxelpose.synthetic.scenery.ground import Ground
from voxelpose.synthetic.scenery.light import Light
from voxelpose.synthetic.scenery.occluders import occlude, occluder_mask
from voxelpose.synthetic.scenery.photographs import photographic_background
from voxelpose.synthetic.scenery.seat import seat_under
from voxelpose.synthetic.settings import SyntheticSettings

# Raised whenever equal settings give other pictures or labels than before; a pool tells which one drew it.
DRAWING_VERSION = 3
_PHOTOGRAPH_SHARE = 0.8
_SEATED_SHARE = 0.8


def draw_person(seed: int, index: int, settings: SyntheticSettings) -> Example:
    """Picture number `index` of a seed: a function of its arguments alone, whatever was drawn before."""
    staged = stage(seed, index, settings)
    if staged is None:
        picture = _nobody(seed, index, settings)
    else:
        picture = _somebody(staged, seed, index, settings)
    labels = labels_of(staged)
    picture = photograph(picture, stream(seed, index, Stream.LENS))
    known = np.full(labels.joints.shape, labels.present)
    return Example(picture, labels.joints, labels.weights, labels.present, "synthetic", labels.camera, known)


def _nobody(seed: int, index: int, settings: SyntheticSettings) -> np.ndarray:
    rng = stream(seed, index, Stream.SCENE)
    camera, ground = _empty_scene(settings.picture, rng)
    picture = _background(camera, ground, rng.uniform(1500, 6000), settings, rng)
    for _ in range(rng.integers(0, 4)):
        picture = occlude(picture, occluder_mask(settings.picture, rng), _texture(settings, rng))
    return picture


def _somebody(staged: Staged, seed: int, index: int, settings: SyntheticSettings) -> np.ndarray:
    camera, person = staged.camera, staged.person
    bank, _ = cast_of(settings)
    body = bank.body(person.identity)
    posed = body.posed(person.frame)
    ground = Ground.under(posed.vertices[bank.visible], staged.up)
    depth = float(person.frame.joints[SKELETON.root, 2])
    picture = _background(camera, ground, depth, settings, stream(seed, index, Stream.SCENE))
    lit = stream(seed, index, Stream.LIGHT)
    light = Light.sample(lit, picture, staged.up)
    darkness = lit.uniform(0.15, 0.6) * (lit.random() < 0.8)
    companions = stream(seed, index, Stream.COMPANION)
    if staged.accompanied:
        other = _companion(staged, ground, settings, companions)
        picture = _add(picture, other, ground, camera, light, darkness, settings, companions)
    clothes = stream(seed, index, Stream.CLOTHES)
    picture = _add(picture, (person, posed), ground, camera, light, darkness, settings, clothes)
    if staged.front is not None:
        picture = occlude(picture, staged.front, _texture(settings, stream(seed, index, Stream.TEXTURE)))
    return picture


def _add(
    picture: np.ndarray,
    who: tuple[Person, PosedBody],
    ground: Ground,
    camera: Camera,
    light: Light,
    darkness: float,
    settings: SyntheticSettings,
    rng: np.random.Generator,
) -> np.ndarray:
    """The picture with somebody and the shadow that they throw."""
    person, posed = who
    bank, _ = cast_of(settings)
    picture = ground.shadowed(picture, posed.vertices[bank.visible], camera, light.direction, darkness)
    surfaces = dress(bank, bank.body(person.identity), posed, settings, rng)
    if person.kind == "sitting" and rng.random() < _SEATED_SHARE:
        surfaces += seat_under(bank, posed, person.frame.joints, ground, rng)
    return over(picture, draw(surfaces, camera, light))


def _companion(
    staged: Staged, ground: Ground, settings: SyntheticSettings, rng: np.random.Generator
) -> tuple[Person, PosedBody]:
    """Somebody else, behind and beside, on the same floor."""
    bank, _ = cast_of(settings)
    person = sample_person(settings, rng)
    depth = float(staged.person.frame.joints[SKELETON.root, 2]) + rng.uniform(400, 3000)
    width = depth * staged.camera.width / staged.camera.fx
    middle = staged.camera.back_project(np.full(2, staged.camera.width / 2), depth)
    place = middle + np.array([rng.choice([-1, 1]) * rng.uniform(0.2, 0.55) * width, 0, 0])
    # Upright as the first person is: the same tilt of the camera, any turn about the vertical is in the pose.
    level = np.cross(staged.up, [0.0, 0.0, 1.0])
    level /= np.linalg.norm(level)
    turn = np.stack([-level, -staged.up, np.cross(level, staged.up)], axis=1)
    frame = person.frame.moved(turn, place)
    posed = bank.body(person.identity).posed(frame)
    drop = (posed.vertices[bank.visible] @ staged.up).min() - ground.level
    frame = frame.moved(np.eye(3), -drop * staged.up)
    return Person(person.identity, frame, person.kind), bank.body(person.identity).posed(frame)


def _background(
    camera: Camera, ground: Ground, depth: float, settings: SyntheticSettings, rng: np.random.Generator
) -> np.ndarray:
    """With a folder of photographs four of five come from there."""
    if settings.backgrounds is not None and rng.random() < _PHOTOGRAPH_SHARE:
        return photographic_background(settings.backgrounds, camera.width, rng)
    return sample_scenery(camera, ground, depth, rng)


def _texture(settings: SyntheticSettings, rng: np.random.Generator) -> np.ndarray:
    """The looks of something in front."""
    camera, ground = _empty_scene(settings.picture, rng)
    return _background(camera, ground, rng.uniform(1500, 6000), settings, rng)


def _empty_scene(size: int, rng: np.random.Generator) -> tuple[Camera, Ground]:
    """A camera at about eye level, looking a little down."""
    pitch = rng.normal(0.1, 0.2)
    up = np.array([0.0, -np.cos(pitch), -np.sin(pitch)])
    return Camera.from_field_of_view(size, size, rng.uniform(15, 60)), Ground(up, -rng.uniform(800, 2500))
