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

    from benchmark.cases import LOSSES
    from benchmark.inputs import random_images, random_targets
    from voxelpose.networks.volumetric import VolumetricHourglass
    from voxelpose.training.config import Optimizer
    from voxelpose.training.losses import build_losses
    from voxelpose.training.optimizers import build_optimizer
    from voxelpose.training.step import TrainingStep

    parts = {"import": clock.lap()}
    model = VolumetricHourglass(**architecture)
    parts["build"] = clock.lap()
    outputs = {name: output.shape for name, output in model.output.items()}
    losses = build_losses(outputs, model.joints, LOSSES["gaussian"])
    step = TrainingStep(model, losses, build_optimizer(Optimizer(), steps=1))
    rng = np.random.default_rng(0)
    arrays = (
        random_images(rng, batch, model.input_size),
        random_targets(rng, batch, model.joints),
        np.ones((batch, 2), "float32"),
    )
    nodes = len(step.graph(*arrays).get_operations())
    parts["trace"] = clock.lap()
    for name in ("first step", "second step"):
        float(step(*arrays)["loss"])
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
