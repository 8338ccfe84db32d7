"""The devices of a run: one, several of this machine, or those of several processes that train together."""

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

import tensorflow as tf

from voxelpose.data.batches import BatchStream
from voxelpose.errors import InputError
from voxelpose.training.config.training_config import Devices
from voxelpose.training.devices.cluster import slurm_config, worker_count
from voxelpose.training.devices.replica import summed


class Team:
    """The processes and devices that compute one step together.

    strategy: their `tf.distribute` strategy; workers: number of processes; chief: whether this one writes the files.
    """

    def __init__(self, strategy: tf.distribute.Strategy):
        self.strategy = strategy
        resolver = strategy.cluster_resolver
        cluster = None if resolver is None else resolver.cluster_spec().as_dict()
        self.workers = len(cluster["worker"]) if cluster else 1
        self.index = resolver.task_id if self.workers > 1 else 0
        self._add = tf.function(self._added, autograph=False)

    @property
    def chief(self) -> bool:
        return self.index == 0

    def scope(self) -> AbstractContextManager:
        """Within it variables are made, one copy per device."""
        return nullcontext() if self.replicas == 1 else self.strategy.scope()

    @property
    def replicas(self) -> int:
        """Devices, over all processes."""
        return self.strategy.num_replicas_in_sync

    def batches(self, stream: BatchStream, start: int, stop: int, workers: int) -> Iterable:
        """The batches start..stop-1, each replica's own examples of them on its device."""
        if self.replicas == 1:
            return stream.dataset(start, stop, workers)
        here = self.replicas // self.workers
        parts = range(self.index * here, (self.index + 1) * here)
        # The replicas of a process take turns at its elements, so a batch is as many elements as it has replicas.
        return self.strategy.distribute_datasets_from_function(
            lambda _: stream.dataset(start, stop, workers, parts, self.replicas)
        )

    def anyone(self, *wishes: bool) -> tuple[bool, ...]:
        """For each wish, whether any process has it: all of them stop together, or one would wait for ever."""
        if self.workers == 1:
            return wishes
        return tuple(bool(wish > 0) for wish in self._sum([float(wish) for wish in wishes]))

    def require_same(self, value: int, what: str) -> None:
        """InputError unless all processes have the same value."""
        total, squares = self._sum([float(value), float(value) ** 2]) if self.workers > 1 else (value, value**2)
        if round(total) != value * self.workers or round(squares) != value**2 * self.workers:
            raise InputError(
                f"Expected all {self.workers} workers to have the same {what}. Received: {value} here, another one "
                "elsewhere. The run folder must lie on a file system that all of them share."
            )

    def _sum(self, values: list[float]) -> list[float]:
        """Sums over processes."""
        here = self.replicas // self.workers
        return [float(value) / here for value in self._add(tf.constant(values, tf.float64))]

    def _added(self, values):
        results = self.strategy.run(summed, args=(values,))
        return self.strategy.experimental_local_results(results)[0]


def build_team(config: Devices) -> Team:
    """The devices that a configuration means. To be called before TensorFlow computes anything.

    Raises InputError for devices that are not there and a TF_CONFIG that cannot be read.
    """
    use = _automatic() if config.use == "auto" else config.use
    if use == "mirrored":
        return Team(tf.distribute.MirroredStrategy(_devices(config.count)))
    if use == "slurm":
        os.environ["TF_CONFIG"] = slurm_config()
    if use in ("workers", "slurm"):
        worker_count()
        return Team(tf.distribute.MultiWorkerMirroredStrategy())
    return Team(tf.distribute.get_strategy())


def _automatic() -> str:
    if "TF_CONFIG" in os.environ and worker_count() > 1:
        return "workers"
    return "mirrored" if len(tf.config.list_physical_devices("GPU")) > 1 else "one"


def _devices(count: int | None) -> list[str]:
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        if count is not None and count > len(gpus):
            raise InputError(f"Expected at most {len(gpus)} devices, the GPUs of this machine. Received: {count}.")
        return [f"GPU:{i}" for i in range(count or len(gpus))]
    if count is None:
        raise InputError("Expected GPUs for devices.use: mirrored. This machine has none; devices.count parts its CPU.")
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    return [f"CPU:{i}" for i in range(count)]
