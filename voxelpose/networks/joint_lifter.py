"""The plain alternative to a lifter of heatmaps: a fully connected network from 2D joints to 3D joints.

After Martinez et al. 2017, "A simple yet effective baseline for 3D human pose estimation": blocks of two dense layers
with normalisation and a skip. Without its dropout: poses, crops and errors are drawn anew for every example.
"""

import keras
from keras import layers, ops

from voxelpose.networks import decode_ops
from voxelpose.networks.blocks.rebuilding import Rebuildable
from voxelpose.networks.coordinate import coordinate_head

READINGS = ("argmax", "soft-argmax")
# Joints fill the middle half of a crop; this brings their coordinates to about one.
_SCALE = 4.0


@keras.saving.register_keras_serializable("voxelpose")
class JointsOfRoots(layers.Layer):
    """Square roots of likelihoods over the plane (B, H, W, J) as joints (B, 2 J), x and y from the crop's middle.

    reading: "argmax", the highest cell's centre, or "soft-argmax", the mean. float32 under every policy; for the
    former no gradient flows.
    """

    def __init__(self, reading: str = "argmax", name: str | None = None, **kwargs):
        if reading not in READINGS:
            raise ValueError(f"Expected a reading among {', '.join(READINGS)}. Received: reading='{reading}'")
        super().__init__(name=name, dtype="float32")
        self.reading = reading

    def call(self, roots):
        volume = decode_ops.volume_view(roots, roots.shape[-1])
        if self.reading == "argmax":
            places = decode_ops.argmax(volume)
        else:
            # The logarithm is what the softmax of the mean takes back.
            places = decode_ops.soft_argmax(2 * ops.log(ops.maximum(volume, 1e-6)))
        return ops.reshape(_SCALE * (places[..., :2] - 0.5), (-1, 2 * roots.shape[-1]))

    def compute_output_shape(self, input_shape):
        return input_shape[0], 2 * input_shape[-1]

    def get_config(self):
        return {"reading": self.reading, "name": self.name}


@keras.saving.register_keras_serializable("voxelpose")
class JointLifter(Rebuildable, keras.Model):
    """Heatmaps to coordinates by way of 2D joints: what is lost between the two is what a HeatmapLifter may use.

    joints: number of joints J; side: cells H = W of the heatmaps; width, blocks: of the dense layers; reading: see
    `JointsOfRoots`.

    Input: float32 (B, H, W, J), as a HeatmapLifter's. Output: {"coordinates": (B, 3 * J)}, float32, as a
    CoordinateHourglass's. Raises ValueError for an option that cannot be.
    """

    def __init__(
        self,
        joints: int = 17,
        side: int = 16,
        width: int = 512,
        blocks: int = 2,
        reading: str = "argmax",
        name: str | None = None,
        **kwargs,
    ):
        if min(joints, side, width, blocks) < 1:
            raise ValueError(
                f"Expected at least one joint, cell, channel and block. Received: joints={joints}, side={side}, "
                f"width={width}, blocks={blocks}"
            )
        heatmaps = keras.Input((side, side, joints), name="heatmaps")
        x = _unit(JointsOfRoots(reading, name="joints_2d")(heatmaps), width, "first")
        for block in range(1, blocks + 1):
            inner = _unit(_unit(x, width, f"block{block}_a"), width, f"block{block}_b")
            x = layers.Add(name=f"block{block}_sum")([x, inner])
        super().__init__(inputs=heatmaps, outputs={"coordinates": coordinate_head(x, joints)}, name=name, **kwargs)
        self._options = {"joints": joints, "side": side, "width": width, "blocks": blocks, "reading": reading}
        self.joints = joints
        self.input_size = side


def _unit(x, width: int, name: str):
    x = layers.Dense(width, use_bias=False, kernel_initializer="he_normal", name=f"{name}_dense")(x)
    return layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x))
