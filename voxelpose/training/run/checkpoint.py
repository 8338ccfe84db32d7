"""Checkpoints: whole or absent, verified on load, the last few kept."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from voxelpose.errors import first_line
from voxelpose.files import atomic_path

save_arrays = np.savez
_FACTS, _DIGEST, _PREFIX = "facts", "digest", "step-"


class CheckpointFolder:
    """Numbered checkpoints in one folder, the newest `keep` of which stay.

    A checkpoint is one uncompressed .npz (no pickles) with arrays, facts as JSON and a digest over both.
    """

    def __init__(self, folder: Path, keep: int = 2):
        self.folder, self.keep = Path(folder), keep

    def sweep(self, step: int) -> None:
        """Remove what is newer than a step (damaged, or it would have been loaded), and halves of files.

        To be called before the first `save` of a process that goes on at that step, and by no other.
        """
        for leftover in self.folder.glob(f".{_PREFIX}*"):
            leftover.unlink(missing_ok=True)
        for path in self._paths():
            if path > self._path(step):
                path.unlink()

    def save(self, step: int, arrays: dict[str, np.ndarray], facts: dict) -> Path:
        """Write the checkpoint of a step; on failure (disk full, interruption) the earlier ones stay as they were."""
        path = self._path(step)
        text = json.dumps(facts)
        with atomic_path(path) as temporary:
            save_arrays(temporary, **arrays, **{_FACTS: np.array(text), _DIGEST: np.array(_digest(arrays, text))})
        for old in self._paths()[: -self.keep]:
            old.unlink()
        return path

    def latest(self, log: Callable[[str], None]) -> tuple[dict[str, np.ndarray], dict] | None:
        """Arrays and facts of the newest sound checkpoint, None if there is none; told of each damaged newer one."""
        for path in reversed(self._paths()):
            try:
                return _read(path)
            # One changed byte makes zipfile, zlib, NumPy and json raise whatever they like: errors of a dozen kinds.
            except Exception as error:
                log(f"{path} is damaged ({first_line(error)}); going back to the one before.")
        return None

    def _path(self, step: int) -> Path:
        return self.folder / f"{_PREFIX}{step:09d}.npz"

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob(f"{_PREFIX}*.npz"))


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    text, digest = str(arrays.pop(_FACTS)), str(arrays.pop(_DIGEST))
    if _digest(arrays, text) != digest:
        raise ValueError("its content doesn't match its digest")
    return arrays, json.loads(text)


def _digest(arrays: dict[str, np.ndarray], text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
