"""Nobody: the answer where the network sees no person, so that no skeleton is made up."""

import os
from typing import Any, ClassVar, Self

from voxelpose.errors import InputError
from voxelpose.results.fields import Box, Probability, Size, Text
from voxelpose.results.files import read_json, write_json
from voxelpose.results.parts import HasProvenance, Provenance
from voxelpose.results.schema import Result, plain


class Nobody(HasProvenance, Result):
    """Stands where a Pose3D would; it is false, a pose is true: `if result: ...`.

    presence: the network's probability that somebody is in the box, below `threshold`; None where a detector found no
    box to look into.
    box: x, y, width, height in pixels that was looked into. provenance, image, image_size: as in Pose3D, but that no
    camera_source and root_depth_source is said, since there is neither camera nor depth.
    """

    SCHEMA: ClassVar[str] = "voxelpose.nobody"
    WORDS: ClassVar[dict[str, bool]] = {"person": False}
    ADDED: ClassVar[dict[str, int]] = {"runtime": 2, "camera_source": 2, "root_depth_source": 2}

    presence: Probability | None
    threshold: Probability
    box: Box
    provenance: Provenance
    image: Text | None
    image_size: Size

    def __bool__(self) -> bool:
        return False

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and strings; `from_dict` reads it back exactly."""
        return self.header() | {name: plain(value) for name, value in self.leaves().items()}

    @classmethod
    def from_dict(cls, content: Any, where: str = "this result") -> Self:
        """Read what `to_dict` wrote; anything missing, unknown or of a wrong kind is an InputError naming `where`."""
        try:
            return cls(**cls.checked(content, cls.leaf_fields()))
        except (InputError, TypeError) as error:
            raise InputError(f"{where} is not a voxelpose result without a person. {error}") from error

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read a file that `save` wrote; raises InputError if it is missing, damaged or something else."""
        return cls.from_dict(read_json(path, "result"), where=str(path))
