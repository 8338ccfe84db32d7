"""What lies in the folder of results already: nobody else's is overwritten, and nothing contradicts what is new."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from voxelpose.errors import InputError
from voxelpose.formats.files import FORMATS
from voxelpose.results.files import read_json
from voxelpose.results.sequence import PoseSequence
from voxelpose.results.stored_volumes import VOLUMES_ENDING

POSE, OVERLAY, SKELETON, VOLUME = ENDINGS = (".pose.json", ".overlay.png", ".skeleton.png", ".volume.png")
# BVH and TRC have a file of facts beside them.
_FORMAT_ENDINGS = tuple(f".{name}" for name in FORMATS) + (".bvh.json", ".trc.json")


def with_ending(stem: Path, ending: str) -> Path:
    """The path whose name is that of `stem` and the ending, whatever dots are in it."""
    return stem.with_name(stem.name + ending)


def numbered_stems(out: Path, picture: Path, people: int) -> list[Path]:
    """Where the results of a picture's people go: one person's are named after the picture, several people's numbered.

    InputError where a result of another picture is: `a.1.jpg` has the name of person 1 in `a.jpg`.
    """
    stem = out / picture.stem
    stems = [stem] if people == 1 else [out / f"{picture.stem}.{number}" for number in range(1, people + 1)]
    for one in stems:
        owner = _picture_of(with_ending(one, POSE))
        if owner is not None and Path(owner).stem != picture.stem:
            raise InputError(
                f"Expected no result of another picture at {with_ending(one, POSE)}, where one of {picture} belongs. "
                f"Received: that of {owner}. Rename one of them, or take another --out."
            )
    return stems


def remove_earlier(out: Path, picture: Path, stems: Collection[Path], nobody: bool = False) -> None:
    """Remove what an earlier call left of people whom the picture no longer has, now that results are at `stems`.

    nobody: `stems` is the picture's own, with the result of nobody, which has no skeleton.
    """
    own = out / picture.stem
    earlier = [own, *(path.with_name(path.name.removesuffix(POSE)) for path in _numbered_poses(out, picture.stem))]
    for stem in earlier:
        if stem not in stems and _is_of(_picture_of(with_ending(stem, POSE)), picture):
            _remove(stem, (POSE, SKELETON, VOLUME, VOLUMES_ENDING, *_FORMAT_ENDINGS))
    if nobody:
        _remove(own, (SKELETON, VOLUME, VOLUMES_ENDING))


def remove_earlier_sequences(out: Path, name: str, video: str | None, kept: Sequence[Path]) -> None:
    """The same for the people of a video, whose sequences are now the files `kept`."""
    for path in out.glob(f"{_literal(name)}.person*.npz"):
        number = path.name[len(name) + len(".person") : -len(".npz")]
        if number.isdecimal() and path not in kept and _is_of(_video_of(path), video):
            _remove(path.with_suffix(""), (".npz", *_FORMAT_ENDINGS))


def _numbered_poses(out: Path, stem: str) -> list[Path]:
    poses = out.glob(f"{_literal(stem)}.*{POSE}")
    return [path for path in poses if path.name[len(stem) + 1 : -len(POSE)].isdecimal()]


def _literal(name: str) -> str:
    """The name as a pattern that matches it alone."""
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in name)


def _picture_of(path: Path) -> str | None:
    """The picture that a result names; None where there is no such file."""
    try:
        content: Any = read_json(path, "pose")
    except InputError:
        return None
    image = content.get("image") if isinstance(content, dict) else None
    return image if isinstance(image, str) else None


def _video_of(path: Path) -> str | None:
    try:
        return PoseSequence.load(path).source
    except InputError:
        return None


def _is_of(named: str | None, source: Path | str | None) -> bool:
    """Whether a result names the file, wherever both are now."""
    return named is not None and source is not None and Path(named).name == Path(source).name


def _remove(stem: Path, endings: Sequence[str]) -> None:
    for ending in endings:
        with_ending(stem, ending).unlink(missing_ok=True)
