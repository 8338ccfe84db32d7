"""What a data set says about one person in one picture, before anything is cropped, read or converted."""

from dataclasses import dataclass, field

import numpy as np

from voxelpose.data.pictures import Picture
from voxelpose.geometry import Camera
from voxelpose.skeleton import Skeleton

# The diagonal of the box around a person's joints lies between these; a pose in metres or in inches doesn't.
SMALLEST_MM, LARGEST_MM = 250.0, 3500.0


@dataclass(frozen=True)
class About:
    """Whose pose it is and when; empty or -1 where the data set does not say.

    subject, action, sequence, camera: the data set's own names. frame: number inside the sequence, as the data set
    counts. head_px: size of the head in pixels of the picture by which MPII divides errors; NaN where unknown.
    """

    subject: str = ""
    action: str = ""
    sequence: str = ""
    camera: str = ""
    frame: int = -1
    head_px: float = float("nan")


@dataclass(frozen=True, eq=False)
class Record:
    """One annotated person, as its data set has it: a missing joint is NaN, a missing annotation None.

    picture: where the pixels are. source: annotation file and row, for messages. pixels: (J, 2) x, y in the picture,
    integers at pixel centres, as the lens shows them. joints_mm: (J, 3) in the frame of `camera` (x right, y down,
    z forward). box: x, y, width, height around the person, where pixel 0 starts at 0. square: centre x, y and side
    in pixels of the crop that the data set itself prescribes. Where there are joints_mm there is a camera.
    depth_mm: (J,) depth along the optical axis relative to the root, for data sets that tell it without a camera.
    whole: the picture is a square around the person already and is kept as it is, its file's bytes included.
    trust: (J, 3) in [0, 1], how much each known coordinate counts in training; None where all count alike.
    """

    picture: Picture
    skeleton: Skeleton
    source: str
    pixels: np.ndarray | None = None
    joints_mm: np.ndarray | None = None
    depth_mm: np.ndarray | None = None
    camera: Camera | None = None
    box: tuple[float, float, float, float] | None = None
    square: tuple[float, float, float] | None = None
    about: About = field(default_factory=About)
    whole: bool = False
    trust: np.ndarray | None = None

    @property
    def shown(self) -> np.ndarray:
        """(J, 2) pixels: the annotated ones, and where they are missing the projection of the joints in mm."""
        pixels = np.full((len(self.skeleton), 2), np.nan) if self.pixels is None else self.pixels
        if self.joints_mm is None:
            return pixels
        return np.where(np.isfinite(pixels), pixels, self.camera.project(self.joints_mm))


@dataclass(frozen=True)
class Skipped:
    """A person that cannot be used. reason: a few words by which such cases are counted; where: which one it was."""

    reason: str
    where: str


def check_record(record: Record) -> Record | Skipped:
    """The record itself, or why it cannot be used."""
    reason = _fault(record)
    return record if reason is None else Skipped(reason, record.source)


def _fault(record: Record) -> str | None:
    joints = len(record.skeleton)
    for values, columns in ((record.pixels, 2), (record.joints_mm, 3)):
        if values is not None and values.shape != (joints, columns):
            return f"expected {joints} joints of {columns} numbers, received {values.shape}"
        if values is not None and np.isinf(values).any():
            return "infinite joint"
    if record.joints_mm is not None and np.isfinite(record.joints_mm).all(-1).any():
        return _fault_in_space(record)
    if record.pixels is None or not np.isfinite(record.pixels).all(-1).any():
        return "no joint annotated"
    return None


def _fault_in_space(record: Record) -> str | None:
    known = record.joints_mm[np.isfinite(record.joints_mm).all(-1)]
    if record.camera is None:
        return "missing camera"
    if (known[:, 2] <= 0).any():
        return "joint behind the camera"
    extent = float(np.linalg.norm(np.ptp(known, axis=0)))
    if extent > LARGEST_MM or (len(known) == len(record.skeleton) and extent < SMALLEST_MM):
        return "a person of impossible size: joints are not in mm"
    return None
