"""People painted as dots, whose poses are known in mm, and a network that reads the dots exactly.

Formulas are written out here; nothing of them is the package's.
"""

from functools import lru_cache

import numpy as np
from painted import PaintedNetwork, picture, preset

from voxelpose.data.example import PictureCamera
from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.evaluation.evaluate import run_network
from voxelpose.evaluation.people.drawn import known_people
from voxelpose.evaluation.people.people import Tags
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.skeleton import H36M17

SIZE, FOCAL, CENTRE = 420, 520.0, 200.0
SHAPE = {
    "pelvis": (0, 0, 0), "right_hip": (-130, 40, 30), "right_knee": (-200, 460, -150), "right_ankle": (-260, 880, 60),
    "left_hip": (130, 50, -30), "left_knee": (210, 480, 100), "left_ankle": (300, 890, 300), "spine": (0, -240, 40),
    "thorax": (0, -490, 20), "jaw": (30, -610, -60), "head": (10, -740, -20), "left_shoulder": (170, -460, -40),
    "left_elbow": (400, -330, -150), "left_wrist": (430, -90, -330), "right_shoulder": (-170, -470, 80),
    "right_elbow": (-420, -420, 200), "right_wrist": (-600, -560, 60),
}  # fmt: skip


def pose(**moved):
    """(17, 3) mm before the camera; joints named in `moved` lie so many mm farther along their own viewing ray."""
    joints = np.array([50.0, -60.0, 3000.0]) + np.array([SHAPE[name] for name in H36M17.joints], float)
    for name, distance in moved.items():
        joint = joints[H36M17.index(name)]
        joint += distance * joint / np.linalg.norm(joint)
    return joints


def project(joints):
    return FOCAL * joints[..., :2] / joints[..., 2:] + CENTRE


def ray(pixel):
    direction = np.array([(pixel[0] - CENTRE) / FOCAL, (pixel[1] - CENTRE) / FOCAL, 1.0])
    return direction / np.linalg.norm(direction)


def people_of(poses, dataset="drawn people", tags=None):
    """People of poses (17, 3) in mm that are all seen by the same camera."""
    joints, cameras = [], []
    axis = ray([(SIZE - 1) / 2, (SIZE - 1) / 2])
    for one in poses:
        depth = one @ axis
        joints.append(np.column_stack([project(one), depth - depth[0]]))
        cameras.append(PictureCamera(FOCAL, FOCAL, CENTRE, CENTRE, depth[0]))
    count = len(poses)
    labels = Labels(
        H36M17,
        SIZE,
        np.array(joints, np.float32),
        np.ones((count, 17, 3), np.float32),
        np.ones(count, bool),
        PictureCameras.of(cameras),
    )
    examples = ExampleSet("painted", np.stack([_picture(project(one).tobytes()) for one in poses]), labels)
    return known_people(examples, dataset, tags or Tags.unknown(count))


@lru_cache
def _picture(pixels):
    return picture(np.frombuffer(pixels).reshape(-1, 2), SIZE, SIZE, radius=5)


def network(true=None, **facts):
    """A network that reads dots exactly and puts every joint as deep as it lies in the pose `true`."""
    true = pose() if true is None else true
    pixels = project(true)
    axis = ray((pixels.min(0) + pixels.max(0)) / 2)
    depth = (true - true[0]) @ axis
    return LoadedNetwork(PaintedNetwork((depth + 1000) / 2000), preset(**facts), "a" * 64)


def read(people, true=None, **facts):
    return run_network(network(true, **facts), people, mirrored=False)
