"""The first training step of a network: what stands between the start of a process and the first update."""

from collections.abc import Mapping
from time import perf_counter, process_time
from typing import Any


def first_step(architecture: Mapping[str, Any], batch: int) -> dict:
    """Nodes of the traced step, and for each part [seconds, seconds that the cores worked].

    The parts: importing TensorFlow and Keras, building the network, tracing the step, the first step and the second;
    what the first takes longer than the second goes into optimising the graph.
    """
    clock = _Clock()
    import numpy as np

    from benchmark.cases import LOSSES, outputs_and_losses
    from benchmark.inputs import random_batch
    from voxelpose.networks.volumetric import VolumetricHourglass
    from voxelpose.training.config.training_config import Optimizer
    from voxelpose.training.optimizer.optimizers import build_optimizer
    from voxelpose.training.run.step import TrainingStep

    parts = {"import": clock.lap()}
    model = VolumetricHourglass(**architecture)
    parts["build"] = clock.lap()
    outputs, losses = outputs_and_losses(model, LOSSES["gaussian"])
    step = TrainingStep(model, outputs, losses, build_optimizer(Optimizer(), steps=1))
    examples = random_batch(np.random.default_rng(0), batch, model.input_size, model.joints)
    nodes = len(step.graph(examples).get_operations())
    parts["trace"] = clock.lap()
    for name in ("first step", "second step"):
        float(step(examples)["loss"])
        parts[name] = clock.lap()
    return {"nodes": nodes, "parts": parts}


def trace_table(measured: Mapping[str, Any]) -> str:
    """Markdown of what `first_step` returned."""
    parts = measured["parts"]
    until_first = [sum(parts[name][i] for name in parts if name != "second step") for i in range(2)]
    rows = [*parts.items(), ("process start to first step", until_first)]
    lines = [f"{measured['nodes']:,} nodes", "", "| part | s | processor s |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {wall:.1f} | {worked:.1f} |" for name, (wall, worked) in rows)])


class _Clock:
    def __init__(self):
        self._last = perf_counter(), process_time()

    def lap(self) -> list[float]:
        """Seconds since the last lap, on the wall and of the processor."""
        now = perf_counter(), process_time()
        passed = [a - b for a, b in zip(now, self._last, strict=True)]
        self._last = now
        return passed
