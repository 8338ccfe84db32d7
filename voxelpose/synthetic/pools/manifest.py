"""What a pool is: who drew it, from which seed, with which settings and whose material."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.reading.json_text import read_json
from voxelpose.synthetic.people import DRAWING_VERSION
from voxelpose.synthetic.settings import SyntheticSettings

_MANIFEST = "pool.json"
# Pools of the first drawer don't say so.
_FIRST_VERSION = 1


def claim(folder: Path, settings: SyntheticSettings, seed: int) -> None:
    """Write down what the pool in `folder` is, or make sure that it is the same (InputError)."""
    wanted = {"drawing": DRAWING_VERSION, "seed": seed, "settings": _told(settings)}
    if not (folder / _MANIFEST).exists():
        write_text(folder / _MANIFEST, json.dumps(wanted, indent=2) + "\n")
        return
    found, asked = _flat(read_manifest(folder)), _flat(wanted)
    differences = [
        f"{name} {_short(asked.get(name))} (there: {_short(found.get(name))})"
        for name in asked | found
        if asked.get(name) != found.get(name)
    ]
    if differences:
        raise InputError(f"{folder} holds another pool than the one asked for: {', '.join(differences)}.")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a pool. InputError if there is none, or if another version of the drawer made the pool."""
    path = Path(folder) / _MANIFEST
    if not path.exists():
        raise InputError(f"Expected a pool of drawn people in {folder}. There is no {_MANIFEST} in it.")
    found = read_json(path, "what a pool is")
    if not isinstance(found, dict):
        raise InputError(f"Expected what a pool is in {path}. Received: no object.")
    version = found.get("drawing", _FIRST_VERSION)
    if version != DRAWING_VERSION:
        raise InputError(
            f"{folder} was drawn by version {version} of the drawer, and this is version {DRAWING_VERSION}: "
            "draw it anew into an empty folder."
        )
    return found


def _told(settings: SyntheticSettings) -> dict[str, Any]:
    """The settings as JSON has them; a user's files by what they are, not by where they lie."""
    told = json.loads(json.dumps(asdict(settings)))
    for name in ("backgrounds", "garments"):
        folder = getattr(settings, name)
        if folder is not None:
            told[name] = _fingerprint(sorted(path for path in Path(folder).rglob("*") if path.is_file()), Path(folder))
    told["recordings"] = [_fingerprint([Path(path)], Path(path).parent) for path in settings.recordings]
    return told


def _fingerprint(paths: list[Path], root: Path) -> str:
    """A short hash of names and sizes; the content of thousands of photographs would take too long to read."""
    try:
        facts = "\n".join(f"{path.relative_to(root).as_posix()} {path.stat().st_size}" for path in paths)
    except FileNotFoundError as error:
        raise InputError(f"Expected a file {error.filename}. There is none.") from error
    return f"{len(paths)} files {hashlib.sha256(facts.encode()).hexdigest()[:16]}"


def _flat(manifest: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key != "settings"} | manifest.get("settings", {})


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
