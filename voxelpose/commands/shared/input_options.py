"""Options that say where the person is and which camera looked, shared by everything that reads pictures."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxelpose.commands.shared.native_log import quiet_loading
from voxelpose.errors import InputError
from voxelpose.inference.inputs.box_list import BoxList, read_box_list
from voxelpose.inference.inputs.boxes import FORMATS, Box, check_box, parse_box
from voxelpose.inference.inputs.cameras import CameraChoice
from voxelpose.inference.inputs.requests import DETECTED, DETECTOR_REFINEMENTS, Request

if TYPE_CHECKING:
    from voxelpose.inference.inputs.detector import PersonDetector


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `Inputs.of` reads."""
    place = parser.add_argument_group(
        "where the person is", "without any of these, the network looks for one person in the whole picture"
    )
    place.add_argument("--box", metavar="X,Y,W,H", help="x,y,width,height in pixels; in a video: of the first frame")
    place.add_argument("--box-format", choices=FORMATS, default="xywh", help="of --box (default: %(default)s)")
    place.add_argument("--boxes", metavar="FILE", help="JSON or CSV list of boxes, several people per picture")
    place.add_argument("--detector", metavar="FILE", help="person detector: BlazePose (TFLite), YOLO or RTMDet (ONNX)")
    place.add_argument(
        "--detector-score", type=float, default=0.5, metavar="P", help="least score of a person (default: %(default)s)"
    )
    camera = parser.add_argument_group(
        "camera", "without any of these, the focal length in a photograph's EXIF header, else a field of view of 55 deg"
    )
    camera.add_argument("--focal", type=float, metavar="PX", help="focal length in pixels")
    for name, description in (("fx", "horizontal focal length in pixels"), ("fy", "vertical one, if it differs")):
        camera.add_argument(f"--{name}", type=float, metavar="PX", help=description)
    for name in ("cx", "cy"):
        camera.add_argument(f"--{name}", type=float, metavar="PX", help="principal point (default: the middle)")
    camera.add_argument("--distortion", metavar="K1,K2,P1,P2,K3", help="OpenCV's lens distortion")
    camera.add_argument("--camera", metavar="FILE", help="OpenCV or ROS .yaml, COLMAP cameras.txt, or .json")
    parser.add_argument(
        "--root-depth", type=float, metavar="MM", help="how far away the person's root joint is, in pictures"
    )
    camera.add_argument("--fov", type=float, metavar="DEG", help="field of view along the longer side, in degrees")


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the options say. box: x, y, width, height, or None; detector: its file and least score, or None;
    root_depth: mm, or None to find it."""

    box: Box | None
    boxes: BoxList | None
    detector: tuple[Path, float] | None
    camera: CameraChoice
    root_depth: float | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Inputs":
        """Check the options and read the list of boxes; InputError if they contradict each other or cannot be."""
        if options.box is not None and (options.boxes is not None or options.detector is not None):
            raise InputError("Expected --box, or --boxes and --detector. Received: --box and another.")
        if options.focal is not None and options.fx is not None:
            raise InputError("Expected --focal, or --fx and --fy. Received: both.")
        lens = None if options.distortion is None else _numbers(options.distortion)
        return cls(
            box=None if options.box is None else parse_box(options.box, options.box_format),
            boxes=None if options.boxes is None else read_box_list(options.boxes),
            detector=None if options.detector is None else (Path(options.detector), options.detector_score),
            camera=CameraChoice(
                fx=options.fx if options.focal is None else options.focal,
                fy=options.fy,
                cx=options.cx,
                cy=options.cy,
                distortion=lens,
                file=options.camera,
                field_of_view=options.fov,
            ),
            root_depth=options.root_depth,
        )

    def load_detector(self) -> "PersonDetector | None":
        """The detector, loaded; None if the options name none."""
        if self.detector is None:
            return None
        from voxelpose.inference.inputs.detector import PersonDetector

        with quiet_loading():
            return PersonDetector(*self.detector)

    def requests(
        self, picture: Path, image: np.ndarray, boxes: Sequence[Box], detector: "PersonDetector | None", name: str
    ) -> list[Request]:
        """What to look at in a picture: the given boxes, else the detector's, else the whole of it.

        Nothing if the detector finds nobody. Raises InputError, which names the picture, for a box or camera that
        cannot be.
        """
        height, width = image.shape[:2]
        try:
            places: list[Box | None] = [check_box(box, width, height) for box in boxes]
            camera, camera_source = self.camera.for_image(width, height, picture)
        except InputError as error:
            raise InputError(f"{picture}: {error}") from error
        detected = detector is not None and not places
        if not places:
            places = [None] if detector is None else detector(image)
        sources = {"box_source": DETECTED, "refinements": DETECTOR_REFINEMENTS} if detected else {}
        return [
            Request(image, place, camera, self.root_depth, name, camera_source=camera_source, **sources)
            for place in places
        ]

    def entries(self, files: list[Path]) -> dict[str, dict[int, list[Box]]]:
        """Given boxes by file, as text, and frame number, 0 for pictures; a file without boxes has none."""
        if self.boxes is None:
            return {str(file): {0: [self.box]} if self.box else {} for file in files}
        assigned: dict[str, dict[int, list[Box]]] = {}
        for file, entries in self.boxes.assign(files).items():
            frames = assigned.setdefault(file, {})
            for entry in entries:
                frames.setdefault(entry.frame, []).append(entry.box)
        return assigned


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"Expected five numbers k1,k2,p1,p2,k3 of lens distortion. Received: '{text}'.") from error
