"""One training step: forward, losses per output, gradients, update, averaged weights."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from voxelpose.training.averaging import WeightAverage
from voxelpose.training.losses import SummedLoss


class TrainingStep:
    """The compiled function that a training loop calls once per batch.

    model: outputs a dict; losses: one per output that is trained; average: updated after every step;
    clip_norm: largest global norm of the gradients; xla: compile the whole step.
    Calling it with images (B, S, S, 3) uint8, targets (B, J, 6) and presence (B, 1) float32 updates the model and
    returns {"loss": total, output name: its loss, "gradient_norm": ...} as float32 scalars.
    """

    def __init__(
        self,
        model: keras.Model,
        losses: Mapping[str, SummedLoss],
        optimizer: keras.optimizers.Optimizer,
        average: WeightAverage | None = None,
        clip_norm: float | None = None,
        xla: bool = False,
    ):
        self.model = model
        self.losses = dict(losses)
        self.optimizer = optimizer
        self.average = average
        self.clip_norm = clip_norm
        optimizer.build(model.trainable_variables)
        self._compiled = tf.function(self._step, jit_compile=xla, reduce_retracing=True)

    def __call__(self, images, targets, presence) -> dict[str, tf.Tensor]:
        return self._compiled(images, targets, presence)

    def _step(self, images, targets, presence):
        inputs = tf.cast(images, tf.float32) / 255.0
        known = {"presence": tf.concat([presence, tf.ones_like(presence)], axis=-1)}
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, training=True)
            values = {name: loss(known.get(name, targets), outputs[name]) for name, loss in self.losses.items()}
            total = tf.add_n([*values.values(), *self.model.losses])
            scaled = self.optimizer.scale_loss(total)
        variables = [v.value for v in self.model.trainable_variables]
        gradients = tape.gradient(scaled, variables)
        norm = tf.linalg.global_norm(gradients)
        if self.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip_norm, use_norm=norm)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        if self.average is not None:
            self.average.update()
        return {"loss": total, "gradient_norm": norm, **values}
