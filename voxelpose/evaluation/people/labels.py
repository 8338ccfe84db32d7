"""What the labels of examples in memory mean in the camera frame, and their fingerprint."""

import hashlib

import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.geometry import Camera, Crop


def camera_joints(examples: ExampleSet) -> np.ndarray:
    """(N, J, 3) mm in the camera frame of examples whose views are known; their z is along the picture's middle ray."""
    size = examples.images.shape[1]
    joints = []
    for labels, view in zip(examples.joints.astype(np.float64), examples.views, strict=True):
        camera = Camera(*map(float, view[:4]), size, size)
        rays = camera.rays(labels[:, :2])
        along = rays @ Crop(np.eye(2, 3), size).facing(camera).depth_axis
        joints.append(rays * ((view[4] + labels[:, 2]) / along)[:, None])
    return np.stack(joints)


def labels_sha256(examples: ExampleSet) -> str:
    """SHA-256 over the labels of examples, pictures left out: those may differ in a bit where a codec does."""
    digest = hashlib.sha256(" ".join(examples.skeleton.joints).encode())
    for column in (examples.joints, examples.weights, examples.present, examples.views):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
