"""What is asked about a picture, the crop that is cut for it, and the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.inference.inputs.boxes import Box, box_from_joints, check_box, whole_image
from voxelpose.inference.inputs.images import check_image
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D

FIELD_OF_VIEW = 55.0
# Where boxes come from, in words.
WHOLE, FOUND, REFINED, DETECTED = "whole image", "found by the network", ", refined by the network", "detector"
# Detectors draw boxes of many kinds, often loose ones; the network was trained with tight ones.
DETECTOR_REFINEMENTS = 1


@dataclass(frozen=True, eq=False)
class Request:
    """One person to be read: image (H, W, 3) uint8 RGB, and what is known; None for what is not.

    box: x, y, width, height in pixels; camera: for this image; root_depth: mm along the ray through the crop's centre;
    name: of the image, kept in the result. box_source and camera_source say where box and camera came from.
    refinements: how often the network's own joints make the box anew, for one that is loose; without a box, twice.
    score: with which a detector found the person, in [0, 1]; None if none did, or it doesn't say.
    """

    image: np.ndarray
    box: Sequence[float] | None = None
    camera: Camera | None = None
    root_depth: float | None = None
    name: str | None = None
    box_source: str = "given"
    camera_source: str = "given"
    refinements: int = 0
    score: float | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """One request's result, and the box x, y, width, height around its joints, None if they don't tell."""

    result: Pose3D | Nobody
    joints_box: Box | None


@dataclass(frozen=True, eq=False)
class PersonCrop:
    """A picture with everything that is given or assumed about one person in it, and the crop that follows.

    image: (H, W, 3) uint8 RGB; box: x, y, width, height in pixels; root_depth: mm along the
    crop's depth axis.
    """

    image: np.ndarray
    box: Box
    box_source: str
    camera: Camera
    camera_source: str
    root_depth: float | None
    crop: Crop

    def box_around(self, prediction: Prediction) -> Box | None:
        """The box of the joints that the network found in this crop, None if they don't tell."""
        height, width = self.image.shape[:2]
        pixels = self.crop.from_fractions(prediction.fractions[:, :2])
        std = np.sqrt(np.diagonal(prediction.covariance, axis1=1, axis2=2)[:, :2])
        # A sharp peak is as wide as a cell and says no more than its middle.
        spread = np.maximum(std - 1 / np.array(prediction.grid.shape[:2]), 0) * self.crop.size / self.crop.scale
        credible = prediction.confidence >= 0.5 * np.median(prediction.confidence)
        return box_from_joints(pixels, spread, credible, width, height)

    def around(self, prediction: Prediction, margin: float) -> "PersonCrop":
        """The same picture cropped around the joints that the network found; itself if they don't tell."""
        box = self.box_around(prediction)
        if box is None:
            return self
        crop = Crop.from_box(box, self.crop.size, margin).facing(self.camera)
        source = FOUND if self.box_source in (WHOLE, FOUND) else f"{self.box_source.removesuffix(REFINED)}{REFINED}"
        return replace(self, box=box, box_source=source, crop=crop)


def make_person_crop(request: Request, input_size: int, margin: float) -> PersonCrop:
    """Check what is given and fill in the rest: the whole picture as box, a stated field of view as camera.

    Raises InputError for an image, box, camera or depth that cannot be.
    """
    camera, root_depth = request.camera, request.root_depth
    height, width = check_image(request.image).shape[:2]
    if camera is not None and (camera.width, camera.height) != (width, height):
        raise InputError(
            f"Expected a camera for an image of {width} x {height} pixels. "
            f"Received: one for {camera.width} x {camera.height}."
        )
    if root_depth is not None and not (np.isfinite(root_depth) and root_depth > 0):
        raise InputError(f"Expected a root depth above 0 mm. Received: {root_depth}.")
    assumed = camera is None
    camera = camera or Camera.from_field_of_view(width, height, FIELD_OF_VIEW)
    whole = request.box is None
    box = whole_image(width, height) if whole else check_box(request.box, width, height)
    return PersonCrop(
        image=request.image,
        box=box,
        box_source=WHOLE if whole else request.box_source,
        camera=camera,
        camera_source=f"assumed field of view {FIELD_OF_VIEW:.0f} degrees" if assumed else request.camera_source,
        root_depth=None if root_depth is None else float(root_depth),
        crop=Crop.from_box(box, input_size, margin).facing(camera),
    )
