"""LSP, LSP Extended and COCO keypoints, built from published descriptions; the author had not read the readers.

Sources: the readmes of lsp_dataset and lspet_dataset (joints.mat, "a 3x14x2000 matrix called 'joints'": x, y and a
flag; joints 1 right ankle to 14 head top) and loaders that show what the readme leaves out: LSP's flag is 1 for a
hidden joint, LSP Extended's array lies as 14x3x10000 and its flag is 1 for a joint that was annotated (for example
`visible = 1 - dataset[2]` for LSP, `transpose(2, 0, 1)` and skipping of flag 0 for LSP Extended). COCO: the format
page of cocodataset.org: 0-indexed x, y, v (0 not labelled, 1 hidden, 2 visible), bbox x, y, width, height.
"""

import json
from pathlib import Path

import numpy as np
import scipy.io
from published_people import picture

LSP_JOINTS = (
    "right_ankle right_knee right_hip left_hip left_knee left_ankle right_wrist right_elbow right_shoulder "
    "left_shoulder left_elbow left_wrist upper_neck head"
).split()
COCO_JOINTS = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"
).split()


def lsp_points(person: int) -> np.ndarray:
    """(14, 2) pixels as the file holds them."""
    i = np.arange(14)
    return np.stack([20.5 + 5 * i + (3 * person + i * i) % 4, 150.25 - 9 * i + (7 * i) % 5 + person % 3], -1)


def build_lsp(folder: Path, count: int = 1003) -> None:
    """joints (3, 14, N); flag 1 where hidden. Pictures 1, 2, 1001 only are there."""
    joints = np.zeros((3, 14, count))
    for person in range(count):
        joints[:2, :, person] = lsp_points(person).T
        joints[2, person % 14, person] = 1
    scipy.io.savemat(folder / "joints.mat", {"joints": joints})
    for number, shade in ((1, 50), (2, 100), (1001, 150)):
        picture(folder / "images" / f"im{number:04d}.jpg", 110, 181, shade)


def build_lspet(folder: Path, count: int = 3) -> None:
    """joints (14, 3, N); flag 0 where nobody annotated: its coordinates are rubbish."""
    joints = np.zeros((14, 3, count))
    for person in range(count):
        joints[:, :2, person] = lsp_points(person)
        joints[:, 2, person] = 1
        joints[3 + person, :, person] = (-57.3, 411.9, 0)
    scipy.io.savemat(folder / "joints.mat", {"joints": joints})
    for number, shade in ((1, 50), (2, 100), (3, 150)):
        picture(folder / "images" / f"im{number:05d}.jpg", 110, 181, shade)


def coco_points() -> list[tuple[int, int, int]]:
    """x, y, v of 17 joints; joints 3 and 16 not labelled, 4 labelled but hidden."""
    rows = [(200 + 13 * i, 40 + 17 * ((7 * i) % 17), 2) for i in range(17)]
    rows[3] = rows[16] = (0, 0, 0)
    rows[4] = (*rows[4][:2], 1)
    return rows


COCO_BOX = (190.25, 33.5, 230.0, 301.75)


def build_coco(folder: Path, part: str) -> None:
    """One usable person; a crowd and a person without a labelled joint beside it."""
    flat = [value for row in coco_points() for value in row]
    person = {"category_id": 1, "image_id": 397133, "segmentation": [], "area": 1.0, "iscrowd": 0}
    annotations = [
        person | {"id": 1, "keypoints": flat, "num_keypoints": 15, "bbox": list(COCO_BOX)},
        person | {"id": 2, "keypoints": [0] * 51, "num_keypoints": 0, "bbox": [1.0, 2.0, 30.0, 40.0]},
        person | {"id": 3, "keypoints": [0] * 51, "num_keypoints": 0, "bbox": [0, 0, 99.0, 99.0], "iscrowd": 1},
    ]
    name = "000000397133.jpg"
    content = {
        "info": {"year": 2017},
        "licenses": [],
        "images": [
            {"id": 37777, "file_name": "000000037777.jpg", "width": 352, "height": 230},
            {"id": 397133, "file_name": name, "width": 640, "height": 427},
        ],
        "annotations": annotations,
        "categories": [
            {"supercategory": "person", "id": 1, "name": "person", "keypoints": COCO_JOINTS, "skeleton": []}
        ],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / f"person_keypoints_{part}2017.json").write_text(json.dumps(content))
    picture(folder / f"{part}2017" / name, 640, 427, 120)
    picture(folder / f"{part}2017" / "000000037777.jpg", 352, 230, 20)
