"""Read mutations of small sound files by every reader and several commands: python tests/stress/fuzz.py --minutes 60

Each target runs in a process of its own with 6 GB of memory; a mutation may take 10 s of the processor. Anything but a
result or an InputError of at most 1,000 characters is a finding, and so is a process that dies. Which mutations there
are follows from --seed alone; `--only TARGET --first N --count 1` does one again.
"""

import argparse
import json
import os
import random
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

SECONDS, GIGABYTES, LONGEST = 10, 6, 1000
_HERE = Path(__file__).resolve().parent
_BATCH = 200


def one_by_one(name: str, first: int, count: int, seed: int, folder: Path) -> Iterator[dict]:
    """What mutations number `first` on of a target come to; a line before each, in case that it is the last."""
    sys.path.insert(0, str(_HERE))
    from fuzz_targets import SLOW, TARGETS
    from mutations import mutated

    from voxelpose.errors import InputError

    target = (TARGETS | SLOW)[name]
    files = list(target.make(folder))
    sound = [path.read_bytes() for path in files]
    target.read(folder)
    for number in range(first, first + count):
        rng = random.Random(f"{seed} {name} {number}")
        place = rng.randrange(len(files))
        files[place].write_bytes(mutated(sound[place], files[place].suffix, rng))
        yield {"started": number}
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            target.read(folder)
            outcome = "read"
        except InputError as error:
            outcome = "refused" if len(str(error)) <= LONGEST else f"a message of {len(str(error))} characters"
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            frames = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-4:]]
            outcome = f"{type(error).__name__} in {last.name} ({' > '.join(frames)}): {str(error)[-300:]}"
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        yield {"number": number, "outcome": outcome}
        files[place].write_bytes(sound[place])


def fuzz(name: str, first: int, count: int, seed: int, found: Callable[[int, str], None]) -> Counter:
    """Outcomes of some mutations of a target: read, refused, findings. found: told number and fault of each finding."""
    outcomes: Counter = Counter()
    number, last = first, first + count
    while number < last:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            arguments = [name, str(number), str(last - number), str(seed), folder]
            command = [sys.executable, str(_HERE / "fuzz.py"), "--child", *arguments]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
                begun = None
                for line in _lines(child):
                    begun = line.get("started", begun)
                    if "outcome" in line:
                        kind = line["outcome"] if line["outcome"] in ("read", "refused") else "findings"
                        outcomes[kind] += 1
                        number, begun = line["number"] + 1, None
                        if kind == "findings":
                            found(line["number"], line["outcome"])
                code = child.wait()
            if number < last:
                if begun is None:
                    raise RuntimeError(f"{name}: the process ended before the first mutation, with code {code}.")
                outcomes["findings"] += 1
                found(begun, _death(code))
                number = begun + 1
    return outcomes


def _lines(child: subprocess.Popen) -> Iterator[dict]:
    """The child's lines until it ends, or has been silent for six times as long as a mutation may take."""
    while select.select([child.stdout], [], [], 6 * SECONDS)[0]:
        line = child.stdout.readline()
        if not line:
            return
        yield json.loads(line)
    child.kill()


def _death(code: int) -> str:
    told = {-signal.SIGVTALRM: f"more than {SECONDS} s of the processor", -signal.SIGKILL: "no end"}
    return told.get(code, f"the process died with code {code}")


def _child(name: str, first: str, count: str, seed: str, folder: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30,) * 2)
    # What the libraries print has no place among the lines for the parent.
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    for line in one_by_one(name, int(first), int(count), int(seed), Path(folder)):
        lines.write(json.dumps(line) + "\n")


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        _child(*sys.argv[2:])
        return 0
    sys.path.insert(0, str(_HERE))
    from fuzz_targets import SLOW, TARGETS

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which mutations (default: %(default)s)")
    parser.add_argument("--only", choices=(*TARGETS, *SLOW), nargs="+", help="these targets alone")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first mutation (default: %(default)s)")
    parser.add_argument("--count", type=int, metavar="N", help="so many of each target, instead of minutes")
    options = parser.parse_args()
    names = options.only or [*TARGETS, *SLOW]
    totals: Counter = Counter()
    ends = time.monotonic() + 60 * options.minutes
    first, batch = options.first, options.count or _BATCH
    while True:
        for name in names:
            totals += fuzz(
                name, first, batch, options.seed, lambda n, fault, name=name: print(f"{name} {n}: {fault}", flush=True)
            )
            if options.count is None and time.monotonic() > ends:
                break
        first += batch
        told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(totals.items()))
        print(f"{totals.total():,} mutations of {len(names)} targets: {told}", flush=True)
        if options.count is not None or time.monotonic() > ends:
            return 1 if totals["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
