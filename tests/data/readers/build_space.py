"""Files of MPI-INF-3DHP, 3DPW, HumanEva-I and KTH Football II, made after their published descriptions."""

import pickle
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from format_world import Truth, World, named, person, truth

DHP28 = [
    "spine3", "spine4", "spine2", "spine", "pelvis", "thorax", "skull", "head", "left_clavicle", "left_shoulder",
    "left_elbow", "left_wrist", "left_hand", "right_clavicle", "right_shoulder", "right_elbow", "right_wrist",
    "right_hand", "left_hip", "left_knee", "left_ankle", "left_foot", "left_toe", "right_hip", "right_knee",
    "right_ankle", "right_foot", "right_toe",
]  # fmt: skip
# The test set's own order: top of the head, neck, right arm, left arm, right leg, left leg, pelvis, spine, head.
DHP17 = [
    "head", "thorax", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "pelvis", "spine", "skull",
]  # fmt: skip
SMPL24 = [
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "skull", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hand", "right_hand",
]  # fmt: skip
HUMANEVA15 = [
    "pelvis", "thorax", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
    "left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle", "head",
]  # fmt: skip
KTH14 = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "upper_neck", "head",
]  # fmt: skip


def dhp_train(folder: Path, frames: int = 11) -> list[Truth]:
    """S1/Seq2/annot.mat: cells over 14 cameras of (N, 56) pixels and (N, 84) mm; camera.calibration as text."""
    worlds = [World((1497.7, 1497.1), (1024.7, 1051.4), yaw=0.4 * camera) for camera in range(14)]
    people = np.stack([person(DHP28, frame) for frame in range(frames)])
    cells = {name: np.empty((14, 1), object) for name in ("annot2", "annot3", "univ_annot3")}
    for camera, world in enumerate(worlds):
        cells["annot2"][camera, 0] = world.project(people).reshape(frames, 56)
        cells["annot3"][camera, 0] = world.to_camera(people).reshape(frames, 84)
        cells["univ_annot3"][camera, 0] = world.to_camera(people).reshape(frames, 84) * 0.95
    at = folder / "S1" / "Seq2"
    at.mkdir(parents=True)
    extra = {"frames": np.arange(frames)[:, None], "cameras": np.arange(14)[None]}
    scipy.io.savemat(at / "annot.mat", {**cells, **extra})
    (at / "camera.calibration").write_text(
        "Skeletool Camera Calibration File V1.0\n" + "".join(map(_calibrated, worlds))
    )
    return [
        truth(f"S1/Seq2/imageSequence/video_{camera}.avi frame {frame}", DHP28, people[frame], worlds[camera],
              subject="S1", sequence="S1 Seq2", camera=str(camera), frame=frame)
        for camera in (0, 8) for frame in range(0, frames, 5)
    ]  # fmt: skip


def _calibrated(world: World) -> str:
    number = _calibrated.__dict__.setdefault("count", 0)
    _calibrated.count = (number + 1) % 14
    intrinsic, extrinsic = np.eye(4), np.eye(4)
    intrinsic[:3, :3] = world.matrix
    extrinsic[:3, :3], extrinsic[:3, 3] = world.rotation, -world.rotation @ world.centre
    lines = [" ".join(f"{value:.7g}" for value in matrix.ravel()) for matrix in (intrinsic, extrinsic)]
    return (
        f"name          {number}\n  sensor      10 10\n  size        2048 2048\n  animated    0\n"
        f"  intrinsic   {lines[0]} \n  extrinsic   {lines[1]} \n  radial      0\n"
    )


def dhp_test(folder: Path) -> list[Truth]:
    """TS3/annot_data.mat (version 7.3): annot2 (N, 1, 17, 2), annot3, valid_frame, activity_annotation."""
    world = World((1500.1, 1500.7), (1017.4, 1043.1))
    people = np.stack([person(DHP17, frame) for frame in range(6)])
    at = folder / "TS3"
    at.mkdir(parents=True)
    valid = np.array([0, 1, 1, 0, 1, 1.0])
    with h5py.File(at / "annot_data.mat", "w") as file:
        file["annot2"], file["annot3"] = world.project(people)[:, None], world.to_camera(people)[:, None]
        file["univ_annot3"] = file["annot3"][()] * 0.95
        file["valid_frame"], file["activity_annotation"] = valid[:, None], np.array([[1, 1, 2, 2, 5, 7.0]]).T
    activities = {1: "Stand/Walk", 2: "Exercise", 4: "On the Floor", 5: "Misc."}
    return [
        truth(f"TS3/imageSequence/img_{frame + 1:06d}.jpg", DHP17, people[frame], world, subject="TS3",
              action=activities[frame], frame=frame + 1)
        for frame in np.flatnonzero(valid)
    ]  # fmt: skip


def pw3d(folder: Path, protocol: int = 2) -> list[Truth]:
    """sequenceFiles/test/NAME.pkl as Python 2 wrote it: jointPositions (N, 72) m, cam_poses, cam_intrinsics."""
    world = World((1969.2, 1961.9), (540.0, 960.0))
    frames, truths = 4, []
    people = [np.stack([person(SMPL24, 10 * actor + frame) for frame in range(frames)]) for actor in range(2)]
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = world.rotation, -world.rotation @ world.centre / 1000
    valid = [np.array([1, 1, 0, 1]), np.array([1, 1, 1, 1])]
    seen = [np.ones((frames, 3, 18)) for _ in range(2)]
    seen[1][3] = 0
    content = {
        "sequence": "downtown_walking_00", "genders": ["m", "f"], "cam_intrinsics": world.matrix,
        "cam_poses": np.stack([pose] * frames), "campose_valid": valid, "poses2d": seen,
        "jointPositions": [(p / 1000).reshape(frames, 72) for p in people], "img_frame_ids": np.arange(frames) * 2,
        "trans": [np.zeros((frames, 3))] * 2, "betas": [np.zeros(10)] * 2,
    }  # fmt: skip
    at = folder / "sequenceFiles" / "test"
    at.mkdir(parents=True)
    (at / "downtown_walking_00.pkl").write_bytes(pickle.dumps(content, protocol=protocol))
    for actor in range(2):
        for frame in np.flatnonzero(valid[actor]):
            image = f"imageFiles/downtown_walking_00/image_{frame:05d}.jpg"
            truths.append(truth(image, SMPL24, people[actor][frame], world, subject=str(actor), frame=int(frame)))
            truths[-1].facts |= {"sequence": f"downtown_walking_00 {actor}", "seen": bool(seen[actor][frame].any())}
    return truths


def humaneva(folder: Path) -> list[Truth]:
    """converted_15j/Validate/S2/Jog_1.mat as the widespread MATLAB script writes it; S2/Calibration_Data/C1.cal."""
    distortion = (-0.289, 0.106, -0.0014, 0.0011, 0.0)
    worlds = [World((765.8, 765.3), (299.8, 232.3), distortion, 0.5 * camera, 5000) for camera in range(3)]
    people = np.stack([person(HUMANEVA15, frame) for frame in range(3)])
    people[1] = np.nan
    plane = np.stack([world.project(people) for world in worlds])
    at = folder / "converted_15j" / "Validate" / "S2"
    at.mkdir(parents=True)
    scipy.io.savemat(at / "Jog_1.mat", {"poses_3d": people, "poses_2d": plane})
    for camera, world in enumerate(worlds):
        values = [*world.f, *world.c, 0.0, *distortion, *world.rotation.ravel(), *(-world.rotation @ world.centre)]
        path = folder / "S2" / "Calibration_Data" / f"C{camera + 1}.cal"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{value:.8f}\n" for value in values))
    # The sequence's annotated frames start at 5, and its videos are 100, 100 and 99 frames ahead, counted from 1.
    return [
        truth(f"S2/Image_Data/Jog_1_(C{camera + 1}).avi frame {5 + (100, 100, 99)[camera] - 1 + row}", HUMANEVA15,
              people[row], worlds[camera], subject="S2", action="Jog", camera=f"C{camera + 1}", frame=5 + row)
        for camera in range(3) for row in (0, 2)
    ]  # fmt: skip


def kth(folder: Path) -> list[Truth]:
    """positions2d.txt, positions3d.txt (m) and cameras.txt (2 x 4, affine), one number a line, first index fastest."""
    frames, cameras, truths = 2, 3, []
    at = folder / "Sequence 1"
    at.mkdir(parents=True)
    people = np.stack([person(KTH14, frame) for frame in range(frames)]) / 1000
    matrices = np.zeros((frames, cameras, 2, 4))
    for frame in range(frames):
        for camera in range(cameras):
            rotation, scale = World(yaw=0.7 * camera).rotation, 90.0 + camera
            matrices[frame, camera, :, :3] = scale * rotation[:2]
            matrices[frame, camera, :, 3] = (400, 300)
    plane = np.einsum("tcij,tnj->tcni", matrices[..., :3], people) + matrices[:, :, None, :, 3]
    for name, values in (("positions2d", plane), ("positions3d", people), ("cameras", matrices.swapaxes(-1, -2))):
        (at / f"{name}.txt").write_text("".join(f"{value:.9g}\n" for value in values.ravel()))
    for frame in range(frames):
        for camera in range(cameras):
            image = f"Sequence 1/Camera {camera + 1}/{frame + 1:05d}.png"
            turned = people[frame] @ World(yaw=0.7 * camera).rotation.T * 1000
            found = Truth(image, {}, named(KTH14, plane[frame, camera]), {"camera": f"Camera {camera + 1}"})
            found.facts |= {"relative": named(KTH14, turned - turned.mean(0)), "frame": frame + 1}
            truths.append(found)
    return truths
