"""Which copy of a variable a replica works on."""

import tensorflow as tf


def local(variable) -> tf.Variable:
    """The copy of a mirrored variable that belongs to the replica that asks; with one device the variable itself.

    Every replica computes the same update from the same summed gradients, so each changes its own copy and none waits
    for another's.
    """
    value = variable if isinstance(variable, tf.Variable) else variable.value
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return value
    copies = tf.distribute.get_strategy().experimental_local_results(value)
    return copies[int(tf.get_static_value(context.replica_id_in_sync_group)) % len(copies)]


def summed(tensor: tf.Tensor) -> tf.Tensor:
    """The sum of a tensor over all replicas; with one device the tensor itself. Differentiable."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return tensor
    # An argument of a function has no device yet; its copy has the replica's.
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(tensor))
