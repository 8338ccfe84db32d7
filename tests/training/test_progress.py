"""What a pipe gets: plain lines, now and then, with a rate that compilation doesn't spoil; and a terminal: a panel."""

import io

import pytest
from rich.console import Console

from voxelpose.training.run.progress import RunProgress
from voxelpose.training.run.progress_panel import CURVE_POINTS, Curve, drawn_curve


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def piped(steps, seconds_per_step=10.0, compiling=100.0, done=0):
    stream, clock = io.StringIO(), Clock()
    progress = RunProgress(100, done, 8, Console(file=stream, highlight=False), clock)
    with progress:
        clock.now += compiling
        for step in range(done + 1, done + steps + 1):
            progress.step(step, {"loss": 2.0, "gradient_norm": 1.0})
            clock.now += seconds_per_step
        progress.log("epoch [1] done")
    return stream.getvalue()


def test_a_pipe_gets_plain_lines():
    text = piped(7)
    assert "\x1b" not in text and "\r" not in text
    lines = text.splitlines()
    assert lines[0] == "first step after 100.0 s" and lines[-1] == "epoch [1] done"
    fourth = next(line for line in lines if line.startswith("step 4/100"))
    assert "0.8 images/s" in fourth and "loss 2" in fourth and "0:16:00" in fourth


def test_a_resumed_run_counts_its_own_steps_in_the_rate():
    lines = piped(8, compiling=0.0, done=50).splitlines()
    assert any(line.startswith("step 57/100") and "0.8 images/s" in line and "0:07:10" in line for line in lines)


def test_a_terminal_gets_a_bar():
    stream = io.StringIO()
    progress = RunProgress(10, 0, 1, Console(file=stream, force_terminal=True, width=100), Clock())
    with progress:
        progress.step(1, {"loss": 1.0})
    assert "1/10" in stream.getvalue()


def test_the_panel_shows_losses_with_curves_and_the_last_errors():
    stream, clock = io.StringIO(), Clock()
    console = Console(file=stream, force_terminal=True, width=100, color_system=None)
    progress = RunProgress(100, 0, 8, console, clock, errors=[{"step": 0, "heldout/mpjpe": 200.0}])
    with progress:
        clock.now += 5
        for step in range(1, 11):
            progress.step(step, {"loss": float(11 - step), "volume_1": 1.0, "gradient_norm": 3.0})
            clock.now += 1.0
        progress.measured({"heldout/mpjpe": 150.0})
        progress.log("an epoch")
    panel = stream.getvalue()[stream.getvalue().rindex("training") :]
    assert "10/100" in panel and "7.2 images/s" in panel and "left" in panel
    assert "█" in panel and "▁" in panel and "gradient_norm" not in panel
    assert "held out: heldout/mpjpe" in panel and "150" in panel and "-50" in panel
    assert "an epoch" in stream.getvalue()


def test_a_curve_keeps_its_shape_in_few_points():
    curve = Curve()
    for value in range(1000):
        curve.add(float(value))
    points = curve.points()
    assert CURVE_POINTS // 2 <= len(points) <= CURVE_POINTS
    assert points == sorted(points) and points[0] < 30 and points[-1] > 900
    assert sum(points) / len(points) == pytest.approx(500, rel=0.1)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([0.3, 0.3 + 1e-12], "▁▁"),
        ([0.0, 7.0], "▁█"),
        ([1.0, 10.0, 100.0], "▁▅█"),
        ([1.0, float("nan"), 2.0], "▁█"),
    ],
)
def test_curves_are_drawn_by_height(values, drawn):
    assert drawn_curve(values) == drawn
