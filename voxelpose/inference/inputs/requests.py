"""One picture with everything that is given or assumed about it: box, camera, root depth, crop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop
from voxelpose.inference.decoding.volume_predictor import Reading
from voxelpose.inference.inputs.boxes import Box, box_from_joints, check_box, whole_image
from voxelpose.inference.inputs.images import check_image

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
    """

    image: np.ndarray
    box: Sequence[float] | None = None
    camera: Camera | None = None
    root_depth: float | None = None
    name: str | None = None
    box_source: str = "given"
    camera_source: str = "given"
    refinements: int = 0


@dataclass(frozen=True, eq=False)
class View:
    """image: (H, W, 3) uint8 RGB; box: x, y, width, height in pixels; root_depth: mm along the crop's depth axis."""

    image: np.ndarray
    box: Box
    box_source: str
    camera: Camera
    camera_source: str
    root_depth: float | None
    crop: Crop

    def box_around(self, reading: Reading) -> Box | None:
        """The box of the joints that the network read in this view, None if they don't tell."""
        height, width = self.image.shape[:2]
        pixels = self.crop.from_fractions(reading.fractions[:, :2])
        std = np.sqrt(np.diagonal(reading.covariance, axis1=1, axis2=2)[:, :2])
        # A sharp peak is as wide as a cell and says no more than its middle.
        spread = np.maximum(std - 1 / np.array(reading.grid.shape[:2]), 0) * self.crop.size / self.crop.scale
        credible = reading.confidence >= 0.5 * np.median(reading.confidence)
        return box_from_joints(pixels, spread, credible, width, height)

    def around(self, reading: Reading, margin: float) -> "View":
        """The same view cropped around the joints that the network read in it; itself if they don't tell."""
        box = self.box_around(reading)
        if box is None:
            return self
        crop = Crop.from_box(box, self.crop.size, margin).facing(self.camera)
        source = FOUND if self.box_source in (WHOLE, FOUND) else f"{self.box_source.removesuffix(REFINED)}{REFINED}"
        return replace(self, box=box, box_source=source, crop=crop)


def make_view(request: Request, input_size: int, margin: float) -> View:
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
    return View(
        image=request.image,
        box=box,
        box_source=WHOLE if whole else request.box_source,
        camera=camera,
        camera_source=f"assumed field of view {FIELD_OF_VIEW:.0f} degrees" if assumed else request.camera_source,
        root_depth=None if root_depth is None else float(root_depth),
        crop=Crop.from_box(box, input_size, margin).facing(camera),
    )
