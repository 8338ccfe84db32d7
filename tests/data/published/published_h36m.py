"""Human3.6M in three layouts, built from published descriptions only; the author had not read the readers.

Sources: anibali/h36m-fetch process_all.py (annot.h5 of each sequence: 32 joints, mm, camera frame, frames counted
from 1, intrinsics as [alpha_x, x_0, alpha_y, y_0] by least squares); facebookresearch/VideoPose3D prepare_data_h36m.py
(positions_3d: subject -> action -> (N, 32, 3) metres, world) and common/h36m_dataset.py (cameras' numbers, which of
the 32 joints move); open-mmlab/mmpose preprocess_h36m.py and single_camera.py (cameras.pkl: R, T lead from the camera
to the world, metres; f, c, k, p columns; p in OpenCV's order); geopavlakos/c2f-vol-demo util.lua, evalH36M.m and
valid_images.txt (h5 with center and scale, list of names, valid.mat with S (N, 3, 17) mm and K; joint pairs (2,5),
(3,6), (4,7), (12,15), (13,16), (14,17)); c2f-vol-train for zind (64 bins from -1005.1859 to 980.8599 mm).
"""

import pickle
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from published_people import people, picture, project, rotation

# Names of 3d-pose-baseline's data_utils.py for Human3.6M's 32 joints, in this project's words; None never moves.
JOINTS32 = [None] * 32
for _index, _name in {
    **{0: "pelvis", 1: "right_hip", 2: "right_knee", 3: "right_ankle", 6: "left_hip", 7: "left_knee", 8: "left_ankle"},
    **{12: "spine", 13: "thorax", 14: "jaw", 15: "head", 17: "left_shoulder", 18: "left_elbow", 19: "left_wrist"},
    **{25: "right_shoulder", 26: "right_elbow", 27: "right_wrist"},
}.items():
    JOINTS32[_index] = _name
# 1 root, 2 to 4 left leg, 5 to 7 right leg, 8 spine, 9 thorax, 10 jaw, 11 head, 12 to 14 left arm, 15 to 17 right arm.
AUTHORS17 = (
    "pelvis left_hip left_knee left_ankle right_hip right_knee right_ankle spine thorax jaw head "
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist"
).split()

# VideoPose3D's table; the last two of a lens are OpenCV's p1, p2 (that table lists them the other way round).
CAMERAS = {
    "54138969": {
        "f": (1145.0494384765625, 1143.7811279296875),
        "c": (512.54150390625, 515.4514770507812),
        "size": (1000, 1002),
        "lens": (-0.20709891617, 0.24777518213, -0.00142447157, -0.00097569887, -0.00307515031),
    },
    "55011271": {
        "f": (1149.6756591796875, 1147.5916748046875),
        "c": (508.8486328125, 508.0649108886719),
        "size": (1000, 1000),
        "lens": (-0.19421362877, 0.24040853977, -0.00274089444, -0.00161902665, 0.00681997556),
    },
}
# Extrinsics of this test's own: orientation of the camera in the world and its place in mm; both see the person.
PLACES = {
    "54138969": (rotation(-95, 8, 70), (1841.1, 4955.3, 1563.4)),
    "55011271": (rotation(-92, -6, -64), (-6156.5, 4407.8, 1488.7)),
}


def by_name(values: np.ndarray, names) -> dict:
    return {name: values[i] for i, name in enumerate(names) if name}


def seen(points: np.ndarray, camera: str) -> np.ndarray:
    """Pixels with the lens of the camera."""
    facts = CAMERAS[camera]
    return project(points, facts["f"], facts["c"], facts["lens"])


def pose32(count: int, seed: int) -> np.ndarray:
    """(count, 32, 3) mm in the camera frame; the joints that never move lie on top of others, as in the original."""
    poses = people(JOINTS32, count, seed)
    poses[:, 11], poses[:, [16, 24]], poses[:, 20] = poses[:, 0], poses[:, [13]], poses[:, 19]
    return poses


def universal(pose: np.ndarray) -> np.ndarray:
    """A body of another size in the same place."""
    return pose[:, :1] + 0.9 * (pose - pose[:, :1])


FETCH_FRAMES = [1, 65, 129]  # of S9: every 64th, counted from 1
FETCH_CAMERAS = ["54138969", "55011271"]


def build_fetch(folder: Path, subject: str = "S9", number: int = 9) -> dict[str, np.ndarray]:
    """processed/S9/TakingPhoto-2/annot.h5 and its pictures; returns the poses by camera."""
    poses = {camera: pose32(3, 11 + i) for i, camera in enumerate(FETCH_CAMERAS)}
    sequence = folder / subject / "TakingPhoto-2"
    for c, camera in enumerate(FETCH_CAMERAS):
        for i, frame in enumerate(FETCH_FRAMES):
            path = sequence / "imageSequence" / camera / f"img_{frame:06d}.jpg"
            picture(path, *CAMERAS[camera]["size"], 20 + 60 * c + 20 * i)
    flat = {camera: seen(pose, camera) for camera, pose in poses.items()}
    with h5py.File(sequence / "annot.h5", "w") as file:
        file["pose/2d"] = np.concatenate(list(flat.values()))
        file["pose/3d"] = np.concatenate(list(poses.values()))
        file["pose/3d-univ"] = np.concatenate([universal(pose) for pose in poses.values()])
        for camera, pose in poses.items():
            file[f"intrinsics/{camera}"] = _fitted(flat[camera], pose)
            file[f"intrinsics-univ/{camera}"] = _fitted(flat[camera], universal(pose))
        file["frame"] = np.tile(FETCH_FRAMES, 2)
        file["camera"] = np.repeat([int(c) for c in FETCH_CAMERAS], 3)
        file["subject"], file["action"], file["subaction"] = np.full(6, number), np.full(6, 12), np.full(6, 2)
    return poses


def build_early_fetch(folder: Path) -> np.ndarray:
    """The first version of h36m-fetch: S5/WalkTogether/annot.h5, joints of the universal body only, action 15."""
    pose = pose32(2, 19)
    sequence = folder / "S5" / "WalkTogether"
    sequence.mkdir(parents=True)
    flat = seen(pose, "55011271")
    with h5py.File(sequence / "annot.h5", "w") as file:
        file["pose/2d"], file["pose/3d-univ"], file["intrinsics/55011271"] = flat, pose, _fitted(flat, pose)
        file["frame"], file["camera"] = np.array([1, 6]), np.full(2, 55011271)
        file["subject"], file["action"] = np.full(2, 5), np.full(2, 15)
    return pose


def _fitted(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[alpha_x, x_0, alpha_y, y_0] as h36m-fetch infers them."""
    z = points[..., 2].ravel()
    values = []
    for axis in (0, 1):
        design = np.stack([points[..., axis].ravel(), z], -1)
        values += list(np.linalg.lstsq(design, pixels[..., axis].ravel() * z, rcond=None)[0])
    return np.array(values)


def build_npz(folder: Path, frames: int = 11) -> dict[tuple, np.ndarray]:
    """data_3d_h36m.npz and cameras.pkl; returns (subject, action, camera) -> (frames, 32, 3) mm, camera frame."""
    world, cameras, true = {"S1": {}, "S11": {}}, {}, {}
    for subject, action, seed in (("S1", "Photo 1", 21), ("S1", "WalkDog", 22), ("S11", "Directions 1", 23)):
        facing, place = PLACES["54138969"]
        # Camera to world: X = R x + T.
        positions = pose32(frames, seed) @ facing.T + place
        world[subject][action] = (positions / 1000).astype("float32")
        for camera in CAMERAS:
            facing, place = PLACES[camera]
            true[subject, action, camera] = (positions - place) @ facing
    for subject in world:
        for number, (camera, facts) in enumerate(CAMERAS.items()):
            facing, place = PLACES[camera]
            k1, k2, p1, p2, k3 = facts["lens"]
            cameras[subject, camera] = {
                "R": facing, "T": np.array(place)[:, None] / 1000,
                "c": np.array(facts["c"])[:, None], "f": np.array(facts["f"])[:, None],
                "k": np.array([[k1], [k2], [k3]]), "p": np.array([[p1], [p2]]),
                "w": facts["size"][0], "h": facts["size"][1], "name": f"camera{number + 1}", "id": camera,
            }  # fmt: skip
    np.savez_compressed(folder / "data_3d_h36m.npz", positions_3d=world)
    (folder / "cameras.pkl").write_bytes(pickle.dumps(cameras))
    picture(folder / "images" / "S1_Photo_1.54138969_000006.jpg", 1000, 1002, 130)
    return true


AUTHORS_NAMES = [
    "S9_Posing_1.55011271_000001.jpg",
    "S9_Posing_1.55011271_000006.jpg",
    "S11_WalkDog.54138969_000321.jpg",
]
AUTHORS_SHADES = [40, 90, 140]


def authors_poses() -> np.ndarray:
    """(3, 17, 3) mm, in the authors' order; depths at the middles of the authors' bins, the root in bin 33."""
    poses = people(AUTHORS17, 3, 31)
    poses[:, 0] = (150.0, -80.0, 4200.0)
    relative = poses[..., 2] - poses[:, :1, 2]
    poses[..., 2] = poses[:, :1, 2] + _middle(_bin(relative)) - _middle(33)
    return poses


def _bin(relative: np.ndarray) -> np.ndarray:
    """1 to 64: which bin a depth relative to the root falls in."""
    return np.clip(np.ceil((relative + 1005.1859) / 31.0320), 1, 64)


def _middle(number):
    return -1005.1859 + 31.0320 * (np.asarray(number) - 0.5)


def authors_camera(row: int) -> str:
    return AUTHORS_NAMES[row].split(".")[1][:8]


def authors_squares() -> np.ndarray:
    """(3, 3) centre x, y and side: the box of the joints as the lens shows them, 40 px larger."""
    squares = []
    for row, pose in enumerate(authors_poses()):
        pixels = seen(pose, authors_camera(row))
        low, high = pixels.min(0), pixels.max(0)
        squares.append([*(low + high) / 2, (high - low).max() + 40])
    return np.array(squares)


def build_authors(folder: Path, part: str, sample: bool = False) -> None:
    """annot/PART.h5, PART_images.txt, the pictures; for valid also valid.mat.

    c2f-vol-train's ref.lua reads part, center, scale and zind of train and valid; the h5 of c2f-vol-demo's sample has
    center and scale only, and its demoH36M.m appends .jpg to the names in valid.mat.
    """
    annot = folder / "annot"
    annot.mkdir()
    poses, squares = authors_poses(), authors_squares()
    pixels = np.stack([seen(pose, authors_camera(row)) for row, pose in enumerate(poses)])
    with h5py.File(annot / f"{part}.h5", "w") as file:
        file["center"], file["scale"] = squares[:, :2], squares[:, 2] / 200
        if not sample:
            file["part"] = pixels
            file["zind"] = _bin(poses[..., 2] - poses[:, :1, 2])
    (annot / f"{part}_images.txt").write_text("".join(name + "\n" for name in AUTHORS_NAMES))
    for row, (name, shade) in enumerate(zip(AUTHORS_NAMES, AUTHORS_SHADES, strict=True)):
        picture(folder / "images" / name, *CAMERAS[authors_camera(row)]["size"], shade)
    if part == "valid":
        names, matrices = np.empty((3, 1), object), np.empty((3, 1), object)
        for row, name in enumerate(AUTHORS_NAMES):
            facts = CAMERAS[authors_camera(row)]
            names[row, 0] = name.removesuffix(".jpg") if sample else name
            matrices[row, 0] = np.array(
                [[facts["f"][0], 0, facts["c"][0]], [0, facts["f"][1], facts["c"][1]], [0, 0, 1]]
            )
        annotation = {"imgname": names, "center": squares[:, :2], "scale": squares[:, 2:] / 200}
        annotation |= {"S": poses.transpose(0, 2, 1), "K": matrices}
        scipy.io.savemat(annot / "valid.mat", {"annot": annotation})
