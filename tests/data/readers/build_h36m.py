"""Human3.6M's files, made after the published descriptions of their layouts."""

import pickle
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from format_world import Truth, World, named, person, truth, write_picture

# The authors' order: root, left leg, right leg, spine, thorax, jaw, head, left arm, right arm.
AUTHORS = [
    "pelvis", "left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle", "spine", "thorax", "jaw",
    "head", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
]  # fmt: skip
# Human3.6M's own 32 joints by number; the rest are doubles and toes.
OF_32 = dict(zip([0, 6, 7, 8, 1, 2, 3, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27], AUTHORS, strict=True))
ALL_32 = [OF_32.get(i, f"unused{i}") for i in range(32)]
RIGHT_FIRST = [ALL_32[i] for i in (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)]
DISTORTION = (-0.207, 0.248, -0.0014, -0.00098, -0.0031)


def authors(folder: Path, part: str = "valid", mat: bool = True) -> list[Truth]:
    """annot/PART.h5 (part 0-based, center, scale, zind in 1..64), the list of names, and valid.mat (S in mm, K)."""
    camera, truths, columns = World(), [], {"part": [], "center": [], "scale": [], "zind": []}
    for row, name in enumerate(["S9_Posing_1.55011271_000321.jpg", "S11_Walking.60457274_000006.jpg"]):
        world = person(AUTHORS, row)
        pixels, depth = camera.project(world), camera.to_camera(world)[:, 2]
        low, high = pixels.min(0), pixels.max(0)
        columns["part"].append(pixels)
        columns["center"].append((low + high) / 2)
        columns["scale"].append((float((high - low).max()) + 40) / 200)
        # 65 edges 31.032 mm apart from -1005.1859; the root lies in bin 33, counted from 1.
        columns["zind"].append(np.floor((depth - depth[0] + 1005.1859) / 31.0320) + 1)
        write_picture(folder / "images" / name)
        truths.append(truth(name, AUTHORS, world, camera, subject=name.split("_")[0], relative=depth - depth[0]))
    truths[0].facts |= {"action": "Posing", "sequence": "Posing 1", "camera": "55011271", "frame": 321}
    truths[1].facts |= {"action": "Walking", "sequence": "Walking", "camera": "60457274", "frame": 6}
    (folder / "annot").mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "annot" / f"{part}.h5", "w") as file:
        for name, values in columns.items():
            file[name] = np.array(values)
    (folder / "annot" / f"{part}_images.txt").write_text("".join(t.image + "\n" for t in truths))
    if mat:
        joints = np.stack([np.stack([t.mm[n] for n in AUTHORS]).T for t in truths])
        annot = {
            "imgname": np.array([[t.image] for t in truths], object),
            "center": np.array(columns["center"]),
            "scale": np.array(columns["scale"])[:, None],
            "S": joints,
            "K": np.stack([camera.matrix] * 2),
        }
        scipy.io.savemat(folder / "annot" / f"{part}.mat", {"annot": annot})
    return truths


def fetch(folder: Path, universal_only: bool = False) -> list[Truth]:
    """SUBJECT/ACTION/annot.h5 with pose/2d, pose/3d, pose/3d-univ (32 joints), intrinsics/CAMERA as fx, cx, fy, cy."""
    cameras, truths = {54138969: World(yaw=0.3), 60457274: World(yaw=-0.9)}, []
    for subject, number, action in (("S1", 1, "Eating-2"), ("S9", 9, "Greeting-2"), ("S9", 9, "Waiting-2")):
        columns = {"pose/2d": [], "pose/3d": [], "pose/3d-univ": [], "frame": [], "camera": []}
        at = folder / subject / action
        for identity, camera in cameras.items():
            for frame in (1, 6):
                world = person(ALL_32, frame + number)
                columns["pose/2d"].append(camera.project(world))
                columns["pose/3d"].append(camera.to_camera(world))
                columns["pose/3d-univ"].append(camera.to_camera(world) * 0.9)
                columns["frame"].append(frame)
                columns["camera"].append(identity)
                image = f"{subject}/{action}/imageSequence/{identity}/img_{frame:06d}.jpg"
                found = truth(image, ALL_32, world, camera, subject=subject, sequence=action, frame=frame)
                found.facts |= {"action": action.split("-")[0], "camera": str(identity)}
                if universal_only:
                    found.mm = {name: value * 0.9 for name, value in found.mm.items()}
                truths.append(found)
        at.mkdir(parents=True, exist_ok=True)
        with h5py.File(at / "annot.h5", "w") as file:
            for name, values in columns.items():
                if not (universal_only and name == "pose/3d"):
                    file[name] = np.array(values)
            file["subject"], file["action"] = np.full(4, number), np.full(4, 3)
            for identity, camera in cameras.items():
                file[f"intrinsics/{identity}"] = np.array([camera.f[0], camera.c[0], camera.f[1], camera.c[1]])
    return truths


def npz(folder: Path, frames: int = 12) -> list[Truth]:
    """data_3d_h36m.npz (subject -> action -> (N, 32, 3), world, metres) and cameras.pkl ((subject, id) -> R, T, ...).

    R turns camera into world coordinates and T is the camera's place in metres; k holds k1, k2, k3 and p p1, p2.
    """
    camera, truths, positions, cameras = World(distortion=DISTORTION), [], {}, {}
    for subject, action in (("S1", "Directions 1"), ("S9", "Greeting"), ("S11", "Photo")):
        worlds = np.stack([person(ALL_32, frame) for frame in range(frames)])
        positions.setdefault(subject, {})[action] = (worlds / 1000).astype(np.float32)
        for identity in ("54138969", "55011271"):
            cameras[subject, identity] = {
                "R": camera.rotation.T, "T": camera.centre[:, None] / 1000, "c": np.array(camera.c)[:, None],
                "f": np.array(camera.f)[:, None], "k": np.array([DISTORTION[0], DISTORTION[1], DISTORTION[4]])[:, None],
                "p": np.array(DISTORTION[2:4])[:, None], "w": 1000, "h": 1000, "id": identity, "name": "camera",
            }  # fmt: skip
            for frame in range(0, frames, 5):
                image = f"images/{subject}_{action.replace(' ', '_')}.{identity}_{frame + 1:06d}.jpg"
                found = truth(image, ALL_32, worlds[frame], camera, subject=subject, sequence=action)
                found.facts |= {"frame": frame + 1, "camera": identity, "action": action.split(" ")[0]}
                truths.append(found)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "data_3d_h36m.npz", positions_3d=positions)
    (folder / "cameras.pkl").write_bytes(pickle.dumps(cameras, protocol=2))
    return truths


def mmpose(folder: Path) -> list[Truth]:
    """An .npz with imgname, center, scale, part (N, 17, 3: x, y, flag) and S (N, 17, 4: metres, flag); cameras.pkl."""
    truths = npz(folder, frames=1)[:2]
    camera = World(distortion=DISTORTION)
    worlds = [person(RIGHT_FIRST, row) for row in range(2)]
    ones = np.ones((2, 17, 1))
    names = ["S1/S1_Directions_1.54138969/S1_Directions_1.54138969_000001.jpg",
             "S9/S9_Greeting.55011271/S9_Greeting.55011271_000396.jpg"]  # fmt: skip
    space = np.stack([camera.to_camera(world) for world in worlds])
    plane = np.stack([camera.project(world) for world in worlds])
    plane_flags = ones.copy()
    plane_flags[1, 3] = 0
    np.savez(
        folder / "test_h36m_body3d.npz", imgname=np.array(names), center=plane.mean(1), scale=np.array([2.0, 1.5]),
        part=np.concatenate([plane, plane_flags], -1), S=np.concatenate([space / 1000, ones], -1),
    )  # fmt: skip
    return [
        Truth(
            names[row], named(RIGHT_FIRST, space[row]), named(RIGHT_FIRST, plane[row]),
            {"subject": f"S{1 + 8 * row}", "camera": ("54138969", "55011271")[row], "frame": (1, 396)[row]},
        )
        for row in range(len(truths))
    ]  # fmt: skip
