"""Kill a small training run at random moments, resume it, and compare its weights bit for bit.

python tests/stress/check_resume.py --kills 5 --seed 0
"""

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import yaml

from voxelpose.commands.shared.entry import run
from voxelpose.commands.shared.options import positive_int
from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.synthetic.people import SyntheticSettings
from voxelpose.synthetic.pools.pool import draw_pool

STEPS, PER_EPOCH = 8, 3
CONFIG = {
    "name": "run",
    "deterministic": True,
    "network": {
        "architecture": {
            "family": "uniform", "width": 8, "levels": 1, "modules": 1,
            "depths": [4], "input_size": 32, "presence": True,
        },
    },
    "loss": {"integral": 1.0, "likelihood": 0.05},
    "data": {
        "workers": 1,
        "train": [{"kind": "synthetic", "count": 10, "seed": 1, "folder": "people", "picture": 64, "processes": 1}],
        "heldout": [{"kind": "synthetic", "count": 4, "seed": 2, "folder": "others", "picture": 64, "processes": 1}],
    },
    "augmentation": {"photometric": {"noise": 0.5, "occlusion": 0.5}},
    "optimizer": {
        "kind": "adamw", "learning_rate": 1e-3, "schedule": "cosine", "warmup_steps": 2,
        "average": 0.9, "clip_norm": 1.0,
    },
    "schedule": {"steps": STEPS, "steps_per_epoch": PER_EPOCH, "batch_size": 4, "accumulate": 2},
    "tensorboard": "off",
    "checkpoint_seconds": 1e-6,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0 if every resumed run ended like the uninterrupted one, else 1."""
    options = _parser().parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="check-resume-"))
    try:
        failures = check(
            folder, options.kills, options.seed, options.precision, options.jobs, lambda text: print(text, flush=True)
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.kills - failures} of {options.kills} resumed runs ended with the weights of the uninterrupted one")
    return 1 if failures else 0


def check(folder: Path, kills: int, seed: int, precision: str, jobs: int, say: Callable[[str], None]) -> int:
    """Compare `kills` killed and resumed runs with one that nothing happened to; returns how many differ.

    jobs: runs at a time; say: told the outcome of each.
    """
    rng = random.Random(seed)
    moments = [_while_saving(rng) if number % 2 else _between(rng) for number in range(kills)]
    places = [folder / f"killed-{number}" for number in range(kills)]
    whole = folder / "whole"
    _draw(folder)
    with ThreadPoolExecutor(jobs) as pool:
        reference = pool.submit(_run, _prepare(whole, folder, precision), "never")
        resumed = pool.map(lambda pair: _kill_and_resume(*pair, folder, precision), zip(places, moments, strict=True))
        reference.result()
        failures = 0
        for place, moment, step in zip(places, moments, resumed, strict=True):
            differences = compare(whole / "run", place / "run")
            failures += bool(differences)
            found = f"differs: {', '.join(differences)}" if differences else "identical"
            say(f"killed at {moment:16} resumed at step {step:2}: {found}")
            shutil.rmtree(place)
    return failures


def _kill_and_resume(place: Path, moment: str, pools: Path, precision: str) -> int:
    """Returns the step that the resumed run went on from."""
    config = _prepare(place, pools, precision)
    if _run(config, moment) != -signal.SIGKILL:
        raise RuntimeError(f"The run that should have been killed at {moment} was not.")
    kept = sorted(path.name for path in (place / "run" / "checkpoints").glob("step-*"))
    _run(config, "never")
    return int(kept[-1][len("step-") : -len(".npz")]) if kept else 0


def _draw(folder: Path) -> None:
    """The people of all runs, so that those that begin together do not draw them side by side."""
    for source in (*CONFIG["data"]["train"], *CONFIG["data"]["heldout"]):
        settings = SyntheticSettings(picture=source["picture"])
        draw_pool(folder / source["folder"], settings, source["count"], source["seed"])


def compare(expected: Path, received: Path) -> list[str]:
    """What differs between two finished runs: arrays of the last checkpoint, rows of the log."""
    wanted, found = _last(expected), _last(received)
    names = [name for name in wanted | found if name not in ("facts", "digest")]
    differences = [name for name in names if not _same(wanted.get(name), found.get(name))]
    if _rows(expected / "log.csv") != _rows(received / "log.csv"):
        differences.append("log.csv")
    return differences


def _between(rng: random.Random) -> str:
    return f"step:{rng.randint(1, STEPS - 2)}:{rng.uniform(0, 0.2):.3f}"


def _while_saving(rng: random.Random) -> str:
    return f"save:{rng.randint(1, STEPS)}:{rng.choice((0.0, rng.random(), rng.random(), 1.0)):.3f}"


def _prepare(place: Path, pools: Path, precision: str) -> Path:
    place.mkdir(parents=True)
    data = {
        part: [source | {"folder": str(pools / source["folder"])} for source in CONFIG["data"][part]]
        for part in ("train", "heldout")
    }
    config = CONFIG | {"output": str(place), "data": CONFIG["data"] | data, "precision": precision}
    write_text(place / "config.yaml", yaml.safe_dump(config, sort_keys=False))
    return place / "config.yaml"


def _run(config: Path, moment: str) -> int:
    command = [sys.executable, str(Path(__file__).with_name("crashing.py")), str(config), moment]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, -signal.SIGKILL):
        raise InputError(f"The run of {config} failed:\n{done.stderr.strip()[-2000:]}")
    return done.returncode


def _last(run: Path) -> dict[str, np.ndarray]:
    path = max((run / "checkpoints").glob("step-*.npz"))
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files} | {"step": np.array(path.name)}


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    return a is not None and b is not None and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _rows(path: Path) -> list[dict[str, str]]:
    """The log, but for the seconds that steps took."""
    with open(path, newline="", encoding="utf-8") as stream:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(stream)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--kills", type=positive_int, default=20, metavar="N", help="runs to kill (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs", type=positive_int, default=os.cpu_count(), metavar="N", help="runs at a time (default: cores)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments (default: %(default)s)")
    parser.add_argument(
        "--precision", default="float32", choices=("float32", "mixed_bfloat16", "mixed_float16"), help="of the runs"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(run(main))
