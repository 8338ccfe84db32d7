"""A made-up person in front of a made-up camera: what the files of every format say, and what a reader must find.

The builders beside this file were written after the published descriptions of the formats, before the readers.
"""

import zlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np


@dataclass
class Truth:
    """What a reader must say of one person: joints by name, in mm before the camera and in pixels."""

    image: str
    mm: dict[str, np.ndarray] = field(default_factory=dict)
    px: dict[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


@dataclass
class World:
    """A camera at `centre` (mm) whose rows of `rotation` are its x, y and z axes in the world, and its lens."""

    f: tuple[float, float] = (1145.0, 1143.8)
    c: tuple[float, float] = (512.5, 515.4)
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    yaw: float = 0.4
    distance: float = 4200.0

    @property
    def rotation(self) -> np.ndarray:
        forward = np.array([np.sin(self.yaw), np.cos(self.yaw), -0.15])
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    @property
    def centre(self) -> np.ndarray:
        return np.array([0, 0, 900.0]) - self.distance * self.rotation[2]

    @property
    def matrix(self) -> np.ndarray:
        return np.array([[self.f[0], 0, self.c[0]], [0, self.f[1], self.c[1]], [0, 0, 1]])

    def to_camera(self, world: np.ndarray) -> np.ndarray:
        return (world - self.centre) @ self.rotation.T

    def project(self, world: np.ndarray) -> np.ndarray:
        """OpenCV's own projection: independent of the code under test."""
        points = self.to_camera(world).reshape(-1, 1, 3)
        pixels, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), self.matrix, np.array(self.distortion))
        return pixels.reshape(*world.shape[:-1], 2)


_BODY = {
    "pelvis": (0, 0, 950), "right_hip": (-130, 0, 940), "right_knee": (-140, 60, 520), "right_ankle": (-150, 0, 90),
    "left_hip": (130, 0, 940), "left_knee": (150, 80, 520), "left_ankle": (160, -20, 90), "spine": (0, 10, 1180),
    "thorax": (0, 0, 1430), "jaw": (0, -60, 1520), "head": (0, -20, 1640), "upper_neck": (0, 0, 1500),
    "left_shoulder": (170, 0, 1400), "left_elbow": (300, 20, 1160), "left_wrist": (360, -120, 950),
    "right_shoulder": (-170, 0, 1400), "right_elbow": (-290, 40, 1150), "right_wrist": (-330, -150, 960),
}  # fmt: skip


def person(names: list[str], seed: int = 0) -> np.ndarray:
    """World positions (J, 3) in mm of the named joints of person `seed`; joints with other names lie near the body."""
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 2 * np.pi)
    matrix = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    shift = np.array([*rng.uniform(-200, 200, 2), 0])
    positions = []
    for name in names:
        other = np.random.default_rng(zlib.crc32(name.encode())).uniform((-200, -100, 300), (200, 100, 1500))
        positions.append(np.array(_BODY.get(name, other)))
    return np.array(positions) @ matrix.T + shift


def named(names: list[str], values: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(names, np.asarray(values), strict=True))


def truth(image: str, names: list[str], world: np.ndarray, seen_by: World, /, **facts) -> Truth:
    """The truth of a person whom a camera sees."""
    return Truth(image, named(names, seen_by.to_camera(world)), named(names, seen_by.project(world)), facts)


def write_picture(path: Path, width: int = 60, height: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    gradient = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    cv2.imwrite(str(path), gradient.astype(np.uint8))
