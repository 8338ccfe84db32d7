"""MoveNetVolumetric: volumes over MoveNet's features, the first of them MoveNet's own heatmaps."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from voxelpose.networks.backbones.movenet import SIZES, movenet, read_head
from voxelpose.networks.blocks.normalization import FusedBatchNormalization
from voxelpose.networks.blocks.rebuilding import Rebuildable
from voxelpose.skeleton import COCO17, Skeleton, get_skeleton

HEAD_STDDEV = 1e-3
# Where MoveNet is sure that nothing is, its logits go far below zero; less than this says no more.
_LEAST_LOGIT = -12.0
# Joints that COCO lacks begin as the mean of those around them.
_AROUND = {
    "pelvis": ("left_hip", "right_hip"),
    "spine": ("left_hip", "right_hip", "left_shoulder", "right_shoulder"),
    "thorax": ("left_shoulder", "right_shoulder"),
    "upper_neck": ("left_shoulder", "right_shoulder"),
    "jaw": ("nose",),
    "head": ("left_eye", "right_eye"),
}


@keras.saving.register_keras_serializable("voxelpose")
class MoveNetVolumetric(Rebuildable, keras.Model):
    """Image to volumes over MoveNet's features, coarse to fine as Pavlakos et al. 2017 (arXiv 1611.07828, Section 3.2).

    The first volume has depth 1 and begins as MoveNet's heatmaps, so that from the first step the network knows in the
    picture what its backbone knows. The second is read at stride 16, where most of the thinking is done, the third at
    stride 8; each is a sum of what its features say and the volumes before it, spread over its cells.

    size: "thunder" or "lightning". joints: number of joints J; skeleton: the name of their skeleton, which says what
    the first volume begins as. depths: cells of the three volumes, the first of which is 1. input_size: side S of the
    image, a multiple of 32. width: channels at stride 8; inner: at stride 16; deep: at stride 32; blocks: residual
    blocks at strides 16 and 32. presence: add a logit that says whether somebody is there.

    Input: float32 RGB in [0, 1], (B, S, S, 3). Output: a dict of float32 arrays, joint-major, {"volume_1":
    (B, S/4, S/4, J), "volume_2": (B, S/16, S/16, J * depths[1]), "volume_3": (B, S/8, S/8, J * depths[2])} and with
    presence {"presence": (B, 1)}. Raises ValueError for an option that cannot be.
    """

    def __init__(
        self,
        size: str = "thunder",
        joints: int = 17,
        depths: Sequence[int] = (1, 16, 32),
        input_size: int = 256,
        skeleton: str = "h36m17",
        width: int = 96,
        inner: int = 128,
        deep: int = 192,
        blocks: Sequence[int] = (1, 3),
        presence: bool = True,
        name: str | None = None,
        **kwargs,
    ):
        depths, blocks = tuple(depths), tuple(blocks)
        if size not in SIZES:
            raise ValueError(f"Expected a size among {', '.join(SIZES)}. Received: size='{size}'")
        if len(depths) != 3 or depths[0] != 1 or min(depths) < 1:
            raise ValueError(f"Expected three depths, the first of them 1. Received: depths={depths}")
        if input_size < 32 or input_size % 32:
            raise ValueError(f"Expected an input_size that is a multiple of 32. Received: input_size={input_size}")
        if len(get_skeleton(skeleton)) != joints:
            raise ValueError(f"Expected the joints of {skeleton}. Received: joints={joints}")
        head = {
            "depths": depths, "skeleton": skeleton, "width": width, "inner": inner, "deep": deep, "blocks": blocks,
            "presence": presence,
        }  # fmt: skip
        image = keras.Input((input_size, input_size, 3), name="image")
        features = movenet(image, size)
        hidden, keypoints = read_head(features.pyramid[4], "keypoints")
        outputs = volumes({**features.pyramid, 32: features.deep}, hidden, keypoints, **head)
        super().__init__(inputs=image, outputs=outputs, name=name, **kwargs)
        self._options = {"size": size, "joints": joints, "input_size": input_size, **head}
        self.joints, self.depths, self.input_size = joints, depths, input_size


def volumes(
    maps: Mapping[int, Any],
    hidden,
    keypoints,
    depths: tuple[int, int, int],
    skeleton: str,
    width: int,
    inner: int,
    deep: int,
    blocks: tuple[int, int],
    presence: bool,
) -> dict[str, Any]:
    """The outputs of `MoveNetVolumetric` from what its backbone says.

    maps: by stride, 4, 8 and 16 of the pyramid and 32, the deepest; hidden, keypoints: what `read_head` gives for the
    head of that name. The other arguments are those of the class.
    """
    skeleton = get_skeleton(skeleton)
    joints = len(skeleton)
    first = _convolution(ops.maximum(keypoints, _LEAST_LOGIT), joints, "volume_1_known", kernel=_Known(skeleton))
    first = layers.Add(name="volume_1", dtype="float32")([first, _volume(hidden, joints, "volume_1_seen")])

    likely = layers.MaxPooling2D(2, name="keypoints_pool")(ops.sigmoid(keypoints))
    finest = _unit(maps[4], 32, 3, "into8_finest", strides=2)
    x = layers.Concatenate(name="into8")([finest, maps[8], likely])
    x8 = _unit(x, width, 3, "at8_in")
    x16 = layers.Concatenate(name="into16")([_unit(x8, inner, 3, "into16_finer", strides=2), maps[16]])
    x32 = _unit(maps[32], deep, 1, "into32_deep")
    x32 = layers.Add(name="into32")([x32, _unit(x16, deep, 3, "into32_finer", strides=2)])
    for index in range(1, blocks[1] + 1):
        x32 = _residual(x32, f"at32_block{index}")
    x16 = _merged(_unit(x16, inner, 1, "at16_in"), x32, "at16")
    for index in range(1, blocks[0] + 1):
        x16 = _residual(x16, f"at16_block{index}")
    second = _volume(x16, joints * depths[1], "volume_2")
    x8 = _unit(_merged(x8, x16, "at8"), width, 3, "at8_out")

    spread = _Spread(joints, 1, depths[2])
    terms = [_volume(x8, joints * depths[2], "volume_3_seen")]
    first_pooled = layers.MaxPooling2D(2, name="volume_1_pool", dtype="float32")(first)
    terms.append(_convolution(first_pooled, joints * depths[2], "volume_3_first", kernel=spread, dtype="float32"))
    spread = _Spread(joints, depths[1], depths[2])
    coarse = _convolution(second, joints * depths[2], "volume_3_second", kernel=spread, dtype="float32")
    terms.append(_doubled(coarse, "volume_3_upsample", dtype="float32"))
    third = layers.Add(name="volume_3", dtype="float32")(terms)

    outputs = {"volume_1": first, "volume_2": second, "volume_3": third}
    if presence:
        pooled = layers.GlobalAveragePooling2D(name="presence_pool")(x32)
        outputs["presence"] = layers.Dense(1, dtype="float32", name="presence")(pooled)
    return outputs


@keras.saving.register_keras_serializable("voxelpose")
class _Known(keras.initializers.Initializer):
    """Kernel (1, 1, 17, J) from the keypoints of COCO to a skeleton's joints: the same one, or the mean of some."""

    def __init__(self, skeleton: Skeleton):
        self.skeleton = skeleton

    def __call__(self, shape, dtype=None):
        kernel = np.zeros((len(COCO17), len(self.skeleton)), np.float32)
        for column, joint in enumerate(self.skeleton.joints):
            parts = (joint,) if joint in COCO17.joints else _AROUND.get(joint, ())
            for part in parts:
                kernel[COCO17.index(part), column] = 1 / len(parts)
        return ops.convert_to_tensor(kernel.reshape(shape), dtype)


@keras.saving.register_keras_serializable("voxelpose")
class _Spread(keras.initializers.Initializer):
    """Kernel (1, 1, J * coarse, J * fine) that spreads each joint's depth cells over finer ones, linearly between."""

    def __init__(self, joints: int, coarse: int, fine: int):
        self.joints, self.coarse, self.fine = joints, coarse, fine

    def __call__(self, shape, dtype=None):
        places = (np.arange(self.fine) + 0.5) / self.fine * self.coarse - 0.5
        places = np.clip(places, 0, self.coarse - 1)
        shares = np.maximum(0.0, 1.0 - np.abs(places[None] - np.arange(self.coarse)[:, None]))
        kernel = np.kron(np.eye(self.joints), shares)
        return ops.convert_to_tensor(kernel.reshape(shape).astype(np.float32), dtype)


def _convolution(x, filters: int, name: str, kernel, dtype=None):
    return layers.Conv2D(filters, 1, kernel_initializer=kernel, use_bias=False, dtype=dtype, name=name)(x)


def _volume(x, channels: int, name: str):
    # In float32 under every policy: a volume in half precision costs millimetres.
    start = keras.initializers.RandomNormal(stddev=HEAD_STDDEV)
    return layers.Conv2D(channels, 1, kernel_initializer=start, dtype="float32", name=name)(x)


def _normalized(x, filters: int, kernel: int, name: str, strides: int = 1):
    x = layers.Conv2D(filters, kernel, strides, "same", use_bias=False, kernel_initializer="he_normal", name=name)(x)
    return FusedBatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_bn")(x)


def _unit(x, filters: int, kernel: int, name: str, strides: int = 1):
    return layers.Activation("relu", name=f"{name}_relu")(_normalized(x, filters, kernel, name, strides))


def _residual(x, name: str):
    """Two 3x3 convolutions beside the identity, normalised before each ReLU, so that inference can fold them."""
    y = _unit(x, x.shape[-1], 3, f"{name}_1")
    y = layers.Add(name=f"{name}_sum")([x, _normalized(y, x.shape[-1], 3, f"{name}_2")])
    return layers.Activation("relu", name=f"{name}_relu")(y)


def _merged(fine, coarse, name: str):
    """The finer map plus the coarser one, brought to its channels and doubled."""
    coarse = _unit(coarse, fine.shape[-1], 1, f"{name}_coarser")
    return layers.Add(name=f"{name}_sum")([fine, _doubled(coarse, f"{name}_upsample")])


def _doubled(x, name: str, dtype=None):
    return layers.UpSampling2D(2, interpolation="bilinear", name=name, dtype=dtype)(x)
