"""VolumetricHourglass: stacked hourglasses that emit one volume of voxel likelihoods per joint, coarse to fine."""

from collections.abc import Sequence

import keras
from keras import layers

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.networks.backbones.hourglass import convolution
from voxelpose.networks.blocks.rebuilding import Rebuildable
from voxelpose.networks.blocks.stages import upsampled
from voxelpose.networks.blocks.trunk import Trunk
from voxelpose.networks.presets import get_preset
from voxelpose.networks.weights_io import load_weights as load_weights_of

# Torch's start for the published families; the narrow ones start near zero, as users of plain MSE found necessary.
COMPACT_HEAD_STDDEV = 1e-3


@keras.saving.register_keras_serializable("voxelpose")
class VolumetricHourglass(Rebuildable, keras.Model):
    """Image to volumes, after Pavlakos et al. 2017 (arXiv 1611.07828), Section 3.2.

    joints: number of joints J; depths: depth cells of each stage, e.g. (1, 64); input_size: side S of the image.
    family, width, levels, modules, groups: see `Trunk`; None stands for the family's own number.
    upsample: the last stage emits at twice the resolution. presence: add a logit that says whether somebody is there.
    head_stddev: initial deviation of the volume heads' weights; None for Torch's start, in the compact family for 1e-3.

    Input: float32 RGB in [0, 1], (B, S, S, 3). Output: a dict {"volume_1": (B, H, W, J * depths[0]), ...}, float32,
    joint-major, with H = W = S / 4 (compact: S / 8; doubled in the last stage with upsample), and with presence also
    {"presence": (B, 1)}. Raises ValueError for an option that cannot be.
    """

    def __init__(
        self,
        joints: int = 17,
        depths: Sequence[int] = (1, 64),
        input_size: int = 256,
        family: str = "paper",
        width: int | None = None,
        levels: int | None = None,
        modules: int | None = None,
        groups: int = 5,
        upsample: bool = False,
        presence: bool = False,
        head_stddev: float | None = None,
        name: str | None = None,
        **kwargs,
    ):
        trunk = Trunk.of(input_size, family, width, levels, modules, groups)
        depths = tuple(depths)
        if joints < 1:
            raise ValueError(f"Expected at least one joint. Received: joints={joints}")
        if not depths or min(depths) < 1:
            raise ValueError(f"Expected one depth of at least 1 per stage. Received: depths={depths}")
        if head_stddev is None and trunk.backbone is not None:
            head_stddev = COMPACT_HEAD_STDDEV
        heads = {"joints": joints, "depths": depths, "upsample": upsample, "presence": presence}
        image = keras.Input((input_size, input_size, 3), name="image")
        outputs = _outputs(image, trunk, head_stddev=head_stddev, **heads)
        super().__init__(inputs=image, outputs=outputs, name=name, **kwargs)
        self._options = {**trunk.options(), **heads, "head_stddev": head_stddev}
        self.joints = joints
        self.depths = depths
        self.input_size = input_size

    @classmethod
    def from_preset(cls, name: str, load_weights: bool = True) -> "VolumetricHourglass":
        """The network of a preset, with its shipped weights or freshly initialised.

        Raises InputError for an unknown name, and where weights are asked for and none ship or the file is damaged.
        """
        preset = get_preset(name)
        if preset.architecture.kind != "volumetric":
            raise InputError(
                f"Expected the preset of a volumetric network. Received: '{name}', a {preset.architecture.kind} one."
            )
        if load_weights and preset.card.weights is None:
            raise InputError(f"No weights ship for the preset '{name}'. Pass load_weights=False and train it.")
        model = cls(**preset.architecture.arguments, name=name.replace("-", "_"))
        if load_weights:
            load_weights_of(model, verified_asset(preset.card.weights))
        return model


def _outputs(image, trunk: Trunk, joints: int, depths: tuple[int, ...], upsample: bool, presence: bool, head_stddev):
    stem = trunk.stem(image)
    x, previous, outputs = stem.features, stem.early, {}
    for index, depth in enumerate(depths, start=1):
        last = index == len(depths)
        features = trunk.stage(x, last, f"stage{index}")
        if last and presence:
            pooled = layers.GlobalAveragePooling2D(name="presence_pool")(features)
            present = layers.Dense(1, dtype="float32", name="presence")(pooled)
        fine = upsampled(features, stem.finer, f"stage{index}_fine") if last and upsample else features
        # The head computes in float32 under every policy: a volume in half precision costs millimetres.
        volume = convolution(fine, joints * depth, 1, f"volume_{index}", stddev=head_stddev, dtype="float32")
        outputs[f"volume_{index}"] = volume
        if not last:
            x, previous = trunk.merge(x, features, previous, volume, f"merge{index}"), features
    return {**outputs, "presence": present} if presence else outputs
