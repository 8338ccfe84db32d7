"""A preset as plain values, which files of weights and exported networks carry, and back.

Files of before the preset had parts hold its facts side by side; they are read as well.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from voxelpose.errors import InputError
from voxelpose.networks.presets import Architecture, Calibration, Card, NetworkInput, Preset

KEY = "preset"
_PARTS = {"input": NetworkInput, "calibration": Calibration, "card": Card}
_FLAT = ("name", "kind", "architecture", "weights", *(f.name for part in _PARTS.values() for f in fields(part)))


def to_facts(preset: Preset) -> dict[str, Any]:
    """The preset as values that JSON holds; without the shipped file's name, which is no fact about these weights."""
    facts = asdict(preset)
    del facts["card"]["weights"]
    return facts


def describes_network(facts: Mapping[str, Any]) -> bool:
    """Whether the facts of a file of weights say which network it is of; those that Keras itself wrote do not."""
    return KEY in facts or {"name", "architecture"} <= facts.keys()


def from_facts(facts: Mapping[str, Any], where: object) -> Preset:
    """The preset in a file's facts: under "preset", or side by side as files of before have them.

    Raises InputError, with `where` they stand, for facts that are incomplete.
    """
    facts = facts.get(KEY, facts)
    try:
        if "input" not in facts:
            facts = _in_parts(facts)
        architecture = facts["architecture"]
        return Preset(
            facts["name"],
            Architecture(architecture["kind"], _with_tuples(dict(architecture["arguments"]))),
            *(part(**_known(part, facts.get(name, {}))) for name, part in _PARTS.items()),
        )
    except (TypeError, AttributeError, KeyError) as error:
        raise InputError(f"The network that {where} describes is incomplete: {error}.") from error


def replaced(facts: Mapping[str, Any], preset: Preset) -> dict[str, Any]:
    """A file's facts with another preset; whatever else they say (step, run, ...) stays."""
    others = {name: value for name, value in facts.items() if name not in _FLAT}
    return others | {KEY: to_facts(preset)}


def _in_parts(flat: Mapping[str, Any]) -> dict[str, Any]:
    architecture = {"kind": flat.get("kind", "volumetric"), "arguments": flat["architecture"]}
    parts = {name: {f.name: flat[f.name] for f in fields(part) if f.name in flat} for name, part in _PARTS.items()}
    return {"name": flat["name"], "architecture": architecture, **parts}


def _known(part: type, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(part)} - {"weights"}
    return {name: _with_tuples(value) for name, value in values.items() if name in names}


def _with_tuples(value: Any) -> Any:
    """JSON has no tuples."""
    if isinstance(value, Mapping):
        return {key: _with_tuples(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value
