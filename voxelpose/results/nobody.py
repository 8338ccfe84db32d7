"""Nobody: the answer where the network sees no person, so that no skeleton is made up."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from voxelpose.files import write_text

SCHEMA = "voxelpose.results.nobody"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Nobody:
    """Stands where a Pose3D would; it is false, a pose is true: `if result: ...`.

    presence: the network's probability that somebody is in the box, below `threshold`; None where a detector found no
    box to look into.
    The other fields are those of Pose3D.
    """

    presence: float | None
    threshold: float
    box: tuple[float, float, float, float]
    box_source: str
    model: str
    weights_sha256: str | None
    image: str | None
    image_size: tuple[int, int]

    def __bool__(self) -> bool:
        return False

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and strings."""
        return {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, "person": False, **asdict(self)}

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")
