"""Files of the data sets with joints in pixels only, made after the published descriptions of their layouts."""

import json
from pathlib import Path

import cv2
import h5py
import numpy as np
import scipy.io
from format_world import Truth, World, named, person, write_picture

MPII = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax", "upper_neck",
    "head", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist",
]  # fmt: skip
LSP = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "upper_neck", "head",
]  # fmt: skip
COCO = [
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
]  # fmt: skip


def _flat(image: str, names: list[str], seed: int, missing: str, **facts) -> tuple[Truth, np.ndarray]:
    pixels = World().project(person(names, seed)).round(1)
    joints = named(names, pixels)
    joints[missing] = np.full(2, np.nan)
    return Truth(image, {}, joints, facts), pixels


def _mpii(folder: Path) -> tuple[list[Truth], list[np.ndarray]]:
    pairs = [_flat(f"01560118{row}.jpg", MPII, row, "right_wrist", head_px=(80.0, 64.0)[row]) for row in range(2)]
    for found, _ in pairs:
        write_picture(folder / "images" / found.image)
    return [found for found, _ in pairs], [pixels for _, pixels in pairs]


def mpii_h5(folder: Path) -> list[Truth]:
    """valid.h5 of hourglass code: part counted from 1, 0, 0 for a missing joint; center, scale, normalize."""
    truths, pixels = _mpii(folder)
    part = np.stack(pixels) + 1
    part[:, MPII.index("right_wrist")] = 0
    visible = np.ones((2, 16))
    visible[:, [MPII.index("right_wrist"), MPII.index("left_knee")]] = 0
    (folder / "annot").mkdir(exist_ok=True)
    with h5py.File(folder / "annot" / "valid.h5", "w") as file:
        file["part"], file["visible"] = part, visible
        file["center"], file["scale"] = part.mean(1), np.array([2.5, 3.0])
        file["normalize"], file["index"] = np.array([80.0, 64.0]), np.array([6.0, 17.0])
        file["person"], file["torsoangle"] = np.zeros(2), np.zeros(2)
        file["imgname"] = np.array([t.image.encode() for t in truths], "S13")
    (folder / "annot" / "valid_images.txt").write_text("".join(t.image + "\n" for t in truths))
    return truths


def mpii_json(folder: Path) -> list[Truth]:
    """annot/valid.json of the simple-baselines family: joints counted from 1, joints_vis, center, scale, image."""
    truths, pixels = _mpii(folder)
    people = []
    for found, plane in zip(truths, pixels, strict=True):
        joints, visible = (plane + 1).tolist(), [1] * 16
        joints[MPII.index("right_wrist")], visible[MPII.index("right_wrist")] = [-1.0, -1.0], 0
        people.append({"joints_vis": visible, "joints": joints, "image": found.image, "scale": 2.5,
                       "center": (plane + 1).mean(0).tolist()})  # fmt: skip
        found.facts = {}
    (folder / "annot").mkdir(exist_ok=True)
    (folder / "annot" / "valid.json").write_text(json.dumps(people))
    return truths


def mpii_mat(folder: Path) -> list[Truth]:
    """mpii_human_pose_v1_u12_1.mat: RELEASE.annolist(i).annorect(j).annopoints.point(k) with x, y, id from 0."""
    truths, pixels = _mpii(folder)
    images, flags = [], []
    for row, (found, plane) in enumerate(zip(truths, pixels, strict=True)):
        points = [
            {"x": x + 1, "y": y + 1, "id": joint, "is_visible": np.zeros((0, 0)) if joint in (8, 9) else 1}
            for joint, (x, y) in enumerate(plane)
            if joint != MPII.index("right_wrist")
        ]
        points.reverse()
        # PCKh divides by 0.6 times the diagonal of the head's box: (3, 4) * 80 / 3 is 133.3 long, 0.6 of it 80.
        head = np.array([3.0, 4.0]) * (80.0, 64.0)[row] / 3
        rect = {
            "x1": 100.0, "y1": 50.0, "x2": 100 + head[0], "y2": 50 + head[1], "scale": 2.5,
            "objpos": {"x": float(plane[:, 0].mean() + 1), "y": float(plane[:, 1].mean() + 1)},
            "annopoints": {"point": _structs(points)},
        }  # fmt: skip
        unlabelled = {**rect, "annopoints": np.zeros((0, 0))}
        images.append({"image": {"name": found.image}, "annorect": _structs([rect, unlabelled]), "vididx": 1})
        flags.append(1)
        found.facts |= {"action": ("curling", "running")[row]}
    images.append({"image": {"name": "test.jpg"}, "annorect": np.zeros((0, 0)), "vididx": 1})
    acts = [{"cat_name": "sports", "act_name": name, "act_id": 1} for name in ("curling", "running", "")]
    release = {"annolist": _structs(images), "img_train": np.array([[*flags, 0]]), "act": _structs(acts).T}
    scipy.io.savemat(folder / "mpii_human_pose_v1_u12_1.mat", {"RELEASE": release}, do_compression=True)
    return truths


def _structs(rows: list[dict]) -> np.ndarray:
    """A 1 x N MATLAB struct array."""
    array = np.zeros((1, len(rows)), [(name, object) for name in rows[0]])
    for i, row in enumerate(rows):
        for name, value in row.items():
            array[0, i][name] = value
    return array


def coco(folder: Path) -> list[Truth]:
    """annotations/person_keypoints_val2017.json: 51 numbers x, y, v with v = 0 for a joint that is not labelled."""
    images, people, truths = [], [], []
    for row, crowd in enumerate((0, 0, 1)):
        found, pixels = _flat(f"val2017/00000000{row}785.jpg", COCO, row, "left_ear")
        flags = np.full(17, 2)
        flags[COCO.index("left_ear")], flags[COCO.index("right_hip")] = 0, 1
        pixels[COCO.index("left_ear")] = 0
        low, high = pixels[flags > 0].min(0), pixels[flags > 0].max(0)
        found.facts["box"] = (*low.tolist(), *(high - low).tolist())
        name = Path(found.image).name
        images.append({"file_name": name, "height": 1000, "width": 1000, "id": 40 + row})
        people.append(
            {"image_id": 40 + row, "iscrowd": crowd, "category_id": 1, "id": row, "bbox": list(found.facts["box"]),
             "num_keypoints": 16, "keypoints": np.column_stack([pixels, flags]).ravel().tolist()}
        )  # fmt: skip
        write_picture(folder / found.image)
        truths.append(found)
    people.append({**people[0], "id": 9, "num_keypoints": 0, "keypoints": [0] * 51})
    (folder / "annotations").mkdir(exist_ok=True)
    text = json.dumps({"images": images, "annotations": people, "categories": [{"id": 1, "name": "person"}]})
    (folder / "annotations" / "person_keypoints_val2017.json").write_text(text)
    return truths[:2]


def lsp(folder: Path, extended: bool) -> list[Truth]:
    """images/ and joints.mat: (3, 14, N) for LSP (all joints given), (14, 3, N) with flag 0 for rubbish in LSPET."""
    truths, columns = [], []
    for row in range(3):
        image = f"images/im{row + 1:0{5 if extended else 4}d}.jpg"
        found, pixels = _flat(image, LSP, row, "left_elbow")
        flags = np.ones(14)
        flags[LSP.index("left_elbow")] = 0
        if not extended:
            found.px["left_elbow"] = pixels[LSP.index("left_elbow")]
        columns.append(np.column_stack([pixels, flags]))
        write_picture(folder / image)
        truths.append(found)
    joints = np.stack(columns, -1)
    scipy.io.savemat(folder / "joints.mat", {"joints": joints if extended else joints.transpose(1, 0, 2)})
    return truths


def lspet_packed(folder: Path) -> list[Truth]:
    """lspet_crops192.npz: jpeg bytes end to end, offsets, joints (N, 14, 3), image_id."""
    truths, columns, files = [], [], []
    for row in range(2):
        found, pixels = _flat(f"image {8999 + row * 2}", LSP, row, "left_elbow")
        flags = np.ones(14)
        flags[LSP.index("left_elbow")] = 0
        columns.append(np.column_stack([pixels, flags]))
        files.append(cv2.imencode(".jpg", np.full((192, 192, 3), 90 + row, np.uint8))[1].ravel())
        truths.append(found)
    np.savez(folder / "lspet_crops192.npz", jpeg=np.concatenate(files), offsets=np.cumsum([0, *map(len, files)]),
             joints=np.array(columns, np.float32), image_id=np.array([8999, 9001]))  # fmt: skip
    return truths
