"""What `voxelpose infer` looks with: the network and the person detector."""

import argparse
from functools import cached_property
from typing import TYPE_CHECKING

from voxelpose.commands.shared.input_options import Inputs
from voxelpose.commands.shared.options import chosen_joints, load_estimator
from voxelpose.inference.inputs.detected import Detector

if TYPE_CHECKING:
    from voxelpose.inference.estimator import PoseEstimator


class Tools:
    """Network and detector. The network is loaded when the first sound picture needs it, the detector at once."""

    def __init__(self, options: argparse.Namespace, inputs: Inputs):
        self._options = options
        self.detector: Detector | None = inputs.load_detector()

    @cached_property
    def estimator(self) -> "PoseEstimator":
        """The network that the options ask for; the names of joints are checked with it."""
        estimator = load_estimator(self._options, min_presence=self._options.min_presence)
        chosen_joints(estimator.skeleton, self._options.joints)
        return estimator
