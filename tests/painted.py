"""A picture in which every joint is a dot of its own colour, and a network that reads such dots exactly.

It answers what the estimator makes of a perfect network, without any training.
"""

import numpy as np

from voxelpose.networks.presets import Architecture, Calibration, NetworkInput, Preset

SIDE, DEPTH, INPUT = 32, 16, 256
SIGMA = 0.8


def preset(skeleton="h36m17", **changes):
    """changes: of the calibration."""
    architecture = Architecture(arguments={"input_size": INPUT})
    return Preset("painted", architecture, NetworkInput(skeleton), Calibration(**changes))


def picture(joints_2d, width, height, radius=9):
    """Black, with disc j of value 10 + 10 j in the red and 255 in the blue channel around joint j's pixel."""
    rows, columns = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3), np.uint8)
    for j, (x, y) in enumerate(joints_2d):
        image[(columns - x) ** 2 + (rows - y) ** 2 <= radius**2] = (10 + 10 * j, 0, 255)
    return image


class PaintedNetwork:
    """Reads dots from crops and answers with Gaussian log-likelihoods of SIGMA cells around them.

    depth_fractions: (J,), which no dot can show. seen: the crops of all calls.
    """

    def __init__(self, depth_fractions, presence=None):
        self.depth_fractions = np.asarray(depth_fractions)
        self.presence = presence
        self.seen = []

    def __call__(self, crops):
        self.seen.append(crops)
        volumes = [np.stack([self._volume(crop, depth) for crop in crops]) for depth in (1, DEPTH)]
        outputs = {f"volume_{n}": v.reshape(*v.shape[:3], -1) for n, v in enumerate(volumes, start=1)}
        if self.presence is not None:
            outputs["presence"] = np.full((len(crops), 1), self.presence, np.float32)
        return outputs

    def _volume(self, crop, depth):
        """(H, W, J, depth)"""
        plane, fractions = (np.arange(SIDE) + 0.5) / SIDE, self.locate(crop)
        cells = (np.arange(depth) + 0.5) / depth
        x, y, z = (
            -0.5 * ((centres[:, None] - f) * len(centres) / SIGMA) ** 2
            for centres, f in zip((plane, plane, cells), (*fractions.T, self.depth_fractions), strict=True)
        )
        return (y[:, None, :, None] + x[None, :, :, None] + z.T[None, None]).astype(np.float32)

    def locate(self, crop):
        """(J, 2) fractions of the dots' centres; (0, 0) for a dot that isn't in the crop."""
        red, blue = crop[..., 0] * 255, crop[..., 2] * 255
        found = []
        for j in range(len(self.depth_fractions)):
            rows, columns = np.nonzero((blue > 250) & (abs(red - 10 - 10 * j) < 1.5))
            middle = (columns.mean(), rows.mean()) if len(rows) else (-0.5, -0.5)
            found.append([(value + 0.5) / crop.shape[0] for value in middle])
        return np.array(found)
