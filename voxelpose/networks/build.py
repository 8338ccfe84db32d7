"""The kinds of networks by name, for presets, configurations and weight files."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from inspect import signature
from typing import Any

from voxelpose.errors import InputError

# Kind -> class; imported when one is built, so that naming a kind needs no Keras.
KINDS = {
    "volumetric": "voxelpose.networks.volumetric:VolumetricHourglass",
    "movenet_volumetric": "voxelpose.networks.movenet_volumetric:MoveNetVolumetric",
    "coordinate": "voxelpose.networks.coordinate:CoordinateHourglass",
    "lifter": "voxelpose.networks.decoupled:HeatmapLifter",
    "joint_lifter": "voxelpose.networks.joint_lifter:JointLifter",
    "decoupled": "voxelpose.networks.decoupled:DecoupledHourglass",
}


def build_network(kind: str, architecture: Mapping[str, Any], name: str | None = None):
    """A freshly initialised network (keras.Model): `architecture` are the arguments of the kind's class.

    Raises InputError for an unknown kind and for arguments that it cannot be built of.
    """
    if kind not in KINDS:
        raise InputError(f"Expected a kind of network among {', '.join(KINDS)}. Received: '{kind}'.")
    module, _, class_name = KINDS[kind].partition(":")
    network = getattr(import_module(module), class_name)
    # Keras takes any keyword and forgets it: a mistyped one would be ignored in silence.
    known = [key for key in signature(network).parameters if key not in ("name", "kwargs")]
    for key in architecture:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(known)}."
            raise InputError(f"A {kind} network has no option '{key}'.{hint}")
    try:
        return network(**architecture, name=name)
    except (TypeError, ValueError) as error:
        raise InputError(f"A {kind} network cannot be built of this architecture: {error}") from error
