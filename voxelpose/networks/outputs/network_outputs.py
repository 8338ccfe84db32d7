"""All outputs of one network, recognised by the names and shapes of its arrays."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.networks.outputs.joints import JointOutput, Volumes
from voxelpose.networks.outputs.output import Arrays, Output


@dataclass(frozen=True, eq=False)
class NetworkOutputs:
    """All outputs of one network, in the order of its dict."""

    outputs: tuple[Output, ...]

    @classmethod
    def of(cls, shapes: Mapping[str, Sequence[int | None]], joints: int) -> "NetworkOutputs":
        """From the shape of every array, the batch axis first, and the network's number of joints.

        Raises InputError for a name that no kind of output has.
        """
        found: dict[type[Output], dict[str, tuple[int, ...]]] = {}
        for name, shape in shapes.items():
            kind = next((kind for kind in Output.kinds if re.fullmatch(kind.pattern, name)), None)
            if kind is None:
                patterns = ", ".join(kind.pattern.replace(r"\d+", "N") for kind in Output.kinds)
                raise InputError(f"Expected a network's outputs to be among {patterns}. Received: an output {name!r}.")
            found.setdefault(kind, {})[name] = tuple(shape[1:])
        return cls(tuple(kind(_by_number(arrays), joints) for kind, arrays in found.items()))

    @classmethod
    def of_model(cls, model, joints: int) -> "NetworkOutputs":
        """Those of a Keras model whose outputs are a dict."""
        return cls.of({name: tensor.shape for name, tensor in model.output.items()}, joints)

    @cached_property
    def joints(self) -> JointOutput:
        """The output that says where joints are; InputError if there is none."""
        found = next((output for output in self.outputs if isinstance(output, JointOutput)), None)
        if found is None:
            names = ", ".join(name for output in self.outputs for name in output.names)
            raise InputError(f"Expected a network that says where joints are. Received: one of {names}.")
        return found

    @property
    def volumes(self) -> "Volumes":
        """The joints' volumes; InputError for a network that has none."""
        if not isinstance(self.joints, Volumes):
            raise InputError(f"Expected a network with volumes or heatmaps. Received: one of {', '.join(self.names)}.")
        return self.joints

    @cached_property
    def others(self) -> tuple[Output, ...]:
        """All but the joints."""
        return tuple(output for output in self.outputs if output is not self.joints)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all arrays."""
        return tuple(name for output in self.outputs for name in output.names)

    def __iter__(self) -> Iterator[Output]:
        return iter(self.outputs)

    def losses(self, plan) -> dict[str, Any]:
        """One loss per array; the training loss is their plain sum.

        plan: a `training.config.loss.LossPlan`. Raises InputError if it names a stage or an output that there is not.
        """
        stages = [name for output in self.outputs for name in output.stages]
        others = [name for output in self.outputs if output.weighed_by_name for name in output.names]
        for key, names, there in (("stages", plan.stages, stages), ("outputs", plan.outputs, others)):
            for name in names:
                if name not in there:
                    known = ", ".join(there) or "the network has none"
                    raise InputError(f"Expected under loss.{key} names of outputs: {known}. Received: {name}.")
        return {name: loss for output in self.outputs for name, loss in output.losses(plan).items()}

    def targets(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """What each array's loss compares with."""
        return {name: target for output in self.outputs for name, target in output.targets(batch).items()}

    def values(self, arrays: Arrays) -> dict[str, np.ndarray]:
        """What is told beside joints, by output's first name, each (B, ...)."""
        told = {output.names[0]: output.value(arrays) for output in self.others}
        return {name: value for name, value in told.items() if value is not None}

    def average_mirrored(self, arrays: Arrays, mirrored: Arrays, mirror: Sequence[int]) -> dict[str, np.ndarray]:
        """The means of all arrays for crops and for the mirrored crops; mirror: each joint's partner."""
        parts = [output.average_mirrored(arrays, mirrored, mirror) for output in self.outputs]
        return {name: array for part in parts for name, array in part.items()}

    def average(
        self, passes: Sequence[Arrays], linears: Sequence[np.ndarray], temperature: float
    ) -> dict[str, np.ndarray]:
        """All arrays of several crops of one person as arrays of the first."""
        if len(passes) == 1:
            return dict(passes[0])
        parts = [output.average(passes, linears, temperature) for output in self.outputs]
        return {name: array for part in parts for name, array in part.items()}


def outputs_of(arrays: Mapping[str, np.ndarray], joints: int) -> NetworkOutputs:
    """The outputs that a network's arrays belong to."""
    return _outputs(tuple((name, array.shape[1:]) for name, array in arrays.items()), joints)


@lru_cache(maxsize=16)
def _outputs(shapes: tuple[tuple[str, tuple[int, ...]], ...], joints: int) -> NetworkOutputs:
    return NetworkOutputs.of({name: (None, *shape) for name, shape in shapes}, joints)


def _by_number(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Arrays in the order of the numbers that their names end with: volume_2 before volume_10."""
    return dict(sorted(shapes.items(), key=lambda item: int(re.search(r"\d*$", item[0])[0] or 0)))
