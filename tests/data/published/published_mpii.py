"""MPII in its three layouts, built from published descriptions only; the author had not read the readers.

Sources: the README of mpii_human_pose_v1_u12 (joint ids 0 to 15, objpos and scale w.r.t. 200 px, head rectangle,
is_visible, img_train) as repeated in wbenbihi/hourglasstensorflow; princeton-vl/pose-hg-train src/misc/mpii.py and
convert_annot.py, which WRITE train.h5 and valid.h5 with `c[1] += 15 * s; s *= 1.25` already done, 1-based `part` and
normalize = 0.6 times the head's diagonal; microsoft/human-pose-estimation.pytorch lib/dataset/mpii.py, whose JSON
holds the untouched centre and scale and which takes 1 off centre and joints.
"""

import json
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from published_people import picture

# README of the data set, "id - joint id": 0 - r ankle ... 15 - l wrist.
JOINTS = (
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist"
).split()

# Two people, in MATLAB's pixels (the first pixel is 1). Rows by joint id; None: not annotated.
POINTS = [
    [(310 + 7 * i + (i * i) % 5, 640 - 23 * i + 3 * (i % 4)) for i in range(16)],
    [None if i in (0, 9) else (120 + 11 * i, 90 + 13 * ((5 * i) % 16)) for i in range(16)],
]
CENTRES = [(351, 402), (203, 188)]
SCALES = [2.25, 1.5]
HEADS = [(401, 101, 461, 181), (190, 60, 214, 92)]  # x1, y1, x2, y2: diagonals of 100 and 40
NAMES = ["015601864.jpg", "005808361.jpg"]
SHADES = [60, 160]
SIZE = (800, 700)


def expected_pixels(person: int) -> dict:
    """By joint name, from 0."""
    return {
        joint: None if point is None else (point[0] - 1, point[1] - 1)
        for joint, point in zip(JOINTS, POINTS[person], strict=True)
    }


def expected_square(person: int) -> tuple[float, float, float]:
    """Centre and side of the hourglass crop, from 0."""
    (x, y), scale = CENTRES[person], SCALES[person]
    return x - 1, y + 15 * scale - 1, 200 * 1.25 * scale


def pictures(folder: Path) -> None:
    for name, shade in zip(NAMES, SHADES, strict=True):
        picture(folder / "images" / name, *SIZE, shade)


def build_h5(folder: Path, part: str) -> None:
    """annot/PART.h5 as convert_annot.py writes it, with PART_images.txt beside it."""
    pictures(folder)
    (folder / "annot").mkdir()
    points = np.array([[(0, 0) if p is None else p for p in person] for person in POINTS], float)
    centres = np.array([(x, y + 15 * s) for (x, y), s in zip(CENTRES, SCALES, strict=True)])
    with h5py.File(folder / "annot" / f"{part}.h5", "w") as file:
        file.attrs["name"] = "mpii"
        file["index"], file["person"] = np.array([4.0, 9.0]), np.array([0.0, 1.0])
        file["imgname"] = np.array([n.encode() for n in NAMES])
        file["center"], file["scale"] = centres, 1.25 * np.array(SCALES)
        file["part"], file["visible"] = points, (points.sum(-1) > 0).astype(float)
        file["normalize"], file["torsoangle"] = np.array([60.0, 24.0]), np.array([1.0, -3.0])
    (folder / "annot" / f"{part}_images.txt").write_text("".join(n + "\n" for n in NAMES))


def build_json(folder: Path, part: str) -> None:
    """annot/PART.json of the simple baselines."""
    pictures(folder)
    (folder / "annot").mkdir()
    rows = [
        {
            "joints_vis": [0 if p is None else 1 for p in POINTS[i]],
            "joints": [[0.0, 0.0] if p is None else [float(p[0]), float(p[1])] for p in POINTS[i]],
            "image": NAMES[i],
            "scale": SCALES[i],
            "center": [float(c) for c in CENTRES[i]],
        }
        for i in range(2)
    ]
    (folder / "annot" / f"{part}.json").write_text(json.dumps(rows))


def build_official(folder: Path) -> None:
    """mpii_human_pose_v1_u12_1.mat: RELEASE.annolist(i).annorect(r).annopoints.point(p) and so on.

    The first picture is of test: its person has objpos and scale only. The second has both people, in the first
    person points with and in the second without `is_visible`, and it has the visibilities as text, as number and empty.
    A third person in it was located, but not annotated; the third picture has nobody.
    """
    pictures(folder)
    people = [_person(0, True), _person(1, False), _person(1, None)]
    annolist = _structs(
        [
            {"image": _structs([{"name": "000000001.jpg"}]), "annorect": _structs([_located(0)])},
            {"image": _structs([{"name": NAMES[0]}]), "annorect": _structs(people)},
            {"image": _structs([{"name": NAMES[1]}]), "annorect": np.zeros((0, 0))},
        ],
        extra={"frame_sec": 12.0, "vididx": 1.0},
    )
    single = np.empty((3, 1), object)
    single[:] = [[np.array([[1.0]])], [np.array([[1.0], [2.0]])], [np.zeros((0, 0))]]
    acts = _structs([{"cat_name": "sports", "act_name": "skating", "act_id": 1.0}] * 3).T
    release = _structs(
        [
            {
                "annolist": annolist,
                "img_train": np.array([[0, 1, 1]], np.uint8),
                "version": "12",
                "single_person": single,
                "act": acts,
                "video_list": np.array([["abc"]], object),
            }
        ]
    )
    scipy.io.savemat(folder / "mpii_human_pose_v1_u12_1.mat", {"RELEASE": release}, do_compression=True)


def _located(person: int) -> dict:
    x, y = CENTRES[person]
    return {"scale": SCALES[person], "objpos": _structs([{"x": float(x), "y": float(y)}])}


def _person(person: int, visible: bool | None) -> dict:
    x1, y1, x2, y2 = HEADS[person]
    if visible is None:
        return {"x1": 5.0, "y1": 6.0, "x2": 7.0, "y2": 8.0, "annopoints": np.zeros((0, 0)), **_located(person)}
    points = []
    # The file lists points in the order in which they were clicked: not by id.
    for i in (6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 15, 14, 13, 12, 11, 10):
        if POINTS[person][i] is not None:
            point = {"x": float(POINTS[person][i][0]), "y": float(POINTS[person][i][1]), "id": float(i)}
            if visible:
                point["is_visible"] = (1.0, "0", np.zeros((0, 0)))[i % 3]
            points.append(point)
    annopoints = _structs([{"point": _structs(points)}])
    head = {"x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2)}
    return {**head, "annopoints": annopoints, **_located(person)}


def _structs(rows: list[dict], extra: dict | None = None) -> np.ndarray:
    """A 1xN MATLAB struct array."""
    rows = [row | (extra or {}) for row in rows]
    array = np.empty((1, len(rows)), [(name, object) for name in rows[0]])
    for i, row in enumerate(rows):
        array[0, i] = tuple(row.values())
    return array
