"""What lets Keras build a network of ours again from its options, as `keras.Model` does not for a subclass."""

from typing import Any


class Rebuildable:
    """Stands before `keras.Model` among a network's bases; `_options` are the arguments that its class was called with,
    in the form in which they go into a file."""

    _options: dict[str, Any]

    def options(self) -> dict[str, Any]:
        """The arguments of the class, without name and trainable."""
        return dict(self._options)

    def get_config(self) -> dict[str, Any]:
        return {**self._options, "name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
