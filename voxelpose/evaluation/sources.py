"""From what `--data` names to the people behind it."""

from pathlib import Path

import numpy as np

from voxelpose.data.exercises import holds_exercises
from voxelpose.data.lspet import load_lspet
from voxelpose.data.manifest import MANIFEST, read_manifest
from voxelpose.data.store import load_store
from voxelpose.errors import InputError
from voxelpose.evaluation.checks import check_people
from voxelpose.evaluation.drawn import drawn_people
from voxelpose.evaluation.exercises import exercises_people
from voxelpose.evaluation.people import People, Tags
from voxelpose.files import sha256
from voxelpose.skeleton import LSP14

LSPET = "lspet"


def load_people(path: str | Path, limit: int | None = None) -> People:
    """The people in a prepared store, in a folder of drawn ones, in a packed LSPET (.npz) above image 9000, or in the
    held-out part of packed exercises (.npz).

    limit: at most so many records, the first ones. Raises InputError for anything else, for a damaged file, and where
    the joints are of an impossible size in mm.
    """
    path = Path(path)
    if (path / MANIFEST).is_file():
        people = store_people(path, limit)
    elif (path / "pool.json").is_file():
        people = drawn_people(path, limit)
    elif path.is_file() and path.suffix == ".npz":
        people = (exercises_people if holds_exercises(path) else lspet_people)(path, limit)
    else:
        raise InputError(
            f"Expected a prepared store (with {MANIFEST}), a folder of drawn people (with pool.json) or a packed LSPET "
            f"(.npz). Received: {path}" + ("." if path.exists() else ", which does not exist.")
        )
    check_people(people)
    return people


def store_people(folder: Path, limit: int | None = None) -> People:
    """Everybody in a store that `voxelpose prepare` made, of whatever data set."""
    manifest, _ = read_manifest(folder)
    stored = load_store(folder)
    stored = stored.select(np.flatnonzero(stored.present)[:limit])
    joints = stored.joints_mm.astype(np.float64)
    columns = stored.columns
    return People(
        dataset=manifest.origin.dataset,
        examples=stored,
        size=stored.size,
        joints_mm=joints,
        known=np.isfinite(stored.joints[..., :2]).all(-1),
        head_px=columns["head_px"] * np.linalg.norm(columns["matrix"][:, :, 0], axis=-1),
        tags=Tags(
            subject=columns["subject"],
            action=columns["action"],
            sequence=_sequences(columns["subject"], columns["sequence"]),
            camera=columns["camera"],
            frame=columns["frame"],
        ),
        sha256=stored.fingerprint,
        part=manifest.origin.part,
        skipped={reason: entry.count for reason, entry in manifest.skipped.items()},
    )


def _sequences(subject: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Names of sequences that differ between subjects; whoever has none is one of their own."""
    named = np.char.add(np.char.add(subject, " "), sequence)
    alone = np.char.add("#", np.arange(len(named)).astype(np.str_))
    return np.where(sequence == "", alone, named)


def lspet_people(path: Path, limit: int | None = None) -> People:
    """The held-out photographs of a packed Leeds Sports Pose Extended."""
    examples = load_lspet(path, "heldout", LSP14, limit)
    known = examples.weights[..., 0] > 0
    return People(
        dataset=LSPET,
        examples=examples,
        size=examples.images.shape[1],
        joints_mm=np.full((*known.shape, 3), np.nan),
        known=known,
        head_px=np.full(len(examples), np.nan),
        tags=Tags.unknown(len(examples)),
        sha256=sha256(path),
        part="heldout",
    )
