"""Who stands where before which camera: everything that labels come from, without a pixel being drawn."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from voxelpose.data.example import PictureCamera
from voxelpose.geometry import Camera, Crop
from voxelpose.geometry.rotations import about
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.bone_frame import PosedFrame
from voxelpose.synthetic.bodies.poses import PoseDistribution, Recordings
from voxelpose.synthetic.random_streams import Stream, stream
from voxelpose.synthetic.scenery.occluders import occluder_mask
from voxelpose.synthetic.settings import SyntheticSettings

SKELETON = H36M17


@dataclass(frozen=True, eq=False)
class Person:
    """identity: (C,) coefficients of the body bank; frame: posed bones; kind: what sort of pose it is."""

    identity: np.ndarray
    frame: PosedFrame
    kind: str


@dataclass(frozen=True, eq=False)
class Staged:
    """person: with bones in the camera frame, mm; camera: of the picture; up: (3,) unit vector against gravity;
    front: (S, S) uint8 mask of what stands in front, or None; accompanied: whether somebody else is there."""

    person: Person
    camera: Camera
    up: np.ndarray
    front: np.ndarray | None
    accompanied: bool


@dataclass(frozen=True, eq=False)
class SceneLabels:
    """What is known of a picture; fields as in `data.example.Example`. hidden: (J,) bool, behind an occluder."""

    joints: np.ndarray
    weights: np.ndarray
    present: bool
    camera: PictureCamera | None
    hidden: np.ndarray


def stage(seed: int, index: int, settings: SyntheticSettings) -> Staged | None:
    """The scene of picture `index`, None where nobody is in it."""
    rng = stream(seed, index, Stream.STAGE)
    if rng.random() < settings.person_free:
        return None
    person = sample_person(settings, rng)
    # Pitch, positive from above, and roll in radians.
    pitch, roll = np.clip(rng.normal(0.12, 0.28), -0.6, 1.1), np.clip(rng.normal(0, 0.12), -0.4, 0.4)
    turn = about("Z", roll) @ about("X", pitch)
    seen = person.frame.moved(turn, np.zeros(3))
    distance = rng.uniform(2.0, 7.0) * max(np.ptp(seen.joints, axis=0)[:2].max(), 900.0)
    place = distance * np.array([rng.normal(0, 0.15), rng.normal(0, 0.1), 1.0])
    frame = seen.moved(np.eye(3), place)
    camera = _camera(frame.joints, settings, rng)
    front = None
    if rng.random() < settings.occluded:
        front = occluder_mask(settings.picture, stream(seed, index, Stream.FRONT))
    accompanied = bool(rng.random() < settings.accompanied)
    return Staged(Person(person.identity, frame, person.kind), camera, -turn[:, 1], front, accompanied)


def sample_person(settings: SyntheticSettings, rng: np.random.Generator) -> Person:
    """Somebody in a pose, the pelvis at the origin, upright as recorded."""
    bank, poses = cast_of(settings)
    recorded = settings.recordings and rng.random() < 0.5
    pose = (_recordings(settings.recordings) if recorded else poses).sample(rng)
    identity = bank.sample_identity(rng)
    return Person(identity, bank.frame(identity).posed(pose.positions, rng), pose.kind)


def label(seed: int, index: int, settings: SyntheticSettings) -> SceneLabels:
    """The labels of picture `index`: exactly those that `people.draw_person` gives with it, at a tenth of the time."""
    return labels_of(stage(seed, index, settings))


def labels_of(staged: Staged | None) -> SceneLabels:
    """Where the joints of a scene are in its picture; nothing for a scene without anybody."""
    count = len(SKELETON)
    if staged is None:
        nothing = np.zeros((count, 3), np.float32)
        return SceneLabels(nothing, nothing.copy(), False, None, np.zeros(count, bool))
    camera, joints, root = staged.camera, staged.person.frame.joints, SKELETON.root
    depth = joints @ Crop(np.eye(2, 3), camera.width).facing(camera).depth_axis
    pixels = camera.project(joints)
    inside = ((pixels >= -0.5) & (pixels <= camera.width - 0.5)).all(-1)
    positions = np.column_stack([pixels, depth - depth[root]]).astype(np.float32)
    # To the precision of a pool's files, so that a person is the same with and without having been there.
    seen_by = PictureCamera(*map(float, np.float32([camera.fx, camera.fy, camera.cx, camera.cy, depth[root]])))
    weights = np.repeat(inside[:, None], 3, axis=1).astype(np.float32)
    return SceneLabels(positions, weights, True, seen_by, inside & _behind(staged.front, pixels))


@cache
def cast_of(settings: SyntheticSettings) -> tuple[BodyBank, PoseDistribution]:
    """The bodies and poses that the settings admit."""
    bank, poses = _bank(), _poses()
    if settings.cast is None:
        return bank, poses
    return bank.only(settings.cast.identities), poses.only(settings.cast.clusters)


def _camera(joints: np.ndarray, settings: SyntheticSettings, rng: np.random.Generator) -> Camera:
    """The camera of a square picture around the joints (17, 3), mm."""
    pixels = Camera(1000.0, 1000.0, 0.0, 0.0, 1, 1).project(joints)
    low, high = pixels.min(0), pixels.max(0)
    longest = (high - low).max()
    side = longest * rng.uniform(1.35, 1.55)
    centre = (low + high) / 2 + rng.normal(0, 0.02, 2) * longest
    if rng.random() < settings.truncated:
        centre += rng.choice([-1, 1], 2) * rng.uniform(0.1, 0.3, 2) * longest * rng.permutation([1, 0.3])
        side *= rng.uniform(0.6, 0.95)
    matrix = Crop.around(centre, side, settings.picture).matrix
    scale = float(matrix[0, 0])
    x, y = (float(value) for value in matrix[:, 2])
    return Camera(1000 * scale, 1000 * scale, x, y, settings.picture, settings.picture)


def _behind(front: np.ndarray | None, pixels: np.ndarray) -> np.ndarray:
    """Which pixels (J, 2) the mask covers; those outside the picture don't count."""
    if front is None:
        return np.zeros(len(pixels), bool)
    columns, rows = np.clip(np.rint(pixels), 0, len(front) - 1).astype(np.intp).T
    return front[rows, columns] > 0


@cache
def _bank() -> BodyBank:
    return BodyBank.load()


@cache
def _poses() -> PoseDistribution:
    return PoseDistribution.load()


@cache
def _recordings(paths: tuple[str, ...]) -> Recordings:
    return Recordings.load(paths)
