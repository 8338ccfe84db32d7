"""VolumetricHourglass: stacked hourglasses that emit one volume of voxel likelihoods per joint, coarse to fine."""

from collections.abc import Sequence

import keras
from keras import layers

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.networks.hourglass import convolution
from voxelpose.networks.presets import get_preset
from voxelpose.networks.stages import (
    compact_stem,
    hourglass_stem,
    paper_merge,
    paper_stage,
    uniform_merge,
    uniform_stage,
    upsampled,
)
from voxelpose.networks.weights_io import load_weights as load_weights_of

# What an option is where the caller leaves it open: width, levels, modules, standard deviation of the volume heads.
FAMILIES = {
    "paper": (256, 4, 3, None),
    "uniform": (256, 4, 3, None),
    "compact": (96, 2, 1, 1e-3),
}


@keras.saving.register_keras_serializable("voxelpose")
class VolumetricHourglass(keras.Model):
    """Image to volumes, after Pavlakos et al. 2017 (arXiv 1611.07828), Section 3.2.

    joints: number of joints J; depths: depth cells of each stage, e.g. (1, 64); input_size: side S of the image.
    family: "paper" (the released hg-stacked networks), "uniform" (one width, the released "hg") or "compact"
    (EfficientNet-Lite0 features at stride 8, then narrow uniform stages).
    width, levels, modules: channels, poolings per hourglass, residual modules per branch; None for the family's own.
    groups: block groups of Lite0 that the compact family uses, 3 (stride 8) to 7 (stride 32).
    upsample: the last stage emits at twice the resolution. presence: add a logit that says whether somebody is there.
    head_stddev: initial deviation of the volume heads' weights; None for the family's own (paper, uniform: Torch's).

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
        if family not in FAMILIES:
            raise ValueError(f"Expected a family among {', '.join(FAMILIES)}. Received: family='{family}'")
        default_width, default_levels, default_modules, default_stddev = FAMILIES[family]
        config = {
            "joints": joints,
            "depths": tuple(depths),
            "input_size": input_size,
            "family": family,
            "width": width or default_width,
            "levels": levels or default_levels,
            "modules": modules or default_modules,
            "groups": groups,
            "upsample": upsample,
            "presence": presence,
            "head_stddev": default_stddev if head_stddev is None else head_stddev,
        }
        _check(config)
        image = keras.Input((input_size, input_size, 3), name="image")
        super().__init__(inputs=image, outputs=_outputs(image, config), name=name, **kwargs)
        self._options = config
        self.joints = joints
        self.depths = tuple(depths)
        self.input_size = input_size

    def get_config(self):
        return {**self._options, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_preset(cls, name: str, load_weights: bool = True) -> "VolumetricHourglass":
        """The network of a preset, with its shipped weights or freshly initialised.

        Raises InputError for an unknown name, and where weights are asked for and none ship or the file is damaged.
        """
        preset = get_preset(name)
        model = cls(**preset.architecture, name=name.replace("-", "_"))
        if load_weights:
            if preset.weights is None:
                raise InputError(f"No weights ship for the preset '{name}'. Pass load_weights=False and train it.")
            load_weights_of(model, verified_asset(preset.weights))
        return model

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _outputs(image, config: dict) -> dict:
    stem = _stem(image, config)
    x, previous, outputs = stem.features, stem.early, {}
    for index, depth in enumerate(config["depths"], start=1):
        last = index == len(config["depths"])
        features = _stage(x, config, last, f"stage{index}")
        if last and config["presence"]:
            pooled = layers.GlobalAveragePooling2D(name="presence_pool")(features)
            presence = layers.Dense(1, dtype="float32", name="presence")(pooled)
        if last and config["upsample"]:
            features = upsampled(features, stem.finer, f"stage{index}_fine")
        # The head computes in float32 under every policy: a volume in half precision costs millimetres.
        volume = convolution(
            features, config["joints"] * depth, 1, f"volume_{index}", stddev=config["head_stddev"], dtype="float32"
        )
        outputs[f"volume_{index}"] = volume
        if not last:
            x, previous = _merge(x, features, previous, volume, config, f"merge{index}"), features
    if config["presence"]:
        outputs["presence"] = presence
    return outputs


def _stem(image, config: dict):
    if config["family"] == "compact":
        return compact_stem(image, config["width"], config["groups"])
    return hourglass_stem(image, config["width"], 2 if config["family"] == "paper" else 1)


def _stage(x, config: dict, last: bool, name: str):
    width, levels, modules = config["width"], config["levels"], config["modules"]
    if config["family"] == "paper":
        return paper_stage(x, width, levels, modules, last, name)
    return uniform_stage(x, width, levels, modules, name)


def _merge(x, features, previous, volume, config: dict, name: str):
    if config["family"] == "paper":
        return paper_merge(features, previous, volume, config["width"], name)
    return uniform_merge(x, features, volume, config["width"], name)


def _check(config: dict) -> None:
    """Raise ValueError for options that no network has."""
    stride = 8 if config["family"] == "compact" else 4
    multiple = stride * 2 ** config["levels"]
    if config["family"] == "compact":
        multiple = max(multiple, 8 if config["groups"] == 3 else 16 if config["groups"] <= 5 else 32)
    size = config["input_size"]
    if size < multiple or size % multiple:
        raise ValueError(
            f"Expected an input_size that is a multiple of {multiple} (stride {stride}, {config['levels']} poolings). "
            f"Received: input_size={size}"
        )
    if config["joints"] < 1:
        raise ValueError(f"Expected at least one joint. Received: joints={config['joints']}")
    if not config["depths"] or min(config["depths"]) < 1:
        raise ValueError(f"Expected one depth of at least 1 per stage. Received: depths={config['depths']}")
    if config["width"] < 8 or config["width"] % 8:
        raise ValueError(f"Expected a width that is a multiple of 8. Received: width={config['width']}")
    if not 3 <= config["groups"] <= 7:
        raise ValueError(f"Expected 3 to 7 block groups of Lite0. Received: groups={config['groups']}")
