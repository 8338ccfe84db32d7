"""A Keras network as one TensorFlow function with its weights as constants: what every exporter starts from."""

from collections.abc import Callable


def frozen(model) -> Callable:
    """A tf.function: image (B, S, S, 3) float32 -> outputs by name, float32, without a variable.

    Converters of files with variables either fail (LiteRT answers NaN) or write a slower graph.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name=model.inputs[0].name)]

    def forward(image):
        return {name: tf.cast(value, tf.float32) for name, value in model(image, training=False).items()}

    concrete = tf.function(forward, input_signature=signature, jit_compile=False).get_concrete_function()
    # The outputs of a frozen function are a list, in the order in which TensorFlow flattens the dictionary.
    names = sorted(concrete.structured_outputs)
    constant = convert_variables_to_constants_v2(concrete)
    return tf.function(lambda image: dict(zip(names, constant(image), strict=True)), input_signature=signature)
