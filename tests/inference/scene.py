"""An estimator that needs no network: people are boxes at known places, by frame."""

import numpy as np

from voxelpose.geometry import Camera
from voxelpose.inference.estimator import Answer
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton

STICK = Skeleton("stick", ("base", "tip"), (0, 0))
SIZE = (640, 480)
CAMERA = Camera.from_field_of_view(*SIZE)


class Scene:
    """An estimator for people who are boxes at known places: it answers with the one that a request's box meets.

    where: frame number -> the boxes of the people in it. The frame's number is the image's first pixel.
    """

    detector = None

    def __init__(self, where):
        self.where, self.asked = where, []

    def answer(self, requests):
        return [self._one(request) for request in requests]

    def _one(self, request):
        frame = int(request.image[0, 0, 0])
        self.asked.append((frame, request.box, request.box_source))
        people = self.where.get(frame, [])
        if request.box is not None:
            people = [p for p in people if abs(p[0] - request.box[0]) < 30]
        # As the network does: with no box, the one that its own joints make.
        box = request.box or next(iter(people), (0, 0, *SIZE))
        if not people:
            nobody = Nobody(
                presence=0.1, threshold=0.5, box=box, box_source=request.box_source, model="scene", weights_sha256=None,
                image=None, image_size=SIZE,
            )  # fmt: skip
            return Answer(nobody, None)
        x, y, w, h = people[0]
        # Millimetres that are pixels too: what is found is where the box is.
        joints = np.array([[x, y, 3000.0], [x, y - 100, 3000.0]])
        pose = Pose3D(
            skeleton=STICK, joints=joints, joints_2d=joints[:, :2], covariance=np.zeros((2, 3, 3)),
            confidence=np.ones(2), outside_crop=np.zeros(2, bool), presence=0.9, box=tuple(map(float, box)),
            box_source=request.box_source, camera=CAMERA, camera_source="given", root_depth=3000.0, root_depth_std=None,
            root_depth_source="given", depth_axis=np.array([0, 0, 1.0]), model="scene", weights_sha256=None,
            image=request.name, image_size=SIZE,
        )  # fmt: skip
        return Answer(pose, (float(x), float(y), float(w), float(h)))
