"""Prepare a store, kill it at random, resume it, and compare it with one that was never interrupted, byte for byte.

    python tests/stress/rehearse_kills.py FOLDER synthetic . --option count=10000 --option seed=7 --size 192

Everything after FOLDER goes to `voxelpose prepare`, less its TARGET: the stores are FOLDER/killed and FOLDER/whole.
"""

import random
import subprocess
import sys
import time
from pathlib import Path

from voxelpose.files import sha256

KILLS = 3
_PREPARE = "import sys; from voxelpose.cli import main; sys.exit(main())"


def main(arguments: list[str]) -> int:
    """Returns 0 if both stores are the same, 1 otherwise."""
    if len(arguments) < 3:
        print(__doc__)
        return 2
    folder, (dataset, source, *options) = Path(arguments[0]), arguments[1:]
    killed, whole = folder / "killed", folder / "whole"
    chance = random.Random(0)
    for _ in range(KILLS):
        _kill(_start(dataset, source, killed, options), killed, chance)
    for target in (killed, whole):
        began = time.monotonic()
        if _start(dataset, source, target, options).wait() != 0:
            return 1
        print(f"{target}: finished in {time.monotonic() - began:.0f} s", flush=True)
    return _compare(killed, whole)


def _start(dataset: str, source: str, target: Path, options: list[str]) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", _PREPARE, "prepare", dataset, source, str(target), *options])


def _kill(process: subprocess.Popen, target: Path, chance: random.Random) -> None:
    """SIGKILL after some more shards and a moment, so that it hits anywhere in the work."""
    wanted = len(_shards(target)) + chance.randint(1, 8)
    while len(_shards(target)) < wanted and process.poll() is None:
        time.sleep(0.05)
    time.sleep(chance.uniform(0, 2))
    process.kill()
    process.wait()
    print(f"killed with {len(_shards(target))} shards finished", flush=True)


def _shards(target: Path) -> list[Path]:
    return list(target.glob("records-*.npz"))


def _compare(first: Path, second: Path) -> int:
    sums = [{path.name: sha256(path) for path in sorted(folder.iterdir())} for folder in (first, second)]
    differ = [name for name in sums[0] | sums[1] if sums[0].get(name) != sums[1].get(name)]
    print(f"{len(sums[0])} files, {len(differ)} of them different" + (f": {', '.join(differ)}" if differ else ""))
    return 1 if differ else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
