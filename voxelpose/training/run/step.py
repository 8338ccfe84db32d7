"""One training step: forward, losses per output, gradients, update, averaged weights; on one device or on many."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from voxelpose.losses.base import SummedLoss, weighted_mean
from voxelpose.networks.outputs import NetworkOutputs
from voxelpose.training.devices.replica import local, summed
from voxelpose.training.optimizer.averaging import WeightAverage
from voxelpose.training.optimizer.loss_scale import LossScale
from voxelpose.training.optimizer.optimizers import FlatOptimizer


class TrainingStep:
    """The compiled function that a training loop calls once per batch.

    model: its outputs are a dict; outputs: what they are; losses: one per array of them; average: updated after every
    update; clip_norm: largest global norm of the gradients; accumulate: how many parts of a batch go through the
    network one after the other; loss_scale: for float16; xla: compile the whole step, on several devices what each of
    them does alone.

    Calling it with a batch (see `data.batches.Batch`), in which the network's inputs have the names that they have in
    the network, updates the model and returns {"loss": total, array's name: its loss, "gradient_norm": ...} as float32
    scalars. Within the scope of a `tf.distribute` strategy B is what each replica gets. Loss and gradients are those of
    one pass over the examples of all replicas and parts: every sum is divided by the weight of all of them.
    """

    def __init__(
        self,
        model: keras.Model,
        outputs: NetworkOutputs,
        losses: Mapping[str, SummedLoss],
        optimizer: FlatOptimizer,
        average: WeightAverage | None = None,
        clip_norm: float | None = None,
        xla: bool = False,
        accumulate: int = 1,
        loss_scale: LossScale | None = None,
    ):
        self.model = model
        self.outputs = outputs
        self.losses = dict(losses)
        self.optimizer = optimizer
        self.average = average
        self.clip_norm = clip_norm
        self.accumulate = accumulate
        self.loss_scale = loss_scale
        self._strategy = tf.distribute.get_strategy()
        self._replicas = self._strategy.num_replicas_in_sync
        optimizer.build(model.trainable_variables)
        if self._replicas == 1:
            self._compiled = tf.function(self._step, jit_compile=xla, autograph=False)
        else:
            # XLA cannot wait for other replicas within a compiled function, so their sums stay outside.
            if xla:
                self._gradients = tf.function(self._gradients, jit_compile=True, autograph=False)
            self._compiled = tf.function(self._everywhere, autograph=False)

    def __call__(self, batch: Mapping) -> dict[str, tf.Tensor]:
        return self._compiled(dict(batch))

    def graph(self, batch: Mapping) -> tf.Graph:
        """What such a batch is traced into."""
        arrays = {name: tf.convert_to_tensor(array) for name, array in batch.items()}
        return self._compiled.get_concrete_function(arrays).graph

    def _everywhere(self, batch):
        values = self._strategy.run(self._step, args=(batch,))
        return {name: self._strategy.experimental_local_results(value)[0] for name, value in values.items()}

    def _step(self, batch):
        weights = self._weights(batch) if self._replicas * self.accumulate > 1 else None
        gradient, values = self._gradients(batch, weights)
        gradient, values = summed(gradient), summed(values)
        norm = self._update(gradient)
        return {"loss": tf.reduce_sum(values), "gradient_norm": norm} | dict(
            zip(self.losses, tf.unstack(values, len(self.losses)), strict=True)
        )

    def _weights(self, batch):
        """What the sums of all terms are to be divided by, over all replicas: a vector.

        The weights depend on the targets alone; the sums that are formed with them here are pruned from the graph.
        """
        weights, targets = [], self.outputs.targets(batch)
        for name, loss in self.losses.items():
            examples = targets[name].shape[0] or tf.shape(targets[name])[0]
            nothing = tf.zeros((examples, *self.model.output[name].shape[1:]))
            parts = loss.parts(targets[name], nothing)
            weights += [weight for _, weight in parts.values()]
        return summed(tf.stack(weights))

    def _gradients(self, batch, weights):
        """Gradient of the scaled loss as one vector, and the losses of the outputs as another."""
        if self.accumulate == 1:
            return self._pass(batch, weights)
        # Rows i, i + n, i + 2n, ... make part i: a batch has its sources one after the other, each part some of all.
        split = {name: tf.reshape(x, (-1, self.accumulate, *x.shape[1:])) for name, x in batch.items()}

        def one_more(i, gradient, values):
            more, more_values = self._pass({name: x[:, i] for name, x in split.items()}, weights)
            return i + 1, gradient + more, values + more_values

        nothing = tf.zeros((self.optimizer.layout.length,)), tf.zeros((len(self.losses),))
        _, gradient, values = tf.while_loop(lambda i, *_: i < self.accumulate, one_more, (0, *nothing))
        return gradient, values

    def _pass(self, batch, weights):
        inputs, targets = self._inputs(batch), self.outputs.targets(batch)
        trained = [variable.value for variable in self.model.trainable_variables]
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, training=True)
            values = self._values(outputs, targets, weights)
            total = tf.reduce_sum(values)
            if self.loss_scale is not None:
                total = total * local(self.loss_scale.factor)
        gradients = tape.gradient(total, trained, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return self.optimizer.layout.join(gradients), values

    def _inputs(self, batch):
        """What the network reads: bytes as float32 in [0, 1], other arrays as they are."""
        read = {}
        for tensor in self.model.inputs:
            array = batch[tensor.name]
            read[tensor.name] = tf.cast(array, tf.float32) / 255.0 if array.dtype == tf.uint8 else array
        return read if len(read) > 1 else next(iter(read.values()))

    def _values(self, outputs, targets, weights):
        """The loss of each output; its sums divided by `weights`, or by this pass' own weights where that is None."""
        given = None if weights is None else iter(tf.unstack(weights))
        values = []
        for name, loss in self.losses.items():
            parts = loss.parts(targets[name], outputs[name])
            means = [
                loss.term_weights[term] * weighted_mean(total, own if given is None else next(given))
                for term, (total, own) in parts.items()
            ]
            values.append(tf.add_n(means))
        return tf.stack(values)

    def _update(self, gradient):
        """Unscale, clip, and update, unless float16 overflowed; returns the norm before clipping."""
        if self.loss_scale is not None:
            gradient = gradient / local(self.loss_scale.factor)
        norm = tf.norm(gradient)
        if self.clip_norm is not None:
            gradient = gradient * (self.clip_norm / tf.maximum(norm, self.clip_norm))
        if self.loss_scale is None:
            self._apply(gradient)
        else:
            finite = tf.math.is_finite(norm)
            tf.cond(finite, lambda: self._apply(gradient), lambda: None)
            self.loss_scale.follow(finite)
        return norm

    def _apply(self, gradient) -> None:
        self.optimizer.apply(gradient)
        if self.average is not None:
            self.average.update()
