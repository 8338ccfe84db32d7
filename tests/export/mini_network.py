"""A network of a few layers, of every kind that the real ones have, with the outputs of two stages."""

from voxelpose.networks.presets import Architecture, Calibration, NetworkInput, Preset

MINI = Preset(
    "mini",
    Architecture(arguments={"joints": 17, "depths": (1, 4), "input_size": 16}),
    NetworkInput(near_mm=-900.0),
    Calibration(5.0, (0.5, 0.25, 2.0)),
)


def build():
    """The Keras model, with random weights and moving statistics by a fixed seed."""
    import keras
    import numpy as np
    from keras import layers

    from voxelpose.networks.backbones.hourglass import convolution, normalized_relu

    keras.utils.set_random_seed(0)
    image = keras.Input((16, 16, 3), name="image")
    x = normalized_relu(convolution(image, 8, 7, "stem", strides=2), "stem")
    low = layers.DepthwiseConv2D(3, padding="same")(layers.MaxPooling2D(2)(x))
    x = layers.Add()([x, layers.UpSampling2D(2, interpolation="bilinear")(low), layers.UpSampling2D(2)(low)])
    x = layers.Concatenate()([x, normalized_relu(x, "again")])
    model = keras.Model(
        image,
        {
            "volume_1": convolution(x, 17, 1, "volume_1"),
            "volume_2": convolution(x, 17 * 4, 1, "volume_2"),
            "presence": layers.Dense(1)(layers.GlobalAveragePooling2D()(x)),
        },
    )
    generator = np.random.default_rng(0)
    for variable in model.weights:
        if "moving_variance" in variable.path or "gamma" in variable.path:
            variable.assign(generator.uniform(0.5, 1.5, variable.shape))
    return model
