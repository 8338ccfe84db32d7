"""A training run that kills itself: to see whether one that is resumed ends with the same weights.

Run as `python crashing.py CONFIG MOMENT`. MOMENT says when SIGKILL comes: `never`, `step:N:S`, S seconds into step
N + 1 or sooner, or `save:N:F`, when a share F of the N-th checkpoint is written (0: before its first byte; 1: all of
it, but not yet under its name). Training knows nothing of it: two of its functions are replaced here.
"""

import io
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
from rich.console import Console

from voxelpose.training.config.training_config import load_config
from voxelpose.training.run import checkpoint, loop


def main(config: str, moment: str) -> None:
    """Train as configured, and be killed at the moment, if it comes."""
    kind, _, rest = moment.partition(":")
    if kind == "step":
        number, delay = rest.split(":")
        _kill_after_step(int(number), float(delay))
    elif kind == "save":
        number, share = rest.split(":")
        _kill_while_saving(int(number), float(share))
    from voxelpose.training.run.run import train

    train(load_config(config, ["resume=auto"]), Console())


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_after_step(number: int, delay: float) -> None:
    """A timer starts after the step and fires whatever the run does then."""
    original = loop.TrainingLoop._advance

    def advance(self, batch):
        original(self, batch)
        if self.state.step == number:
            threading.Timer(delay, _kill).start()

    loop.TrainingLoop._advance = advance


def _kill_while_saving(number: int, share: float) -> None:
    saved = 0

    def savez(path: Path, **arrays) -> None:
        nonlocal saved
        saved += 1
        whole = io.BytesIO()
        np.savez(whole, **arrays)
        content = whole.getvalue()
        if saved < number:
            path.write_bytes(content)
            return
        with open(path, "wb") as stream:
            stream.write(content[: round(share * len(content))])
            stream.flush()
            os.fsync(stream.fileno())
            _kill()

    checkpoint.save_arrays = savez


if __name__ == "__main__":
    main(*sys.argv[1:])
