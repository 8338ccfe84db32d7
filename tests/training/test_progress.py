"""What a pipe gets: plain lines, now and then, with a rate that compilation doesn't spoil."""

import io

from rich.console import Console

from voxelpose.training.progress import RunProgress


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
        progress.say("epoch [1] done")
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
