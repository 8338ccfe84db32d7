"""The decoupled network: image to 2D heatmaps, heatmaps to volumes, each half trained on what the other never needs.

Pavlakos et al. 2017, Section 3.3: the first half sees images with 2D labels, the second motion capture alone, so no
image needs 3D ground truth. The exact layers of the second half were not published; these are ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers, ops

from voxelpose.networks.backbones.hourglass import convolution, residual
from voxelpose.networks.blocks.rebuilding import Rebuildable
from voxelpose.networks.blocks.stages import uniform_merge, uniform_stage
from voxelpose.networks.decode_ops import heatmap, volume_view
from voxelpose.networks.volumetric import COMPACT_HEAD_STDDEV, VolumetricHourglass


@keras.saving.register_keras_serializable("voxelpose")
class HeatmapLifter(Rebuildable, keras.Model):
    """Heatmaps to volumes, coarse to fine: the second half.

    joints: number of joints J; depths: depth cells of each stage; side: cells H = W of the heatmaps.
    width, levels, modules: channels, poolings per hourglass, residual modules per branch.

    Input: float32 (B, H, W, J), the square roots of each joint's likelihood over the plane: their squares sum to 1, so
    that a sure joint and one that may be anywhere are equally loud. Output: {"volume_1": (B, H, W, J * depths[0]),
    ...}, float32, joint-major. Raises ValueError for an option that cannot be.
    """

    def __init__(
        self,
        joints: int = 17,
        depths: Sequence[int] = (4, 16),
        side: int = 16,
        width: int = 96,
        levels: int = 2,
        modules: int = 1,
        name: str | None = None,
        **kwargs,
    ):
        depths = tuple(depths)
        if joints < 1 or min(levels, modules) < 1:
            raise ValueError(
                f"Expected at least one joint, level and module. Received: joints={joints}, levels={levels}, "
                f"modules={modules}"
            )
        if not depths or min(depths) < 1:
            raise ValueError(f"Expected one depth of at least 1 per stage. Received: depths={depths}")
        if side < 2**levels or side % 2**levels:
            raise ValueError(f"Expected a side that is a multiple of {2**levels}. Received: side={side}")
        heatmaps = keras.Input((side, side, joints), name="heatmaps")
        outputs = _lifted(heatmaps, joints, depths, width, levels, modules)
        super().__init__(inputs=heatmaps, outputs=outputs, name=name, **kwargs)
        self._options = {"joints": joints, "depths": depths, "side": side, "width": width}
        self._options |= {"levels": levels, "modules": modules}
        self.joints = joints
        self.depths = depths
        self.input_size = side


@keras.saving.register_keras_serializable("voxelpose")
class HeatmapRoots(layers.Layer):
    """A volume of one depth cell, (B, H, W, J) logits, as what a HeatmapLifter reads; float32 under every policy.

    temperature: factor on the logits before the softmax.
    """

    def __init__(self, temperature: float = 1.0, name: str | None = None, **kwargs):
        super().__init__(name=name, dtype="float32")
        self.temperature = float(temperature)

    def call(self, logits):
        return ops.sqrt(heatmap(volume_view(logits, logits.shape[-1]), self.temperature))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {"temperature": self.temperature, "name": self.name}


@keras.saving.register_keras_serializable("voxelpose")
class DecoupledHourglass(Rebuildable, keras.Model):
    """Both halves as one network, read like any other: its first stage is the heatmaps, a volume of one depth cell.

    image_network: arguments of a VolumetricHourglass with depths (1,); lifter: arguments of a HeatmapLifter, whose side
    and joints follow from the image network. temperature: factor on the heatmaps' logits before their softmax.

    Input: float32 RGB in [0, 1], (B, S, S, 3). Output: {"volume_1": heatmap logits (B, H, W, J), "volume_2": ...} and
    {"presence": (B, 1)} where the image network has it. Raises ValueError for an option that cannot be.
    """

    def __init__(
        self,
        image_network: Mapping[str, Any],
        lifter: Mapping[str, Any],
        temperature: float = 1.0,
        name: str | None = None,
        **kwargs,
    ):
        seeing = VolumetricHourglass(**{**image_network, "name": "image_network"})
        if seeing.depths != (1,):
            raise ValueError(f"Expected an image network of depths (1,). Received: depths={seeing.depths}")
        side = seeing.output["volume_1"].shape[1]
        lifting = HeatmapLifter(**{**lifter, "joints": seeing.joints, "side": side, "name": "lifter"})
        image = keras.Input((seeing.input_size, seeing.input_size, 3), name="image")
        seen = seeing(image)
        lifted = lifting(HeatmapRoots(temperature, name="heatmap_roots")(seen["volume_1"]))
        volumes = {f"volume_{stage}": lifted[f"volume_{stage - 1}"] for stage in range(2, 2 + len(lifting.depths))}
        super().__init__(inputs=image, outputs={**seen, **volumes}, name=name, **kwargs)
        parts = {"image_network": seeing, "lifter": lifting}
        self._options = {**{part: model.options() for part, model in parts.items()}, "temperature": temperature}
        self.joints = seeing.joints
        self.depths = (1, *lifting.depths)
        self.input_size = seeing.input_size

    @property
    def halves(self) -> tuple[VolumetricHourglass, HeatmapLifter]:
        """The image network and the lifter, whose weights are this network's."""
        return self.get_layer("image_network"), self.get_layer("lifter")


def _lifted(heatmaps, joints: int, depths: tuple[int, ...], width: int, levels: int, modules: int):
    x = residual(convolution(heatmaps, width, 3, "lift_conv"), width, "lift_residual")
    outputs = {}
    for index, depth in enumerate(depths, start=1):
        features = uniform_stage(x, width, levels, modules, f"stage{index}")
        # The head computes in float32 under every policy, and starts near zero as those of the compact family do.
        volume = convolution(
            features, joints * depth, 1, f"volume_{index}", stddev=COMPACT_HEAD_STDDEV, dtype="float32"
        )
        outputs[f"volume_{index}"] = volume
        if index < len(depths):
            x = uniform_merge(x, features, volume, width, f"merge{index}")
    return outputs
