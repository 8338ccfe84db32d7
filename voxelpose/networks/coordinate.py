"""CoordinateHourglass: the same trunk with coordinates regressed from it, the paper's baseline (Section 4.2, Table 1).

The naive alternative, a stack whose stages all have the full depth, is `VolumetricHourglass(depths=(64, 64))`.
"""

import keras
from keras import layers

from voxelpose.networks.backbones.hourglass import linear_unit, residual
from voxelpose.networks.blocks.rebuilding import Rebuildable
from voxelpose.networks.blocks.trunk import Trunk

# The head pools to this side and keeps this many channels per position: a global average would forget the places.
HEAD_SIDE, HEAD_CHANNELS = 8, 64


@keras.saving.register_keras_serializable("voxelpose")
class CoordinateHourglass(Rebuildable, keras.Model):
    """Image to joint coordinates without a volume.

    joints: number of joints J; stages: hourglasses in a row, joined by features alone; input_size: side S of the image.
    family, width, levels, modules, groups: see `Trunk`; None stands for the family's own number.

    Input: float32 RGB in [0, 1], (B, S, S, 3). Output: {"coordinates": (B, 3 * J)}, float32, x, y, z of one joint after
    the other, as fractions of the crop's width and height and of the depth range: the targets of the volumes, not
    confined to [0, 1]. It starts at 0.5, the middle. Raises ValueError for an option that cannot be.
    """

    def __init__(
        self,
        joints: int = 17,
        stages: int = 2,
        input_size: int = 256,
        family: str = "paper",
        width: int | None = None,
        levels: int | None = None,
        modules: int | None = None,
        groups: int = 5,
        name: str | None = None,
        **kwargs,
    ):
        trunk = Trunk.of(input_size, family, width, levels, modules, groups)
        if min(joints, stages) < 1:
            raise ValueError(f"Expected at least one joint and stage. Received: joints={joints}, stages={stages}")
        image = keras.Input((input_size, input_size, 3), name="image")
        coordinates = _head(_features(image, trunk, stages), joints)
        super().__init__(inputs=image, outputs={"coordinates": coordinates}, name=name, **kwargs)
        self._options = {**trunk.options(), "joints": joints, "stages": stages}
        self.joints = joints
        self.input_size = input_size


def _features(image, trunk: Trunk, stages: int):
    stem = trunk.stem(image)
    x, previous = stem.features, stem.early
    for index in range(1, stages):
        features = trunk.stage(x, False, f"stage{index}")
        x, previous = trunk.merge(x, features, previous, None, f"merge{index}"), features
    return trunk.stage(x, True, f"stage{stages}")


def _head(features, joints: int):
    """Residual modules and poolings down to 8 x 8, then one dense layer over all positions."""
    x, step = features, 1
    while x.shape[1] > HEAD_SIDE and x.shape[1] % 2 == 0:
        x = layers.MaxPooling2D(2, name=f"head{step}_pool")(residual(x, x.shape[-1], f"head{step}"))
        step += 1
    return coordinate_head(layers.Flatten(name="head_flatten")(linear_unit(x, HEAD_CHANNELS, "head_linear")), joints)


def coordinate_head(x, joints: int):
    """Fractions (B, 3 * joints) of features (B, C) by one dense layer, which starts in the middle of the grid."""
    weights, middle = keras.initializers.RandomNormal(stddev=1e-3), keras.initializers.Constant(0.5)
    return layers.Dense(
        3 * joints, kernel_initializer=weights, bias_initializer=middle, dtype="float32", name="coordinates"
    )(x)
