"""What is drawn, as a value: equal settings, seeds and numbers give equal pictures."""

from dataclasses import dataclass
from pathlib import Path

from voxelpose.errors import InputError


@dataclass(frozen=True)
class Cast:
    """Who and what may appear: rows of the body bank, clusters of the pose distribution, patterns of cloth."""

    identities: tuple[int, ...]
    clusters: tuple[int, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class SyntheticSettings:
    """What is drawn. Everything that changes a picture is here, so equal settings and seeds give equal pictures.

    picture: side in pixels; person_free, occluded, truncated, accompanied: shares of pictures without anybody, with
    something in front, cut by the frame, with a second person behind. backgrounds: folder of photographs; garments:
    folder of MakeHuman clothes; recordings: files of motion capture that half of the poses come from; cast: a part of
    the bodies, poses and patterns, None for all of them.
    """

    picture: int = 160
    person_free: float = 0.08
    occluded: float = 0.25
    truncated: float = 0.12
    accompanied: float = 0.1
    backgrounds: str | None = None
    garments: str | None = None
    recordings: tuple[str, ...] = ()
    cast: Cast | None = None

    def __post_init__(self):
        shares = (self.person_free, self.occluded, self.truncated, self.accompanied)
        if not all(0 <= share <= 1 for share in shares) or self.picture < 16:
            raise InputError(f"Expected shares between 0 and 1 and a picture of 16 pixels or more. Received: {self}.")
        for what in ("backgrounds", "garments"):
            folder = getattr(self, what)
            if folder is not None and not Path(folder).is_dir():
                raise InputError(f"Expected a folder of {what}. Received: {folder}, which is none.")
