"""A network for the commands: blobs at fixed places, whatever the picture."""

import numpy as np

from voxelpose.networks.presets import Architecture, Preset
from voxelpose.skeleton import get_skeleton

SKELETON = get_skeleton("h36m17")
PRESET = Preset("blobs", Architecture(arguments={"input_size": 64}))


class Blobs:
    """Two stages, 16 x 16 x 1 and 16 x 16 x 8 cells; joint j lies on a ring, deeper with j. presence: its logit."""

    presence = 3.0

    def __call__(self, crops):
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
