"""HumanEva-I, built from published descriptions only; the author had not read the reader.

Sources: the data set's own code (emredog/humaneva): ReadSpicaCalib.m (fc, cc, alpha_c, kc (5), R row by row, T;
Xc = R X + T, mm), ReadStreamOffset.m (.ofs: first image, first mocap frame, mocap frames per image), sync_stream.m (how
the offsets of the streams are brought together, names of the files); facebookresearch/VideoPose3D ConvertHumanEva.m
(converted_15j/Train|Validate/S1/Walking_1.mat: poses_3d (N, 15, 3) mm in the world, poses_2d (3, N, 15, 2) pixels of
C1 to C3, NaN where the capture failed, order of the 15 joints) and prepare_data_humaneva.py (Validate of S1's Walking
starts at frame 5 from 0, and the film of C1, C2, C3 is behind by 82, 81, 82 less one).
"""

import shutil
from pathlib import Path

import numpy as np
import scipy.io
from published_people import film, people, project, rotation

JOINTS = (
    "pelvis thorax left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist left_hip left_knee "
    "left_ankle right_hip right_knee right_ankle head"
).split()

OFFSETS = {"C1": 82, "C2": 81, "C3": 82}
FIRST, COUNT = 5, 585  # frames 6 to 590, as MATLAB counts
ROWS = [2, 3, 8]  # rows of poses_3d where the capture is good
SIZE = (640, 480)
FOCAL = {"C1": (765.68, 765.91), "C2": (764.5, 763.2), "C3": (768.1, 767.4)}
CENTRE = {"C1": (322.46, 233.86), "C2": (318.2, 241.4), "C3": (325.9, 238.8)}
LENS = {
    "C1": (-0.27, 0.18, 0.0012, -0.0009, 0.0),
    "C2": (-0.26, 0.15, -0.0011, 0.0007, 0.0),
    "C3": (-0.24, 0.12, 0.0004, 0.0013, 0.0),
}


def extrinsics(camera: str) -> tuple[np.ndarray, np.ndarray]:
    """R and T from the world to the camera: all three cameras look at the origin from 4 m or so."""
    number = int(camera[1])
    turn = rotation(95, 4, 2) @ rotation(0, 0, 70 * number)
    return turn, np.array([60.0 * number, 900.0 - 20 * number, 4100.0 + 130 * number])


def world() -> np.ndarray:
    """(COUNT, 15, 3) mm, NaN but for ROWS."""
    poses = np.full((COUNT, 15, 3), np.nan)
    poses[ROWS] = people(JOINTS, len(ROWS), 41, (0, 0, 900))[..., [0, 2, 1]] - (0, 900, -900)
    return poses


def in_camera(row: int, camera: str) -> np.ndarray:
    turn, shift = extrinsics(camera)
    return world()[row] @ turn.T + shift


def pixels(row: int, camera: str) -> np.ndarray:
    return project(in_camera(row, camera), FOCAL[camera], CENTRE[camera], LENS[camera])


def video_index(row: int, camera: str) -> int:
    """Frame of the film, from 0."""
    return FIRST + row + OFFSETS[camera] - 1


def shade(index: int) -> int:
    return 30 + 2 * (index % 100)


def build(folder: Path) -> None:
    poses = world()
    flat = np.full((3, COUNT, 15, 2), np.nan)
    for c, camera in enumerate(OFFSETS):
        for row in ROWS:
            flat[c, row] = pixels(row, camera)
        turn, shift = extrinsics(camera)
        numbers = [*FOCAL[camera], *CENTRE[camera], 0.0, *LENS[camera], *turn.ravel(), *shift]
        for name, lines in (
            (f"Calibration_Data/{camera}.cal", [f"{v:.10f}" for v in numbers]),
            (f"Sync_Data/Walking_1_({camera}).ofs", [str(OFFSETS[camera]), "1", "2.0"]),
        ):
            path = folder / "S1" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n")
    films = folder / "S1" / "Image_Data"
    film(films / "Walking_1_(C1).avi", *SIZE, [shade(i) for i in range(96)])
    for camera in ("C2", "C3"):
        shutil.copy(films / "Walking_1_(C1).avi", films / f"Walking_1_({camera}).avi")
    place = folder / "converted_15j" / "Validate" / "S1"
    place.mkdir(parents=True)
    scipy.io.savemat(place / "Walking_1.mat", {"poses_3d": poses, "poses_2d": flat})
