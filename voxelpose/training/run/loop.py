"""The training loop: steps, held-out errors every epoch, checkpoints, and an end that loses nothing."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from voxelpose.evaluation.metrics.directions import as_error
from voxelpose.training.run.interrupts import InterruptFlag
from voxelpose.training.run.state import TrainingState
from voxelpose.training.run.step import TrainingStep

FINISHED, INTERRUPTED, OUT_OF_TIME = "finished", "interrupted", "out of time"


@dataclass(frozen=True)
class Plan:
    """How long to train and how often to look up.

    steps: total; steps_per_epoch: between held-out errors; minutes: stop after so many, None for no limit;
    checkpoint_seconds: longest time between checkpoints.
    """

    steps: int
    steps_per_epoch: int
    minutes: float | None
    checkpoint_seconds: float


@dataclass(frozen=True)
class Hooks:
    """What the loop calls.

    check: (step, values, batch) right after a step, to end the run if they are not sound. on_step: (step, values) after
    it counts. evaluate: () -> held-out errors by name, the first of which decides which weights are best
    (`metrics.directions` says which way); empty in a process that measures nothing. on_errors: (step,
    errors). save: (best) -> None writes a checkpoint of the state. anyone: wishes to stop -> whether any process has
    them.
    """

    check: Callable[[int, Mapping[str, float], Mapping], None]
    on_step: Callable[[int, Mapping[str, float]], None]
    evaluate: Callable[[], Mapping[str, float]]
    on_errors: Callable[[int, Mapping[str, float]], None]
    save: Callable[[bool], None]
    anyone: Callable[..., tuple[bool, ...]] = lambda *wishes: wishes


class TrainingLoop:
    """Runs steps from where the state stands to the end of the plan.

    batches: (start, stop) -> those batches; clock: seconds, replaced in tests.
    """

    def __init__(
        self,
        plan: Plan,
        step: TrainingStep,
        batches: Callable[[int, int], Iterable],
        state: TrainingState,
        hooks: Hooks,
        interrupt: InterruptFlag,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.plan, self.step, self.state, self.hooks = plan, step, state, hooks
        self._batches, self._interrupt, self._clock = batches, interrupt, clock

    def run(self) -> str:
        """Train; returns why it ended: "finished", "interrupted" or "out of time"."""
        plan, state = self.plan, self.state
        started = saved = self._clock()
        before = state.seconds
        for batch in self._batches(state.step, plan.steps):
            self._advance(batch)
            elapsed = self._clock() - started
            state.seconds = before + elapsed
            late, interrupted = self.hooks.anyone(
                plan.minutes is not None and elapsed >= 60 * plan.minutes, self._interrupt.requested
            )
            finished = state.step == plan.steps
            if finished or state.step % plan.steps_per_epoch == 0 or (late and not interrupted):
                self._look_up()
                saved = self._clock()
            elif interrupted or self._clock() - saved >= plan.checkpoint_seconds:
                self.hooks.save(False)
                saved = self._clock()
            if finished:
                break
            if interrupted or late:
                return INTERRUPTED if interrupted else OUT_OF_TIME
        return FINISHED

    def _advance(self, batch) -> None:
        values = {name: float(value) for name, value in self.step(batch).items()}
        self.hooks.check(self.state.step, values, batch)
        self.state.step += 1
        self.hooks.on_step(self.state.step, values)

    def _look_up(self) -> None:
        errors = dict(self.hooks.evaluate())
        decisive = _decisive(errors)
        best = decisive is not None and (self.state.best is None or decisive < self.state.best)
        if best:
            self.state.best = decisive
        self.hooks.on_errors(self.state.step, errors)
        self.hooks.save(best)


def _decisive(errors: Mapping[str, float]) -> float | None:
    """The first error, less being better; None if there is none or it is no number."""
    name, value = next(iter(errors.items()), ("", math.nan))
    if math.isnan(value):
        return None
    return as_error(name, value)
