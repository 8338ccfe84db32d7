"""Options that say where the person is and which camera looked, shared by everything that reads pictures."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.commands.shared.native_log import quiet_loading
from voxelpose.errors import InputError
from voxelpose.inference.inputs.box_list import BoxList, read_box_list
from voxelpose.inference.inputs.boxes import FORMATS, Box, check_box, parse_box
from voxelpose.inference.inputs.cameras import CameraChoice
from voxelpose.inference.inputs.detected import NANODET, NONE, Detector, check_most, open_detector, people_in
from voxelpose.inference.inputs.requests import Request


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that `Inputs.of` reads."""
    place = parser.add_argument_group(
        "where people are", "without any of these, the detector that ships finds everybody, from left to right"
    )
    place.add_argument("--box", metavar="X,Y,W,H", help="x,y,width,height in pixels; in a video: of the first frame")
    place.add_argument("--box-format", choices=FORMATS, default="xywh", help="of --box (default: %(default)s)")
    place.add_argument("--boxes", metavar="FILE", help="JSON or CSV list of boxes, several people per picture")
    place.add_argument("--people", type=int, metavar="N", help="only the N largest people that the detector finds")
    place.add_argument(
        "--detector",
        metavar="FILE",
        help=f"person detector: BlazePose (TFLite), YOLO or RTMDet (ONNX), or {NANODET}, which ships; {NONE}: the "
        "network itself looks for one person in the whole picture",
    )
    place.add_argument(
        "--detector-score", type=float, metavar="P", help="least score of a person (default: the detector's own)"
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
    """What the options say. box: x, y, width, height, or None; detector: its name or file; detector_score: its least
    score, or None for its own; people: how many of those it finds, or None for all; root_depth: mm, or None to find it.
    """

    box: Box | None
    boxes: BoxList | None
    detector: str
    camera: CameraChoice
    root_depth: float | None = None
    detector_score: float | None = None
    people: int | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Inputs":
        """Check the options and read the list of boxes; InputError if they contradict each other or cannot be."""
        if options.box is not None and (options.boxes is not None or options.detector is not None):
            raise InputError("Expected --box, or --boxes and --detector. Received: --box and another.")
        without = options.detector is None and (options.box is not None or options.boxes is not None)
        if options.people is not None and (without or options.detector == NONE):
            raise InputError("Expected --people with a detector, which finds them. Received: boxes, or no detector.")
        if options.focal is not None and options.fx is not None:
            raise InputError("Expected --focal, or --fx and --fy. Received: both.")
        lens = None if options.distortion is None else _numbers(options.distortion)
        return cls(
            box=None if options.box is None else parse_box(options.box, options.box_format),
            boxes=None if options.boxes is None else read_box_list(options.boxes),
            # Who says where people are asks for no others.
            detector=options.detector or (NANODET if options.box is options.boxes is None else NONE),
            detector_score=options.detector_score,
            people=check_most(options.people),
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

    def load_detector(self) -> Detector | None:
        """The detector; None if none is asked for."""
        with quiet_loading():
            return open_detector(self.detector, self.detector_score)

    def requests(
        self, picture: Path, image: np.ndarray, boxes: Sequence[Box], detector: Detector | None, name: str
    ) -> list[Request]:
        """What to look at in a picture: the given boxes, else the detector's from left to right, else the whole of it.

        Nothing if the detector finds nobody. Raises InputError, which names the picture, for a box or camera that
        cannot be.
        """
        height, width = image.shape[:2]
        try:
            places = [check_box(box, width, height) for box in boxes] or [None]
            camera, camera_source = self.camera.for_image(width, height, picture)
        except InputError as error:
            raise InputError(f"{picture}: {error}") from error
        requests = [
            Request(image, place, camera, self.root_depth, name, camera_source=camera_source) for place in places
        ]
        return [person for request in requests for person in people_in(request, detector, self.people)]

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
