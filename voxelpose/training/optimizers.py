"""Optimizers as the configuration names them."""

import keras

from voxelpose.training.config import Optimizer

# As the released code of Pavlakos et al. has them. It adds epsilon to the root of the mean square, Keras adds it under
# the root; sqrt(v + 1e-16) and sqrt(v) + 1e-8 differ by less than 1e-8, so Keras gets the square.
_RHO, _EPSILON = 0.99, 1e-8


def build_optimizer(config: Optimizer, steps: int, half_precision: bool = False) -> keras.optimizers.Optimizer:
    """The optimizer of a run of `steps` steps; half_precision wraps it so that the loss is scaled (float16)."""
    rate = _learning_rate(config, steps)
    if config.kind == "rmsprop":
        optimizer = keras.optimizers.RMSprop(rate, rho=_RHO, epsilon=_EPSILON**2)
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
        # Biases and normalisation are scales and shifts: pulling them to zero is no regularisation.
        optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return keras.optimizers.LossScaleOptimizer(optimizer) if half_precision else optimizer


def _learning_rate(config: Optimizer, steps: int):
    if config.schedule == "cosine":
        warmup = config.warmup_steps
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0 if warmup else config.learning_rate,
            decay_steps=max(1, steps - warmup),
            alpha=config.final_fraction,
            warmup_target=config.learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    if config.warmup_steps:
        return WarmUp(config.learning_rate, config.warmup_steps)
    return config.learning_rate


@keras.saving.register_keras_serializable("voxelpose")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly over `warmup_steps` and then stays."""

    def __init__(self, learning_rate: float, warmup_steps: int):
        super().__init__()
        self.learning_rate = learning_rate
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        progress = (keras.ops.cast(step, "float32") + 1.0) / self.warmup_steps
        return self.learning_rate * keras.ops.minimum(1.0, progress)

    def get_config(self) -> dict:
        return {"learning_rate": self.learning_rate, "warmup_steps": self.warmup_steps}
