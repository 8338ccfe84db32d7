"""The loop with a clock of its own and a step that does nothing but count."""

import pytest

from voxelpose.training.run.interrupts import InterruptFlag
from voxelpose.training.run.loop import FINISHED, INTERRUPTED, OUT_OF_TIME, Hooks, Plan, TrainingLoop
from voxelpose.training.run.state import TrainingState


class Run:
    """A loop whose steps take `seconds` each; `events` is what it did, in order."""

    def __init__(self, steps=10, per_epoch=4, minutes=None, every=1e9, seconds=1.0, errors=(5.0, 4.0, 6.0), start=0):
        self.now, self.seconds, self.events, self.errors = 0.0, seconds, [], list(errors)
        self.state = TrainingState(None, None, step=start)
        self.interrupt = InterruptFlag()
        self.anyone = lambda *wishes: wishes
        self.checked = []
        self.plan = Plan(steps, per_epoch, minutes, every)

    def step(self, batch):
        self.now += self.seconds
        return {"loss": 1.0}

    def evaluate(self):
        self.now += 10
        return {"mpjpe": self.errors.pop(0), "pa": 99.0}

    def run(self):
        hooks = Hooks(
            check=lambda step, values, batch: self.checked.append((step, batch)),
            on_step=lambda step, values: self.events.append(step),
            evaluate=self.evaluate,
            on_errors=lambda step, errors: self.events.append(f"errors {errors['mpjpe']:g}"),
            save=lambda best: self.events.append("save best" if best else "save"),
            anyone=lambda *wishes: self.anyone(*wishes),
        )
        batches = lambda start, stop: list(range(start, stop))  # noqa: E731
        return TrainingLoop(self.plan, self.step, batches, self.state, hooks, self.interrupt, lambda: self.now).run()


def test_a_whole_run_looks_up_every_epoch_and_at_its_end():
    run = Run()
    assert run.run() == FINISHED
    assert run.events == [
        1, 2, 3, 4, "errors 5", "save best", 5, 6, 7, 8, "errors 4", "save best", 9, 10, "errors 6", "save",
    ]  # fmt: skip
    assert run.state.best == 4.0
    assert run.checked == [(i, i) for i in range(10)]


def test_a_resumed_run_takes_the_batches_that_are_left():
    run = Run(start=8, errors=[6.0])
    run.state.best, run.state.seconds = 4.0, 100.0
    assert run.run() == FINISHED
    assert run.events == [9, 10, "errors 6", "save"]
    assert run.state.best == 4.0 and run.state.seconds == 102.0


def test_a_finished_run_does_nothing_more():
    run = Run(start=10)
    assert run.run() == FINISHED and run.events == []


def test_when_the_minutes_are_over_it_looks_up_once_more():
    run = Run(minutes=0.05, errors=[5.0])
    assert run.run() == OUT_OF_TIME
    assert run.events == [1, 2, 3, "errors 5", "save best"]


def test_the_last_step_is_a_finish_even_if_time_is_over():
    run = Run(steps=3, minutes=0.05, errors=[5.0])
    assert run.run() == FINISHED and run.events == [1, 2, 3, "errors 5", "save best"]


def test_evaluations_count_as_time():
    run = Run(per_epoch=2, minutes=0.2, errors=[5.0, 4.0, 3.0])  # 12 s: two steps, 10 s of evaluation, one more step
    assert run.run() == OUT_OF_TIME
    assert run.events == [1, 2, "errors 5", "save best", 3, "errors 4", "save best"]


def test_an_interruption_saves_at_once_and_measures_nothing():
    run = Run()
    run.step = lambda batch: setattr(run.interrupt, "requested", batch >= 1) or {"loss": 1.0}
    assert run.run() == INTERRUPTED
    assert run.events == [1, 2, "save"]


def test_an_interruption_at_the_end_of_an_epoch_still_measures():
    run = Run()
    run.step = lambda batch: setattr(run.interrupt, "requested", batch == 3) or {"loss": 1.0}
    assert run.run() == INTERRUPTED
    assert run.events == [1, 2, 3, 4, "errors 5", "save best"]


def test_another_process_can_end_the_run():
    run = Run()
    run.anyone = lambda late, interrupted: (late, run.state.step == 3)
    assert run.run() == INTERRUPTED and run.events == [1, 2, 3, "save"]


def test_checkpoints_come_by_the_clock():
    run = Run(per_epoch=100, every=3.0, errors=[1.0])
    assert run.run() == FINISHED
    assert run.events == [1, 2, 3, "save", 4, 5, 6, "save", 7, 8, 9, "save", 10, "errors 1", "save best"]


def test_a_step_that_is_not_sound_does_not_count():
    run = Run()

    def check(step, values, batch):
        if step == 2:
            raise ArithmeticError

    hooks = Hooks(
        check, lambda *_: run.events.append("step"), run.evaluate, print, lambda best: run.events.append("save")
    )
    batches = lambda start, stop: list(range(start, stop))  # noqa: E731
    with pytest.raises(ArithmeticError):
        TrainingLoop(run.plan, run.step, batches, run.state, hooks, run.interrupt, lambda: run.now).run()
    assert run.state.step == 2 and run.events == ["step", "step"]


def test_a_process_that_measures_nothing_still_takes_part():
    run = Run(steps=4)
    run.evaluate = dict
    hooks = Hooks(
        print, print, dict, lambda step, errors: run.events.append(errors), lambda best: run.events.append(best)
    )
    loop = TrainingLoop(run.plan, run.step, lambda a, b: [0] * 4, run.state, hooks, run.interrupt, lambda: 0.0)
    assert loop.run() == FINISHED and run.events == [{}, False] and run.state.best is None


@pytest.mark.parametrize(
    ("name", "values", "saved"),
    [
        ("people/mpjpe", [80.0, 70.0, 75.0], [True, True, False]),
        ("photographs/pck", [0.3, 0.2, 0.5], [True, False, True]),
        ("people/mpjpe", [float("nan"), 70.0, float("nan")], [False, True, False]),
    ],
)
def test_the_best_weights_are_those_with_the_least_error(name, values, saved):
    run, left = Run(steps=3, per_epoch=1), list(values)
    hooks = Hooks(print, print, lambda: {name: left.pop(0)}, print, run.events.append)
    batches = lambda start, stop: list(range(start, stop))  # noqa: E731
    TrainingLoop(run.plan, run.step, batches, run.state, hooks, run.interrupt, lambda: 0.0).run()
    assert run.events == saved
