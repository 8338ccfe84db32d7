"""Parts that results of different kinds share: how sure they are, and where everything came from."""

from typing import Annotated

import numpy as np

from voxelpose.results.fields import Array, Text
from voxelpose.results.schema import Schema

UNIT = "mm"
COVARIANCE_UNIT = "mm^2"
FRAME = "camera: x right, y down, z forward, origin at the camera centre"
PIXELS = "image pixels, x right, y down, integer coordinates at pixel centres"
BOX_FORMAT = "x, y, width, height in pixels"
# What explains the numbers of a result in the camera frame.
WORDS = {
    "unit": UNIT,
    "covariance_unit": COVARIANCE_UNIT,
    "frame": FRAME,
    "pixels": PIXELS,
    "box_format": BOX_FORMAT,
}


class Uncertainty(Schema):
    """How sure the network is of each joint.

    covariance: (J, 3, 3) mm^2 of each joint relative to the root; the root depth's own error is not in it.
    confidence: (J,) in [0, 1]; outside_crop: (J,) bool, the likelihood piles up at the crop's edge, so that the joint
    may lie beyond it and its position is only the nearest one inside.
    """

    covariance: Annotated[np.ndarray, Array("J", 3, 3)]
    confidence: Annotated[np.ndarray, Array("J")]
    outside_crop: Annotated[np.ndarray, Array("J", dtype=np.bool_)]


class Provenance(Schema):
    """Which network made a result, and where that which it didn't see came from, in words.

    model, weights_sha256: which network (None for weights that were never trained); runtime: what ran it, such as
    "onnx", None if not known. box_source: where the box came from; camera_source: "given", or which field of view was
    assumed; root_depth_source: how the distance was found: None where a result has no such thing.
    """

    model: Text
    weights_sha256: Text | None
    runtime: Text | None = None
    box_source: Text | None = None
    camera_source: Text | None = None
    root_depth_source: Text | None = None

    def network(self) -> tuple[str, str | None, str | None]:
        """What is the same for all results of one network: model, weights and runtime."""
        return self.model, self.weights_sha256, self.runtime


class HasUncertainty:
    """The leaves of a field `uncertainty`, as attributes of its owner."""

    @property
    def covariance(self) -> np.ndarray:
        """(J, 3, 3) mm^2 of each joint relative to the root; of a sequence (T, J, 3, 3), as all that follows."""
        return self.uncertainty.covariance

    @property
    def confidence(self) -> np.ndarray:
        """(J,) in [0, 1]."""
        return self.uncertainty.confidence

    @property
    def outside_crop(self) -> np.ndarray:
        """(J,) bool: the joint may lie beyond the crop."""
        return self.uncertainty.outside_crop

    @property
    def std(self) -> np.ndarray:
        """(J, 3) standard deviations in mm along x, y, z."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=-2, axis2=-1), 0.0))


class HasProvenance:
    """The leaves of a field `provenance`, as attributes of its owner."""

    @property
    def model(self) -> str:
        """The network's name."""
        return self.provenance.model

    @property
    def weights_sha256(self) -> str | None:
        """Of the file of weights, None if they were never trained."""
        return self.provenance.weights_sha256

    @property
    def runtime(self) -> str | None:
        """What ran the network, None if not known."""
        return self.provenance.runtime

    @property
    def box_source(self) -> str | None:
        """Where the box came from."""
        return self.provenance.box_source

    @property
    def camera_source(self) -> str | None:
        """ "given", or which field of view was assumed."""
        return self.provenance.camera_source

    @property
    def root_depth_source(self) -> str | None:
        """How the distance was found."""
        return self.provenance.root_depth_source
