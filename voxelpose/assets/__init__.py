"""What ships with the package: weights, bodies, poses, a photograph; each with its licence and checksum."""

import json
from functools import cache
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.files import sha256

ROOT = Path(__file__).parent
CHECKSUMS = ROOT / "checksums.json"


def asset_path(name: str) -> Path:
    """Path of a shipped file, `name` relative to the assets folder, e.g. "samples/walking.jpg"."""
    path = ROOT / name
    if not path.is_file():
        raise InputError(f"Expected the shipped file {name}; there is none at {path}. Is the installation complete?")
    return path


@cache
def verified_asset(name: str) -> Path:
    """Path of a shipped file whose content matches its recorded SHA-256.

    Raises InputError if the file is missing, damaged or has no recorded checksum.
    """
    path = asset_path(name)
    expected = json.loads(CHECKSUMS.read_text()).get(name)
    received = sha256(path)
    if received != expected:
        raise InputError(f"The shipped file {name} is damaged: expected sha256 {expected}, received {received}.")
    return path
