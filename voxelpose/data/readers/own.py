"""Your own data: a text file with one JSON object a line, one line a person (people.jsonl).

{"image": "pictures/0001.jpg", "pixels": {"right_knee": [412.5, 630.0], ...}, "joints_mm": {"right_knee": [-110, 402,
3120], ...}, "camera": {"fx": 1145, "fy": 1144, "cx": 512, "cy": 515, "width": 1000, "height": 1000}, "subject": "anna"}

Only image and one of pixels, joints_mm are required; joints_mm needs a camera. A joint that is not known is left out.
Pixels count from 0 at the centre of the first one, in the picture as it is seen: turned as its file says, a video's
pixels made square, just as `infer` reads it; joints_mm are before the camera, x right, y down, z forward. The
schema of a line ships as assets/schemas/person.schema.json (`schema()` makes it from the classes here).
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from voxelpose.data.readers.dataset import Dataset, first_file, picture_at, require_part
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.skeleton import SKELETONS, Skeleton, get_skeleton

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Point2 = Annotated[list[_Number], Field(min_length=2, max_length=2)]
_Point3 = Annotated[list[_Number], Field(min_length=3, max_length=3)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CameraEntry(_Entry):
    """A pinhole camera in pixels with OpenCV's distortion k1, k2, p1, p2, k3."""

    fx: _Positive
    fy: _Positive
    cx: _Number
    cy: _Number
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    distortion: Annotated[list[_Number], Field(min_length=5, max_length=5)] = [0.0] * 5

    def build(self) -> Camera:
        lens = tuple(self.distortion)
        return Camera(self.fx, self.fy, self.cx, self.cy, self.width, self.height, lens)


class Person(_Entry):
    """One person in one picture: one line of the file."""

    image: Annotated[str, Field(min_length=1, description="path relative to the file; a video's frame is video_frame")]
    video_frame: Annotated[int, Field(ge=0, description="for a video: number of the frame, from 0")] = 0
    pixels: Annotated[
        dict[str, _Point2], Field(description="joint -> x, y in pixels, 0, 0 the first pixel's centre")
    ] = {}
    joints_mm: Annotated[dict[str, _Point3], Field(description="joint -> x, y, z in mm before the camera")] = {}
    camera: CameraEntry | None = None
    box: (
        Annotated[list[_Number], Field(min_length=4, max_length=4, description="x, y, width, height in pixels")] | None
    ) = None
    subject: str = ""
    action: str = ""
    sequence: str = ""
    camera_name: str = ""
    frame: int = -1
    head_px: Annotated[float, Field(gt=0, description="size of the head by which PCKh divides, pixels")] | None = None

    @model_validator(mode="after")
    def _possible(self):
        if not self.pixels and not self.joints_mm:
            raise ValueError("pixels or joints_mm should name at least one joint")
        if self.joints_mm and self.camera is None:
            raise ValueError("joints_mm needs a camera")
        return self


def schema() -> dict[str, Any]:
    """The JSON schema of one line."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Person.model_json_schema()}


def read(source: Path, part: str, file: str = "people.jsonl", skeleton: str = "h36m17") -> Dataset:
    """part: all. file: the file in `source`. skeleton: a known one by name, or a JSON file of your own.

    A skeleton file says {"name": "mine", "parents": {"pelvis": null, "right_hip": "pelvis", ...}}, joints in order.
    """
    require_part(part, "all")
    lines = first_file(source, file)
    joints = get_skeleton(skeleton) if skeleton in SKELETONS else _own_skeleton(source, skeleton)
    files = (lines,) if skeleton in SKELETONS else (lines, Path(skeleton))

    def records() -> Iterator[Record | Skipped]:
        with open(source / lines, "rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield _record(source / lines.parent, joints, line, f"line {number} of {lines}")

    # Stores of a time when pictures were not turned are others.
    return Dataset(joints, files, records, facts={"pictures": "as seen"})


def _own_skeleton(source: Path, name: str) -> Skeleton:
    try:
        content = json.loads((source / first_file(source, name)).read_bytes())
        joints = list(content["parents"])
        parents = tuple(joints.index(parent or joint) for joint, parent in content["parents"].items())
        return Skeleton(str(content["name"]), tuple(joints), parents)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"Expected a skeleton among {', '.join(SKELETONS)}, or a file with name and parents. {name}: {error}"
        ) from error


def _record(folder: Path, skeleton: Skeleton, line: bytes, where: str) -> Record | Skipped:
    try:
        person = Person.model_validate_json(line)
        pixels, joints = _placed(skeleton, person.pixels, 2), _placed(skeleton, person.joints_mm, 3)
        camera = None if person.camera is None else person.camera.build()
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(map(str, first["loc"])) or "the line"
        return Skipped("line against the schema", f"{where}: {what}: {first['msg']}")
    except InputError as error:
        return Skipped("unknown joint", f"{where}: {error}")
    about = About(
        person.subject, person.action, person.sequence, person.camera_name, person.frame,
        float("nan") if person.head_px is None else person.head_px,
    )  # fmt: skip
    return Record(
        picture_at(folder, person.image, person.video_frame, as_seen=True), skeleton, f"{person.image} ({where})",
        pixels if person.pixels else None, joints if person.joints_mm else None, None, camera,
        None if person.box is None else tuple(person.box), about=about,
    )  # fmt: skip


def _placed(skeleton: Skeleton, points: Mapping[str, list[float]], columns: int) -> np.ndarray:
    placed = np.full((len(skeleton), columns), np.nan)
    for joint, point in points.items():
        placed[skeleton.index(joint)] = point
    return placed
