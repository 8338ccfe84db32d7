"""Detectors by name, and what they make of a picture: requests, one for each person to be read."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.inputs.detector import PersonDetector
from voxelpose.inference.inputs.person_detector import Detection, NanoDet, largest
from voxelpose.inference.inputs.requests import DETECTED, DETECTOR_REFINEMENTS, Request

# The detector that ships, and none: the network then looks for one person in the whole picture.
NANODET, NONE = "nanodet", "none"

Detector = Callable[[np.ndarray], Sequence[Box]]


def open_detector(choice: "str | os.PathLike | Detector | None", min_score: float | None = None) -> Detector | None:
    """The detector of a name ("nanodet", "none") or in a file; one that is a detector already, and None, stay.

    min_score: below it a detection is none; the detector's own if None. Raises InputError for a file that is no
    detector, or where the package that runs it is missing.
    """
    if choice is None or choice == NONE:
        return None
    if choice == NANODET:
        return NanoDet(min_score=min_score)
    if isinstance(choice, (str, os.PathLike)):
        return PersonDetector(choice) if min_score is None else PersonDetector(choice, min_score)
    return choice


def detections(detector: Detector, image: np.ndarray) -> list[Detection]:
    """What a detector finds in an image (H, W, 3) uint8 RGB, without scores if it gives boxes alone."""
    detect = getattr(detector, "detect", None)
    return detect(image) if detect is not None else [Detection(box) for box in detector(image)]


def people_in(request: Request, detector: Detector | None, most: int | None = None) -> list[Request]:
    """A request without a box -> one for each person that the detector finds, from left to right; none if it finds
    nobody. A request with a box, or without a detector to ask, is the only one.

    most: the largest only, so many of them.
    """
    check_most(most)
    if request.box is not None or detector is None:
        return [request]
    again = refinements_of(detector)
    return [
        replace(request, box=found.box, box_source=DETECTED, refinements=again, score=found.score)
        for found in largest(detections(detector, request.image), most)
    ]


def refinements_of(detector: Detector) -> int:
    """How often the network's joints make this detector's boxes anew; most detectors' are loose."""
    return getattr(detector, "refinements", DETECTOR_REFINEMENTS)


def check_most(most: int | None) -> int | None:
    """`most` if it is a number of people; InputError otherwise."""
    if most is not None and most < 1:
        raise InputError(f"Expected at least one person to look for. Received: {most}.")
    return most


def found_nobody(detector: Detector) -> str:
    """Why there is nobody, in words: who looked, and for what."""
    name = getattr(detector, "name", "the detector")
    looked_for = getattr(detector, "looked_for", "people")
    return f"{name} looked for {looked_for} and found none"
