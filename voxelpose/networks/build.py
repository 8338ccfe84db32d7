"""A network from its kind and its arguments."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from voxelpose.errors import InputError
from voxelpose.networks.kinds import KINDS, wrong_argument

# Imported when one is built, so that naming a kind needs no Keras.
CLASSES = {
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
    # Keras takes any keyword and forgets it: a mistyped one would be ignored in silence.
    wrong = wrong_argument(kind, architecture)
    if wrong is not None:
        raise InputError(wrong[1])
    module, _, class_name = CLASSES[kind].partition(":")
    network = getattr(import_module(module), class_name)
    try:
        return network(**architecture, name=name)
    except (TypeError, ValueError) as error:
        raise InputError(f"A {kind} network cannot be built of this architecture: {error}") from error
