"""A new output in one class, per-joint visibility, and a new network that emits it: all that adding them takes."""

import keras
import numpy as np
from keras import layers, ops

from voxelpose.losses.base import SummedLoss
from voxelpose.networks.blocks.rebuilding import Rebuildable
from voxelpose.networks.outputs import Change, Output


class VisibilityLoss(SummedLoss):
    """Binary cross-entropy of logits (B, J) against 0 and 1 (B, J)."""

    def __init__(self, weight: float):
        super().__init__("visibility_loss")
        self.term_weights = {"visibility": weight}

    def parts(self, y_true, y_pred):
        entropy = ops.softplus(y_pred) - y_true * y_pred
        return {"visibility": (ops.sum(entropy), ops.sum(ops.ones_like(entropy)))}


class Visibility(Output):
    """Whether each joint is annotated inside the crop: "visibility" (B, J), logits."""

    pattern = "visibility"

    def losses(self, plan):
        return {"visibility": VisibilityLoss(plan.outputs.get("visibility", 1.0))}

    def targets(self, batch):
        return {"visibility": ops.cast(batch["joint_weights"][..., 0] > 0, "float32")}

    def average_mirrored(self, arrays, mirrored, mirror):
        return {"visibility": 0.5 * (arrays["visibility"] + mirrored["visibility"][:, list(mirror)])}

    def value(self, arrays):
        return arrays["visibility"] > 0

    def measures(self, arrays, batch):
        right = self.value(arrays) == (batch["joint_weights"][..., 0] > 0)
        return {"visibility_accuracy": float(right.mean())}

    def change(self, original, exported, preset, precision):
        moved = np.abs(original["visibility"] - exported["visibility"])
        return Change("the visibility", float(moved.max()), float(moved.mean()), "logits", 0.1)


@keras.saving.register_keras_serializable("tests")
class ToyNetwork(Rebuildable, keras.Model):
    """Image (B, S, S, 3) -> a volume of `depth` cells and visibility."""

    def __init__(self, joints: int = 17, input_size: int = 32, depth: int = 2, name: str | None = None, **kwargs):
        image = keras.Input((input_size, input_size, 3), name="image")
        x = layers.Conv2D(8, 5, strides=4, padding="same", activation="relu", name="features")(image)
        outputs = {
            "volume_1": layers.Conv2D(joints * depth, 1, name="volume_1", dtype="float32")(x),
            "visibility": layers.Dense(joints, name="visibility", dtype="float32")(layers.GlobalAveragePooling2D()(x)),
        }
        super().__init__(inputs=image, outputs=outputs, name=name, **kwargs)
        self._options = {"joints": joints, "input_size": input_size, "depth": depth}
        self.joints, self.input_size = joints, input_size
