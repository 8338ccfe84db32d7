"""What a store says about itself: data set, skeleton, units, counts, checksums, and what was left out and why."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voxelpose.errors import InputError
from voxelpose.files import sha256, write_text
from voxelpose.skeleton import Skeleton

MANIFEST = "manifest.json"
UNITS = {
    "joints": "x, y: pixels of the stored picture, integers at pixel centres; z: mm relative to the root along the ray "
    "through the picture's centre",
    "joints_mm": "mm; x right, y down, z forward; origin at the camera",
    "views": "fx, fy, cx, cy in pixels of the stored picture; depth of the root in mm along that ray",
    "matrix": "from pixels of the original picture, lens undone, to pixels of the stored one",
    "original": "width, height, fx, fy, cx, cy in pixels of the original picture; k1, k2, p1, p2, k3",
    "square": "centre x, y and side in pixels of the original picture",
}
_Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SkeletonEntry(_Part):
    """A skeleton in full, so that a store of somebody's own joints explains itself."""

    name: str
    joints: list[str]
    parents: list[int]

    @classmethod
    def of(cls, skeleton: Skeleton) -> "SkeletonEntry":
        return cls(name=skeleton.name, joints=list(skeleton.joints), parents=list(skeleton.parents))

    def build(self) -> Skeleton:
        return Skeleton(self.name, tuple(self.joints), tuple(self.parents))


class ShardEntry(_Part):
    """sha256: of the whole file; labels_sha256: of what is in it beside the pictures, "" in stores that don't tell."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
    examples: _Count
    sha256: str
    labels_sha256: str = ""


class SkippedEntry(_Part):
    """How many people were left out for one reason, and the first of them."""

    count: _Count
    first: str


class Origin(_Part):
    """What a store is made from and how. Two preparations of equal origin give equal bytes.

    source: name of the folder; files: SHA-256 of every annotation file in it; margin: 1 where
    pictures are kept as they are.
    """

    dataset: str
    part: str
    options: dict[str, Any]
    source: str
    files: dict[str, str]
    skeleton: SkeletonEntry
    picture: Annotated[int, Field(ge=32, le=2048)]
    margin: Annotated[float, Field(gt=0)]
    shard: Annotated[int, Field(gt=0)]
    jpeg_quality: int


class Manifest(_Part):
    """The file manifest.json of a finished store."""

    format: Literal["voxelpose-store"] = "voxelpose-store"
    version: Literal[1, 2] = 2
    origin: Origin
    units: dict[str, str]
    examples: _Count
    skipped: dict[str, SkippedEntry]
    shards: list[ShardEntry]

    def save(self, folder: Path) -> None:
        """Write it into the store's folder, whole or not at all."""
        write_text(folder / MANIFEST, self.model_dump_json(indent=2) + "\n")


def read_manifest(folder: str | Path) -> tuple[Manifest, str]:
    """The manifest of a store and the SHA-256 of its file; InputError where there is none or it is another thing."""
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise InputError(
            f"Expected a prepared store (a folder with {MANIFEST}) at {folder}. There is none; an interrupted "
            "preparation goes on when its command is run again."
        )
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
        manifest.origin.skeleton.build()
    except (ValidationError, ValueError) as error:
        raise InputError(f"Expected the manifest of a store at {path}. Received: {error}") from error
    if manifest.examples != sum(shard.examples for shard in manifest.shards):
        raise InputError(f"The manifest {path} contradicts itself: its shards do not sum to {manifest.examples}.")
    return manifest, sha256(path)
