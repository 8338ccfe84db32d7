"""The folder of one training run: its configuration, its circumstances, its checkpoints, its weights."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import yaml

from voxelpose import __version__
from voxelpose.errors import InputError, first_line
from voxelpose.files import held, write_text
from voxelpose.training.config.training_config import TrainingConfig, resolved_yaml

_LOCK = ".training"
_LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "h5py")


class RunFolder:
    """runs/NAME with config.yaml, environment.json, log.csv, tensorboard/, checkpoints/, best and last weights."""

    def __init__(self, config: TrainingConfig):
        self.path = Path(config.output) / config.name
        self.config_file = self.path / "config.yaml"
        self.checkpoints = self.path / "checkpoints"
        self.csv = self.path / "log.csv"
        self.tensorboard = self.path / "tensorboard"
        self.best_weights = self.path / "best.weights.h5"
        self.last_weights = self.path / "last.weights.h5"
        self.report = self.path / "result.json"

    def bad_batch(self, step: int, worker: int) -> Path:
        """Where a worker keeps its part of a batch whose loss was not finite."""
        return self.path / (f"bad-batch-{step}.npz" if worker == 0 else f"bad-batch-{step}-worker-{worker}.npz")

    @contextmanager
    def claimed(self, config: TrainingConfig) -> Iterator[None]:
        """Hold the folder for the life of a run; InputError as of `check`, and while another run holds it.

        The lock of a killed run is nobody's, and holds no other up.
        """
        self.check(config)
        self.path.mkdir(parents=True, exist_ok=True)
        with held(self.path / _LOCK, f"Another training runs in {self.path}. Wait for it, or choose another name=..."):
            # The run that was there when it was looked at first may have begun and ended meanwhile.
            self.check(config)
            yield

    def check(self, config: TrainingConfig) -> None:
        """InputError for a run that would be overwritten, and for one to resume that isn't there."""
        if self.config_file.exists() and not config.resume:
            raise InputError(
                f"There is already a run in {self.path}. Continue it with resume=true, or choose another name=..."
            )
        if config.resume is True and not self.config_file.exists():
            raise InputError(f"Expected a run to resume in {self.path}. There is none.")

    def changes(self, config: TrainingConfig) -> list[str]:
        """What a configuration changes of the run that is there, one sentence per key; none if nothing is there."""
        if not self.config_file.exists():
            return []
        before = self._earlier()
        now = _flat(yaml.safe_load(resolved_yaml(config)))
        keys = [key for key in now | before if key != "resume" and now.get(key) != before.get(key)]
        return [f"{key} was {before.get(key)} and is now {now.get(key)}" for key in keys]

    def _earlier(self) -> dict[str, object]:
        """The configuration of the run that is there, with dotted keys."""
        try:
            values = yaml.safe_load(self.config_file.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("no settings")
            return _flat(values)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError(
                f"Expected the configuration of a run in {self.config_file}. Received: {first_line(error)}. "
                "Mend it, or remove it and go on with resume=auto; the checkpoints stay."
            ) from error

    def open(self, config: TrainingConfig) -> None:
        """Create the folder, or go on in it, and write down the configuration and the circumstances.

        What a killed run left half written goes.
        """
        for name in (self.config_file, self.csv, self.best_weights, self.last_weights, self.report):
            stem = name.name.removesuffix("".join(name.suffixes[-2:]))
            for leftover in self.path.glob(f".{stem}-*"):
                leftover.unlink()
        write_text(self.config_file, resolved_yaml(config))
        write_text(self.path / "environment.json", json.dumps(_environment(), indent=2) + "\n")


def _flat(values, prefix: str = "") -> dict[str, object]:
    """Nested mappings and lists as one mapping with dotted keys."""
    if not isinstance(values, dict | list) or not values:
        return {prefix: values}
    items = values.items() if isinstance(values, dict) else enumerate(values)
    return {
        key: value for name, part in items for key, value in _flat(part, f"{prefix}.{name}" if prefix else name).items()
    }


def _environment() -> dict:
    return {
        "voxelpose": __version__,
        "git_revision": _git_revision(),
        "command": sys.argv,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _git_revision() -> str | None:
    """Revision of the checkout that the package runs from, with "+" if files differ from it; None outside one."""
    folder = Path(__file__).parent
    try:
        asked = {"cwd": folder, "capture_output": True, "text": True, "check": True, "timeout": 10}
        revision = subprocess.run(["git", "rev-parse", "HEAD"], **asked).stdout.strip()
        changed = subprocess.run(["git", "status", "--porcelain", "--untracked-files=no"], **asked).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    return revision + ("+" if changed else "")
