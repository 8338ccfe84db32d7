"""What networks emit, as objects: each knows its arrays, targets and loss, how it is decoded, and how it is checked.

`NetworkOutputs.of` reads names and shapes, of a Keras model or of an exported file, so nobody else looks at names. A
new kind of output is one subclass of `Output` (or of `JointOutput`, if it says where joints are) with a pattern of
names, in a module that is imported here. Importing this needs NumPy alone; losses load Keras when they are made.
"""

from voxelpose.networks.outputs.joints import Coordinates, Heatmaps, JointOutput, Volumes
from voxelpose.networks.outputs.network_outputs import NetworkOutputs, outputs_of
from voxelpose.networks.outputs.output import Change, Output
from voxelpose.networks.outputs.presence import Presence

__all__ = [
    "Change",
    "Coordinates",
    "Heatmaps",
    "JointOutput",
    "NetworkOutputs",
    "Output",
    "Presence",
    "Volumes",
    "outputs_of",
]
