"""The project's own lines of JSON, built from `prepare show own` and person.schema.json; the author had not read the
reader."""

import json
from pathlib import Path

from published_people import people, picture, project

JOINTS = (
    "pelvis right_hip right_knee right_ankle left_hip left_knee left_ankle spine thorax jaw head "
    "left_shoulder left_elbow left_wrist right_shoulder right_elbow right_wrist"
).split()
MISSING = "left_wrist"
CAMERA = {"fx": 900.0, "fy": 910.0, "cx": 330.0, "cy": 250.0, "width": 640, "height": 480}
LENS = (0.1, -0.05, 0.002, -0.003, 0.01)  # k1, k2, p1, p2, k3
FLAT = {"right_knee": [12.5, 30.25], "head": [15, 7]}
BOX = (3.5, 2.5, 30.0, 40.0)


def joints() -> dict:
    """name -> mm before the camera."""
    return dict(zip(JOINTS, people(JOINTS, 1, 5)[0], strict=True))


def pixels() -> dict:
    focal, centre = (CAMERA["fx"], CAMERA["fy"]), (CAMERA["cx"], CAMERA["cy"])
    return {name: project(xyz, focal, centre, LENS) for name, xyz in joints().items()}


def build(folder: Path) -> None:
    """One person in space without a wrist, and one in pixels with two joints and a box."""
    picture(folder / "pictures" / "a.jpg", 64, 48, 101)
    picture(folder / "pictures" / "b.png", 64, 48, 151)
    space = {name: list(map(float, xyz)) for name, xyz in joints().items() if name != MISSING}
    about = {"subject": "anna", "action": "waving", "sequence": "monday", "camera_name": "left", "frame": 17}
    first = {"image": "pictures/a.jpg", "joints_mm": space, "camera": CAMERA | {"distortion": list(LENS)}} | about
    second = {"image": "pictures/b.png", "pixels": FLAT, "box": list(BOX), "head_px": 6.5}
    (folder / "people.jsonl").write_text(f"{json.dumps(first)}\n\n{json.dumps(second)}\n")
