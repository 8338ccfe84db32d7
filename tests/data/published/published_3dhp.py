"""MPI-INF-3DHP as released, built from published descriptions only; the author had not read the reader.

Sources: nkolot/SPIN datasets/preprocess/mpi_inf_3dhp.py (annot.mat: annot2 and annot3 cells 14x1 of N x 56 and N x 84,
rows of one frame as 28 x 2 and 28 x 3; camera.calibration by lines, K and [R t] 4x4 row by row, t in mm; videos
imageSequence/video_K.avi, first frame to first row; the test set's annot_data.mat, HDF5 (N, 1, 17, 2 or 3),
valid_frame, img_000001.jpg for the first row); the data set's mpii_get_joints.m ('all' and 'relevant' names and
order); "Skeletool Camera Calibration File V1.0" of jackd/human_pose_util and others (name, sensor, size, animated,
intrinsic, extrinsic, radial); cameras of the test set in mmpose's cameras_test.pkl; readme of the test set (univ_annot3
is scaled to Human3.6M's universal skeleton; annot3 is in mm).
"""

from pathlib import Path

import h5py
import numpy as np
import scipy.io
from published_people import film, people, picture, project, rotation

# mpii_get_joints('all'): "neck", "head" and "head_top" are this project's thorax, skull and head.
JOINTS28 = (
    "spine3 spine4 spine2 spine pelvis thorax skull head left_clavicle left_shoulder left_elbow left_wrist left_hand "
    "right_clavicle right_shoulder right_elbow right_wrist right_hand left_hip left_knee left_ankle left_foot left_toe "
    "right_hip right_knee right_ankle right_foot right_toe"
).split()
# mpii_get_joints('relevant').
JOINTS17 = (
    "head thorax right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee "
    "right_ankle left_hip left_knee left_ankle pelvis spine skull"
).split()

SIZE = (2048, 2048)
FRAMES = 6


def lens(camera: int) -> tuple:
    return (1497.693 + camera, 1497.103 - camera), (1024.704 + 3 * camera, 1051.394 - 2 * camera)


def train_poses(camera: int) -> np.ndarray:
    return people(JOINTS28, FRAMES, 100 + camera, (80, -60, 3900))


def build_train(folder: Path, subject: str = "S2", sequence: str = "Seq1") -> None:
    """S2/Seq1 with 14 cameras' annotation, and the film of camera 4."""
    place = folder / subject / sequence
    place.mkdir(parents=True)
    cells = {name: np.empty((14, 1), object) for name in ("annot2", "annot3", "univ_annot3")}
    lines = ["Skeletool Camera Calibration File V1.0"]
    for camera in range(14):
        pose = train_poses(camera)
        focal, centre = lens(camera)
        cells["annot3"][camera, 0] = pose.reshape(FRAMES, 84)
        cells["univ_annot3"][camera, 0] = (0.93 * pose).reshape(FRAMES, 84)
        cells["annot2"][camera, 0] = project(pose, focal, centre).reshape(FRAMES, 56)
        turn, shift = rotation(175, 10 + 20 * camera, 3), (-562.8666, 1398.138 + camera, 3852.623)
        intrinsic = [focal[0], 0, centre[0], 0, 0, focal[1], centre[1], 0, 0, 0, 1, 0, 0, 0, 0, 1]
        extrinsic = [*turn[0], shift[0], *turn[1], shift[1], *turn[2], shift[2], 0, 0, 0, 1]
        lines += [
            f"name          {camera}",
            "  sensor      10 10",
            f"  size        {SIZE[0]} {SIZE[1]}",
            "  animated    0",
            "  intrinsic   " + " ".join(f"{v:.10g}" for v in intrinsic) + " ",
            "  extrinsic   " + " ".join(f"{v:.7g}" for v in extrinsic) + " ",
            "  radial      0",
        ]
    (place / "camera.calibration").write_text("\n".join(lines) + "\n")
    cameras = np.arange(14.0)[None]
    scipy.io.savemat(place / "annot.mat", cells | {"frames": np.arange(FRAMES)[:, None], "cameras": cameras})
    film(place / "imageSequence" / "video_4.avi", *SIZE, [30 + 30 * i for i in range(FRAMES)])


# TS1 and TS5 as mmpose's cameras_test.pkl has them: focal lengths, principal point, size.
TEST_CAMERAS = {
    "TS1": ((1500.0686136, 1500.65909669), (1017.37948604, 1043.06282488), (2048, 2048)),
    "TS5": ((1683.48255948, 1671.92724206), (939.92781685, 560.2072492), (1920, 1080)),
}
VALID = [1, 0, 1, 1]


def test_poses(name: str) -> np.ndarray:
    return people(JOINTS17, len(VALID), 200 + int(name[2]), (60, 40, 4100))


test_poses.__test__ = False


def build_test(folder: Path) -> None:
    """mpi_inf_3dhp_test_set/TS1 and TS5: annot_data.mat of MATLAB 7.3 and four pictures each."""
    for name, (focal, centre, size) in TEST_CAMERAS.items():
        place = folder / "mpi_inf_3dhp_test_set" / name
        pose = test_poses(name)
        for i in range(len(VALID)):
            picture(place / "imageSequence" / f"img_{i + 1:06d}.jpg", *size, 40 + 40 * i)
        with h5py.File(place / "annot_data.mat", "w", userblock_size=512) as file:
            file["annot2"] = project(pose, focal, centre)[:, None]
            file["annot3"] = pose[:, None]
            file["univ_annot3"] = 0.93 * pose[:, None]
            file["valid_frame"] = np.array(VALID, float)[:, None]
            file["activity_annotation"] = np.array([[1.0], [2.0], [3.0], [7.0]])
            file["bb_crop"] = np.zeros((len(VALID), 4))
        with open(place / "annot_data.mat", "r+b") as stream:
            text = b"MATLAB 7.3 MAT-file, Platform: PCWIN64, Created on: Fri Jun 16 2017 HDF5 schema 1.00 ."
            stream.write(text.ljust(124) + b"\x00\x02IM")
