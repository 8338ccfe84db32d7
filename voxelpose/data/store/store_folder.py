"""The folder that a store is made in: what it is for is written down first, and one process at a time fills it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from voxelpose.data.store.manifest import Origin
from voxelpose.errors import InputError
from voxelpose.files import held, write_text

ORIGIN = "origin.json"
_LOCK = ".preparing"


@contextmanager
def claim(target: Path, origin: Origin) -> Iterator[None]:
    """Hold the folder for a preparation of this origin.

    InputError where it holds other files, a store of another origin, or a preparation that is running.
    """
    target.mkdir(parents=True, exist_ok=True)
    refusal = f"Another preparation is writing to {target}. Wait for it, or take another folder."
    with held(target / _LOCK, refusal):
        _agree(target, origin)
        yield


def cleaned(target: Path) -> None:
    """Remove what a killed preparation left half written."""
    for pattern in (".records-*", ".manifest-*", ".origin-*"):
        for path in target.glob(pattern):
            path.unlink()


def _agree(target: Path, origin: Origin) -> None:
    path = target / ORIGIN
    if not path.exists():
        others = [p.name for p in target.iterdir() if not p.name.startswith(".")]
        if others:
            raise InputError(f"Expected an empty folder, or a store to go on with, at {target}. It holds {others[0]}.")
        write_text(path, origin.model_dump_json(indent=2) + "\n")
        return
    try:
        found = Origin.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"Expected the origin of a store at {path}. Received: {error}") from error
    if found != origin:
        there, here = found.model_dump(), origin.model_dump()
        differ = [f"{key} was {there[key]} and is {here[key]}" for key in here if there[key] != here[key]]
        raise InputError(f"{target} is a store of another origin: {'; '.join(differ)}. Take another folder.")
