"""KTH Multiview Football II (3D), built from published descriptions only; the author had not read the reader.

Sources: readme.txt of the data set's code3d.zip (positions2d.txt, positions3d.txt, cameras.txt: one number a line;
2x4 camera matrices M(i, j) with i fastest, for every frame and camera; 14 landmarks, 1 right ankle to 14 top head);
the loader of mvpose (folders "Camera 1" to "Camera 3" beside the files, pictures 00001.png for the first frame; an
affine camera: pixel = M (X, 1)); a note on the downloaded sequence 2: about metres, z up, pictures 480 x 640 that
follow the player.
"""

from pathlib import Path

import numpy as np
from published_people import people, picture, rotation

JOINTS = (
    "right_ankle right_knee right_hip left_hip left_knee left_ankle right_wrist right_elbow right_shoulder "
    "left_shoulder left_elbow left_wrist upper_neck head"
).split()

FRAMES = 3
SIZE = (480, 640)
SCALE = 245.0  # pixels a metre


def world() -> np.ndarray:
    """(FRAMES, 14, 3) metres, z up, around the origin."""
    return people(JOINTS, FRAMES, 51, (0, 0, 0))[..., [0, 2, 1]] / 1000


def turn(camera: int, frame: int) -> np.ndarray:
    """Rows: the picture's right, its down and the viewing direction, in the world."""
    upright = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    return rotation(7, 0, 2) @ upright @ rotation(0, 0, 110 * camera + 5 * frame)


def matrix(camera: int, frame: int) -> np.ndarray:
    """(2, 4) affine camera."""
    shift = np.array([240.0 + 3 * camera, 320.0 - 5 * frame])
    return np.concatenate([SCALE * turn(camera, frame)[:2], shift[:, None]], 1)


def pixels(camera: int, frame: int) -> np.ndarray:
    points = np.concatenate([world()[frame], np.ones((14, 1))], 1)
    return points @ matrix(camera, frame).T


def relative_mm(camera: int, frame: int) -> np.ndarray:
    """(14, 3) in the camera's directions, relative to the middle of the joints."""
    points = 1000 * world()[frame] @ turn(camera, frame).T
    return points - points.mean(0)


def shade(camera: int, frame: int) -> int:
    return 30 + 60 * camera + 20 * frame


def build(folder: Path, player: str = "player2sequence1/Sequence 1") -> Path:
    place = folder / player
    place.mkdir(parents=True)
    flat, cameras = [], []
    for frame in range(FRAMES):
        for camera in range(3):
            flat += [value for joint in pixels(camera, frame) for value in joint]
            cameras += [matrix(camera, frame)[i, j] for j in range(4) for i in range(2)]
            picture(place / f"Camera {camera + 1}" / f"{frame + 1:05d}.png", *SIZE, shade(camera, frame))
    for name, values in (("positions2d", flat), ("positions3d", world().ravel()), ("cameras", cameras)):
        (place / f"{name}.txt").write_text("".join(f"{value:.7e}\n" for value in values))
    return place
