"""3DPW's sequence files, built from published descriptions only; the author had not read the reader.

Sources: the data set's readme.txt (fields and shapes; poses and cam_poses are aligned with the pictures at 30 Hz,
jointPositions: list of N x (24*3), poses2d in COCO format, campose_valid) and its demo.py (cam_poses lead from the
world to the camera); nkolot/SPIN datasets/preprocess/pw3d.py (sequenceFiles/PART/NAME.pkl, read as latin1 because it
was written by Python 2; imageFiles/NAME/image_00000.jpg for the first row); SMPL's own order of 24 joints.
"""

import io
import pickle
import struct
from pathlib import Path

import numpy as np
from published_people import people, picture, project, rotation

# SMPL's joint names; its "head" is a joint inside the skull.
JOINTS = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot "
    "neck left_collar right_collar skull left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
    "left_hand right_hand"
).split()

NAME = "courtyard_test_00"
FRAMES = 4
FOCAL, CENTRE, SIZE = (1961.8528, 1969.2307), (540.0, 960.0), (1080, 1920)  # upright, as most sequences are
CAMPOSE_VALID = [[1, 1, 0, 1], [0, 1, 1, 1]]
SHADES = [40, 80, 120, 160]


def camera_poses(actor: int) -> np.ndarray:
    """(FRAMES, 24, 3) mm in the camera's frame."""
    return people(JOINTS, FRAMES, 300 + actor, (-300 + 700 * actor, 100, 5200))


def extrinsics() -> np.ndarray:
    """(FRAMES, 4, 4) from the world to the camera, metres; the camera moves."""
    matrices = np.tile(np.eye(4), (FRAMES, 1, 1))
    for i in range(FRAMES):
        matrices[i, :3, :3] = rotation(170 + 3 * i, 20 - 5 * i, 4)
        matrices[i, :3, 3] = (0.31 + 0.1 * i, -0.72, 3.4)
    return matrices


def pixels(actor: int, frame: int) -> np.ndarray:
    return project(camera_poses(actor)[frame], FOCAL, CENTRE)


def build(folder: Path, part: str = "test") -> None:
    matrices = extrinsics()
    turns, shifts = matrices[:, :3, :3], matrices[:, :3, 3]
    positions, detections = [], []
    for actor in range(2):
        metres = camera_poses(actor) / 1000
        world = np.einsum("nij,nki->nkj", turns, metres - shifts[:, None])  # X = R^T (x - t)
        positions.append(world.reshape(FRAMES, 72))
        rng = np.random.default_rng(actor)
        detections.append(rng.uniform(100, 900, (FRAMES, 3, 18)))
    content = {
        "sequence": NAME,
        "betas": [np.zeros(10), np.zeros(10)],
        "betas_clothed": [np.zeros(10), np.zeros(10)],
        "v_template_clothed": [np.zeros((4, 3)), np.zeros((4, 3))],
        "poses": [np.zeros((FRAMES, 72)), np.zeros((FRAMES, 72))],
        "trans": [np.zeros((FRAMES, 3)), np.zeros((FRAMES, 3))],
        "poses_60Hz": [np.zeros((2 * FRAMES, 72)), np.zeros((2 * FRAMES, 72))],
        "trans_60Hz": [np.zeros((2 * FRAMES, 3)), np.zeros((2 * FRAMES, 3))],
        "genders": ["m", "f"],
        "texture_maps": [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)],
        "poses2d": detections,
        "jointPositions": positions,
        "img_frame_ids": np.arange(0, 2 * FRAMES, 2),
        "cam_poses": matrices,
        "campose_valid": [np.array(valid) for valid in CAMPOSE_VALID],
        "cam_intrinsics": np.array([[FOCAL[0], 0, CENTRE[0]], [0, FOCAL[1], CENTRE[1]], [0, 0, 1.0]]),
    }
    place = folder / "sequenceFiles" / part
    place.mkdir(parents=True)
    (place / f"{NAME}.pkl").write_bytes(as_python2_pickles(content))
    for i, shade in enumerate(SHADES):
        picture(folder / "imageFiles" / NAME / f"image_{i:05d}.jpg", *SIZE, shade)


class _Python2Pickler(pickle._Pickler):
    """Writes text and bytes alike as Python 2's `str`, as cPickle of the data set's authors did."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, value):
        data = value if isinstance(value, bytes) else value.encode("latin1")
        if len(data) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_text


def as_python2_pickles(content) -> bytes:
    stream = io.BytesIO()
    _Python2Pickler(stream, protocol=2).dump(content)
    return stream.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")
