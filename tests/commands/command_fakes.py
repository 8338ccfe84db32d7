"""A network for the commands: blobs at fixed places, whatever the picture."""

import numpy as np

from voxelpose.inference.inputs.person_detector import Detection
from voxelpose.networks.presets import Architecture, Preset
from voxelpose.skeleton import get_skeleton

SKELETON = get_skeleton("h36m17")
PRESET = Preset("blobs", Architecture(arguments={"input_size": 64}))


class Somebody:
    """Stands for the detector that ships: one person, in the middle of every picture."""

    name, looked_for = "Somebody", "anybody"
    boxes = [(0.1, 0.1, 0.8, 0.8)]
    score = 0.9

    def __init__(self, min_score=None):
        self.min_score = min_score

    def detect(self, image):
        height, width = image.shape[:2]
        scale = (width, height, width, height)
        return [Detection(tuple(np.multiply(box, scale).tolist()), self.score) for box in self.boxes]

    def __call__(self, image):
        return [found.box for found in self.detect(image)]


class Blobs:
    """Two stages, 16 x 16 x 1 and 16 x 16 x 8 cells; joint j lies on a ring, deeper with j. presence: its logit."""

    presence = 3.0
    seen = staticmethod(lambda count: None)

    def __call__(self, crops):
        type(self).seen(len(crops))
        angle = np.arange(17) / 17 * 2 * np.pi
        x, y, z = 0.5 + 0.3 * np.cos(angle), 0.5 + 0.3 * np.sin(angle), np.linspace(0.4, 0.6, 17)
        outputs = {"presence": np.full((len(crops), 1), self.presence, np.float32)}
        for stage, depth in enumerate((1, 8), start=1):
            c, d = (np.arange(16) + 0.5) / 16, (np.arange(depth) + 0.5) / depth
            volume = (
                -((c[:, None, None, None] - y[:, None]) ** 2)
                - (c[None, :, None, None] - x[:, None]) ** 2
                - (d - z[:, None]) ** 2
            )
            maps = (100 * volume).reshape(1, 16, 16, 17 * depth)
            outputs[f"volume_{stage}"] = np.repeat(maps, len(crops), axis=0).astype(np.float32)
        return outputs
