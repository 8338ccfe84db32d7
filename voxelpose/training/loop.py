"""The training loop: steps, held-out errors every epoch, checkpoints, and an end that loses nothing."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.data.pipeline import BatchStream
from voxelpose.training.interrupts import InterruptFlag
from voxelpose.training.state import TrainingState
from voxelpose.training.step import TrainingStep

FINISHED, INTERRUPTED, OUT_OF_TIME = "finished", "interrupted", "out of time"


@dataclass(frozen=True)
class Plan:
    """How long to train and how often to look up.

    steps: total; steps_per_epoch: between held-out errors; minutes: stop after so many, None for no limit;
    checkpoint_seconds: longest time between checkpoints; workers: threads that prepare batches.
    """

    steps: int
    steps_per_epoch: int
    minutes: float | None
    checkpoint_seconds: float
    workers: int


class TrainingLoop:
    """Runs steps from where the state stands to the end of the plan.

    evaluate: () -> held-out errors by name, the first of which decides which weights are best (less is better).
    on_step, on_errors: told (step, values) after every step and every evaluation. save: (best: bool) -> None writes a
    checkpoint of `state`. clock: seconds, replaced in tests.
    """

    def __init__(
        self,
        plan: Plan,
        step: TrainingStep,
        stream: BatchStream,
        state: TrainingState,
        evaluate: Callable[[], Mapping[str, float]],
        save: Callable[[bool], None],
        on_step: Callable[[int, Mapping[str, float]], None],
        on_errors: Callable[[int, Mapping[str, float]], None],
        interrupt: InterruptFlag,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.plan, self.step, self.stream, self.state = plan, step, stream, state
        self._evaluate, self._save = evaluate, save
        self._on_step, self._on_errors = on_step, on_errors
        self._interrupt, self._clock = interrupt, clock

    def run(self) -> str:
        """Train; returns why it ended: "finished", "interrupted" or "out of time"."""
        started = saved = self._clock()
        before = self.state.seconds
        for batch in self.stream.dataset(self.state.step, self.plan.steps, self.plan.workers):
            values = self._advance(batch)
            now = self._clock()
            self.state.seconds = before + now - started
            self._on_step(self.state.step, values)
            at_epoch_end = self.state.step % self.plan.steps_per_epoch == 0 or self.state.step == self.plan.steps
            late = self.plan.minutes is not None and now - started >= 60 * self.plan.minutes
            if at_epoch_end or late:
                self._look_up()
                saved = self._clock()
            if late:
                return OUT_OF_TIME
            if self._interrupt.requested:
                self._save(False)
                return INTERRUPTED
            if self._clock() - saved >= self.plan.checkpoint_seconds:
                self._save(False)
                saved = self._clock()
        return FINISHED

    def _advance(self, batch) -> dict[str, float]:
        values = {name: float(value) for name, value in self.step(*batch).items()}
        if not np.isfinite(values["loss"]):
            raise FloatingPointError(
                f"The loss of step {self.state.step} is {values['loss']}; the last checkpoint is from before it. "
                "Lower the learning rate or clip gradients (optimizer.clip_norm)."
            )
        self.state.step += 1
        return values

    def _look_up(self) -> None:
        errors = dict(self._evaluate())
        decisive = next(iter(errors.values()))
        best = decisive < self.state.best
        self.state.best = min(self.state.best, decisive)
        self._on_errors(self.state.step, errors)
        self._save(best)
