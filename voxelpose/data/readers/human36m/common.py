"""What the layouts of Human3.6M have in common: joints, subjects, file names, and the sequences with a known fault.

Ionescu et al., Human3.6M, PAMI 2014.
"""

import re

import numpy as np

from voxelpose.data.readers.dataset import camera_of, require_part
from voxelpose.data.record import About
from voxelpose.errors import InputError
from voxelpose.geometry import Camera

# The numbers of h36m17's joints among the 32 of the data set.
OF_32 = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
PARTS = {"train": ("S1", "S5", "S6", "S7", "S8"), "test": ("S9", "S11")}

# The four cameras by number: size of the picture, and OpenCV's k1, k2, p1, p2, k3 of the lens, which are the same for
# all subjects (the data set's metadata.xml, as mmpose's preprocess_h36m.py and VideoPose3D's h36m_dataset.py give it).
_CAMERAS = {
    "54138969": ((1000, 1002), (-0.207098911, 0.247775183, -0.001424472, -0.000975699, -0.003075150)),
    "55011271": ((1000, 1000), (-0.194213630, 0.240408539, -0.002740894, -0.001619027, 0.006819976)),
    "58860488": ((1000, 1000), (-0.208338188, 0.255488007, -0.000759999, 0.001484387, -0.002460497)),
    "60457274": ((1000, 1002), (-0.198384094, 0.218323676, -0.001813362, -0.000587206, -0.008947807)),
}
_UNKNOWN = ((1000, 1000), (0.0,) * 5)

# In three sequences of S9 the joints are shifted against the picture by some 200 mm (Iskakov et al., ICCV 2019): by
# the number of the repetition, and by the name of the source file.
_SHIFTED = {"Greeting-2", "SittingDown-2", "Waiting-1", "Greeting", "SittingDown 1", "Waiting 1"}
_NAME = re.compile(r"(S\d+)_(.+)\.(\d+)_(\d+)\.\w+$")
# The files of some subjects, and h36m-fetch, name four actions otherwise than the papers' tables do.
_SYNONYMS = {"TakingPhoto": "Photo", "WalkingDog": "WalkDog", "WalkingTogether": "WalkTogether", "Phone": "Phoning"}
_REPETITION = re.compile(r"[ _-]\d+$")


def subjects_of(part: str) -> tuple[str, ...]:
    """The subjects of "train", "test" or "all", as the paper and later work divide them."""
    require_part(part, *PARTS, "all")
    return PARTS["train"] + PARTS["test"] if part == "all" else PARTS[part]


def size_of(camera: str) -> tuple[int, int]:
    """Width and height of a camera's pictures."""
    return _CAMERAS.get(camera, _UNKNOWN)[0]


def lens_of(camera: str) -> tuple[float, ...]:
    """OpenCV's k1, k2, p1, p2, k3 of a camera; zeros for one that the data set does not have."""
    return _CAMERAS.get(camera, _UNKNOWN)[1]


def with_lens(camera: str, pixels: np.ndarray, joints: np.ndarray) -> Camera:
    """The camera with its known lens, focal lengths and middle fitted to joints (N, J, 3) in mm and their pixels."""
    bent = Camera(1.0, 1.0, 0.0, 0.0, *size_of(camera), lens_of(camera)).project(joints).reshape(-1, 2)
    matrix = np.eye(3)
    for axis in (0, 1):
        line = np.column_stack([bent[:, axis], np.ones(len(bent))])
        matrix[axis, axis], matrix[axis, 2] = np.linalg.lstsq(line, pixels.reshape(-1, 2)[:, axis], rcond=None)[0]
    return camera_of(matrix, size_of(camera), lens_of(camera))


def drops_shifted(choice: str) -> bool:
    """Whether S9's shifted sequences are left out: option shifted = keep or drop."""
    if choice not in ("keep", "drop"):
        raise InputError(f"Expected shifted = keep or drop. Received: {choice}.")
    return choice == "drop"


def is_shifted(subject: str, sequence: str) -> bool:
    """Whether the annotation of a sequence is known to be shifted against its picture."""
    return subject == "S9" and sequence in _SHIFTED


def action_of(sequence: str) -> str:
    """ "Eating 1", "Eating_1", "Eating-1" -> "Eating"; one name for an action, whatever the file calls it."""
    action = _REPETITION.sub("", sequence)
    return _SYNONYMS.get(action, action)


def about_file(name: str) -> About:
    """What the name of a picture says, as in S5_Eating_1.55011271_000321.jpg; InputError for another name."""
    found = _NAME.search(name.rpartition("/")[2])
    if found is None:
        raise InputError(f"Expected a name such as S5_Eating_1.55011271_000321.jpg. Received: {name}.")
    subject, sequence, camera, frame = found.groups()
    sequence = sequence.replace("_", " ")
    return About(subject, action_of(sequence), sequence, camera, int(frame))


def of_32(joints: np.ndarray) -> np.ndarray:
    """(..., 32, C) -> (..., 17, C) in the order of h36m17."""
    return joints[..., OF_32, :]
