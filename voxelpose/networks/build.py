"""The kinds of networks by name, for presets, configurations and weight files."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from voxelpose.errors import InputError

# Kind -> class; imported when one is built, so that naming a kind needs no Keras.
KINDS = {
    "volumetric": "voxelpose.networks.volumetric:VolumetricHourglass",
    "coordinate": "voxelpose.networks.coordinate:CoordinateHourglass",
    "lifter": "voxelpose.networks.decoupled:HeatmapLifter",
    "joint_lifter": "voxelpose.networks.joint_lifter:JointLifter",
    "decoupled": "voxelpose.networks.decoupled:DecoupledHourglass",
}


# What their classes take, so that a configuration is checked without Keras; arguments that are a network's own again.
_TRUNK = ("joints", "input_size", "family", "width", "levels", "modules", "groups")
ARGUMENTS = {
    "volumetric": (*_TRUNK, "depths", "upsample", "presence", "head_stddev"),
    "coordinate": (*_TRUNK, "stages"),
    "lifter": ("joints", "depths", "side", "width", "levels", "modules"),
    "joint_lifter": ("joints", "side", "width", "blocks", "reading"),
    "decoupled": ("image_network", "lifter", "temperature"),
}
PARTS = {"decoupled": {"image_network": "volumetric", "lifter": "lifter"}}


def wrong_argument(kind: str, architecture: Mapping[str, Any]) -> tuple[tuple[str, ...], str] | None:
    """The keys that lead to the first argument that a kind of network does not take, and a sentence about it."""
    known = ARGUMENTS[kind]
    for key, value in architecture.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(known)}."
            return (key,), f"A {kind} network has no option '{key}'.{hint}"
        part = PARTS.get(kind, {}).get(key)
        if part is not None and not isinstance(value, Mapping):
            return (key,), f"Expected the options of a {part} network. Received: {value!r}."
        inner = None if part is None else wrong_argument(part, value)
        if inner is not None:
            return (key, *inner[0]), inner[1]
    return None


def build_network(kind: str, architecture: Mapping[str, Any], name: str | None = None):
    """A freshly initialised network (keras.Model): `architecture` are the arguments of the kind's class.

    Raises InputError for an unknown kind and for arguments that it cannot be built of.
    """
    if kind not in KINDS:
        raise InputError(f"Expected a kind of network among {', '.join(KINDS)}. Received: '{kind}'.")
    # Keras takes any keyword and forgets it: a mistyped one would be ignored in silence.
    wrong = wrong_argument(kind, architecture)
    if wrong is not None:
        raise InputError(wrong[1])
    module, _, class_name = KINDS[kind].partition(":")
    network = getattr(import_module(module), class_name)
    try:
        return network(**architecture, name=name)
    except (TypeError, ValueError) as error:
        raise InputError(f"A {kind} network cannot be built of this architecture: {error}") from error
