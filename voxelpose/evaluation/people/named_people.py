"""From what `--data` names to the people behind it."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from voxelpose.data.readers import open_dataset
from voxelpose.data.readers.lsp import HELD_OUT
from voxelpose.data.store.manifest import MANIFEST, read_manifest
from voxelpose.data.store.preparation import Settings, origin_of, prepare
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError
from voxelpose.evaluation.people.drawn import draw_benchmark, drawn_people, is_benchmark
from voxelpose.evaluation.people.people import People, Tags
from voxelpose.evaluation.predictions.unit_checks import check_people

_PACKED, _EXERCISES = "lspet-packed", "exercises-packed"


def prepared(data: str, folder: Path, processes: int = 1, log: Callable[[str], None] | None = None) -> Path:
    """Where the people lie that `data` names, for `load_people`.

    A benchmark is drawn below `folder` first, and a packed LSPET or packed exercises (.npz) become a store there, of
    the part that is held out; what is there already stays. Anything else is a path and comes back as it is.
    """
    path = Path(data)
    if is_benchmark(data) and not path.exists():
        return draw_benchmark(data, folder, processes, log)
    return _stored(path, folder) if path.is_file() and path.suffix == ".npz" else path


def load_people(path: str | Path, limit: int | None = None) -> People:
    """The people in a prepared store or in a folder of drawn ones.

    limit: at most so many records, the first ones. Raises InputError for anything else, for a damaged file, and where
    the joints are of an impossible size in mm.
    """
    path = Path(path)
    if (path / MANIFEST).is_file():
        people = store_people(path, limit)
    elif (path / "pool.json").is_file():
        people = drawn_people(path, limit)
    else:
        raise InputError(
            f"Expected a prepared store (with {MANIFEST}), or a folder of drawn people (with pool.json). "
            f"Received: {path}" + ("." if path.exists() else ", which does not exist.")
        )
    check_people(people)
    return people


def store_people(folder: Path, limit: int | None = None) -> People:
    """Everybody in a store that `voxelpose prepare` made, of whatever data set."""
    manifest, _ = read_manifest(folder)
    stored = load_store(folder)
    stored = stored.select(np.flatnonzero(stored.labels().present)[:limit])
    labels, facts = stored.labels(), stored.facts
    mm, known_mm = labels.in_camera()
    return People(
        dataset=manifest.origin.dataset,
        examples=stored,
        labels=labels,
        joints_mm=np.where(known_mm[..., None], mm.astype(np.float64), np.nan),
        known=labels.known[..., :2].all(-1),
        head_px=facts["head_px"] * np.linalg.norm(facts["matrix"][:, :, 0], axis=-1),
        tags=Tags(
            subject=facts["subject"],
            action=facts["action"],
            sequence=_sequences(facts["subject"], facts["sequence"]),
            camera=facts["camera"],
            frame=facts["frame"],
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


def _stored(archive: Path, folder: Path) -> Path:
    """A store of the held-out photographs of a packed data set, whose pictures are kept as they are."""
    name = _EXERCISES if _holds_exercises(archive) else _PACKED
    target, settings = folder / f"{name.removesuffix('-packed')}-{HELD_OUT}", Settings()
    dataset, options = open_dataset(name, archive.parent, HELD_OUT, {"file": archive.name})
    prepare(target, origin_of(name, archive.parent, HELD_OUT, options, dataset, settings), dataset, settings)
    return target


def _holds_exercises(archive: Path) -> bool:
    """Whether an .npz has what packed exercises have and packed LSPET lacks."""
    try:
        with zipfile.ZipFile(archive) as file:
            return "movenet_uv_score.npy" in file.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
