"""The kinds of networks as a table of facts: what their classes take, and what they read. No Keras is needed.

A new kind is one file with its class, and one line each here and in `build.CLASSES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One kind of network.

    arguments: what its class (`build.CLASSES`) takes, so that a configuration is checked without Keras; parts:
    arguments that are a network's own again, with its kind, the one that reads the input first; reads: name of the
    input, "image" or "heatmaps"; size: the argument that is its side; half_of: the kind that it is trained to become a
    part of, if it is.
    """

    arguments: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)
    reads: str = "image"
    size: str = "input_size"
    half_of: str | None = None

    def joints(self, arguments: Mapping[str, Any]) -> int:
        """How many joints a network of these arguments has."""
        return self._first(arguments)["joints"]

    def input_size(self, arguments: Mapping[str, Any]) -> int:
        """Side of what it reads, in pixels or cells."""
        return self._first(arguments)[self.size]

    def with_joints(self, arguments: Mapping[str, Any], joints: int) -> dict[str, Any]:
        """The arguments of a network of so many joints."""
        if not self.parts:
            return {**arguments, "joints": joints}
        first = next(iter(self.parts))
        return {**arguments, first: {**arguments.get(first, {}), "joints": joints}}

    def _first(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return arguments[next(iter(self.parts))] if self.parts else arguments


_TRUNK = ("joints", "input_size", "family", "width", "levels", "modules", "groups")

KINDS: dict[str, Kind] = {
    "volumetric": Kind(
        (*_TRUNK, "depths", "upsample", "presence", "head_stddev"),
    ),
    "movenet_volumetric": Kind(
        ("size", "joints", "depths", "input_size", "skeleton", "width", "inner", "deep", "blocks", "presence"),
    ),
    "coordinate": Kind((*_TRUNK, "stages")),
    "lifter": Kind(
        ("joints", "depths", "side", "width", "levels", "modules"),
        reads="heatmaps",
        size="side",
        half_of="decoupled",
    ),
    "joint_lifter": Kind(
        ("joints", "side", "width", "blocks", "reading"),
        reads="heatmaps",
        size="side",
    ),
    "decoupled": Kind(
        ("image_network", "lifter", "temperature"),
        parts={"image_network": "volumetric", "lifter": "lifter"},
    ),
}


def wrong_argument(kind: str, architecture: Mapping[str, Any]) -> tuple[tuple[str, ...], str] | None:
    """The keys that lead to the first argument that a kind of network does not take, and a sentence about it."""
    known = KINDS[kind].arguments
    for key, value in architecture.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(known)}."
            return (key,), f"A {kind} network has no option '{key}'.{hint}"
        part = KINDS[kind].parts.get(key)
        if part is not None and not isinstance(value, Mapping):
            return (key,), f"Expected the options of a {part} network. Received: {value!r}."
        inner = None if part is None else wrong_argument(part, value)
        if inner is not None:
            return (key, *inner[0]), inner[1]
    return None
