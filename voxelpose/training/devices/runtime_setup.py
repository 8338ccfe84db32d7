"""What a run finds on the machine, and how it answers to that: determinism, XLA, TensorBoard."""

from importlib.util import find_spec

import keras
import tensorflow as tf

from voxelpose.errors import InputError
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.devices.distribute import Team


def prepare(config: TrainingConfig) -> None:
    """Set what holds for the whole process: precision, seeds, determinism."""
    keras.mixed_precision.set_global_policy(config.precision)
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()


def use_xla(choice: str) -> bool:
    """Whether the step is compiled: by default with a GPU; on a CPU it makes hourglasses slower and takes minutes."""
    gpu = bool(tf.config.list_physical_devices("GPU"))
    return gpu if choice == "auto" else choice == "on"


def use_tensorboard(choice: str) -> bool:
    """Whether TensorBoard's files are written: by default if it is installed. InputError if `on` and it isn't."""
    installed = find_spec("tensorboard") is not None
    if choice == "on" and not installed:
        raise InputError("tensorboard: on needs the package tensorboard: pip install 'voxelpose[tensorboard]'.")
    return installed and choice != "off"


def described(config: TrainingConfig, team: Team) -> str:
    """One line about precision, compilation and devices."""
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    devices = kind if team.replicas == 1 else f"{team.replicas} {kind} replicas in {team.workers} processes"
    exact = "  deterministic" if config.deterministic else ""
    return f"precision {config.precision}  XLA {'on' if use_xla(config.xla) else 'off'}  {devices}{exact}"
