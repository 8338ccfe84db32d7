"""One measurement in a fresh process, so that no variant inherits another's memory or compiled functions."""

import json
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from time import perf_counter, process_time

from voxelpose.memory import forget_peak, memory_mib

TOOLS = Path(__file__).parents[1]
OWN_STAT = Path("/proc/self/stat")
START_FIELD = 19  # starttime, counted from the field after the command's name
LINES_OF_ERROR = 5


def seconds_since_start() -> float:
    """How long ago this process was started, its imports included."""
    ticks = int(OWN_STAT.read_text().rpartition(")")[2].split()[START_FIELD])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def measure(function, repeats: int) -> dict:
    """Times a function without arguments, after one call that compiles it and loads what is loaded once.

    Returns:
        first_s: duration of that first call; start_s: from the start of the process to its end; seconds: of each
        further one; processor_s: mean time that the cores worked on one of those; before_mib: memory held before the
        first call; extra_mib: how far the peak of the further calls lies above that (what libraries keep from call to
        call counts, as it would in a run); peak_mib: the peak of all.
    """
    before = memory_mib("VmRSS")
    start = perf_counter()
    function()
    first = perf_counter() - start
    peak, since_start = memory_mib("VmHWM"), seconds_since_start()
    forget_peak()
    seconds, processor = [], process_time()
    for _ in range(repeats):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    processor = process_time() - processor
    after = memory_mib("VmHWM")
    return {
        "first_s": first,
        "start_s": since_start,
        "seconds": seconds,
        "processor_s": processor / repeats,
        "before_mib": before,
        "extra_mib": after - before,
        "peak_mib": max(peak, after),
    }


def call_apart(case: str, **arguments) -> dict:
    """What `case` ("module:function" of this package) returns for plain arguments, plain as well, in a new process.

    Raises:
        RuntimeError: the process failed; with the last lines it wrote.
    """
    # Found wherever the command was started, and not mistaken for something of that name there (-P).
    path = os.pathsep.join(filter(None, (str(TOOLS), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path}
    command = [sys.executable, "-P", "-m", __name__, case, json.dumps(arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        ending = "\n".join(done.stderr.strip().splitlines()[-LINES_OF_ERROR:])
        raise RuntimeError(f"{case} with {arguments} ended with exit code {done.returncode}:\n{ending}")
    return json.loads(done.stdout.splitlines()[-1])


def main(case: str, arguments: str) -> None:
    """What the new process does: one JSON line on stdout."""
    module, function = case.split(":")
    result = getattr(import_module(f"benchmark.{module}"), function)(**json.loads(arguments))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
