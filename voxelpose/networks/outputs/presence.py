"""Whether somebody is there."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from voxelpose.networks.outputs.output import Change, Output


class Presence(Output):
    """Whether somebody is there: "presence" (B, 1), a logit."""

    pattern = "presence"
    weighed_by_name = False
    # How far the probability may move by an export.
    bounds: ClassVar[Mapping[str, float]] = {"float32": 0.001, "float16": 0.02, "int8": 0.3}

    def losses(self, plan):
        from voxelpose.losses.heads import PresenceLoss

        return {"presence": PresenceLoss(plan.presence)}

    def targets(self, batch):
        """(B, 2): 1 where a person is present, else 0; and the example's weight."""
        from keras import ops

        return {"presence": ops.stack([batch["present"], batch["present_weight"]], axis=-1)}

    def average_mirrored(self, arrays, mirrored, mirror):
        return {"presence": 0.5 * (arrays["presence"] + mirrored["presence"])}

    def value(self, arrays):
        """(B,) probability."""
        return 1 / (1 + np.exp(-arrays["presence"][..., 0].astype(np.float64)))

    def change(self, original, exported, preset, precision):
        moved = np.abs(self.value(original) - self.value(exported))
        return Change("the presence", float(moved.max()), float(moved.mean()), "", self.bounds[precision])
