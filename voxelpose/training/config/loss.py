"""What a configuration says about the losses of a network, checked before any network exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voxelpose.errors import InputError
from voxelpose.losses.terms import check_number, known, parse_terms

OPTIONS = ("temperature", "stages", "coordinates", "presence")
COORDINATE_OPTIONS = ("power", "weight")


@dataclass(frozen=True)
class LossPlan:
    """The losses by kind of output.

    terms: those of every volume that `stages` ({output name: terms}) does not name; temperature: factor on a volume
    before its softmax; power, coordinates: exponent and weight of the loss of regressed coordinates; presence: weight
    of the loss of the presence logit.
    """

    terms: Mapping[str, Any]
    stages: Mapping[str, Mapping[str, Any]]
    temperature: float = 1.0
    power: int = 1
    coordinates: float = 1.0
    presence: float = 1.0

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> "LossPlan":
        """Reads plain values: terms by name, and beside them "temperature", "stages", "coordinates", "presence".

        For example {"integral": 1.0, "likelihood": {"weight": 0.05}, "presence": 0.1,
        "stages": {"volume_1": {"gaussian": 1.0}}, "coordinates": {"power": 2}}.

        Raises:
            InputError: an unknown name or parameter, or a value outside its range.
        """
        terms = {name: value for name, value in config.items() if name not in OPTIONS}
        stages = _mapping("stages", config)
        head = _mapping("coordinates", config)
        for option in head:
            known("parameter of the coordinate loss", option, COORDINATE_OPTIONS)
        power = head.get("power", 1)
        if power not in (1, 2):
            raise InputError(f"power of the coordinate loss must be 1 or 2. Received: {power!r}")
        return cls(
            terms=parse_terms(terms) if terms else {},
            stages={name: parse_terms(stage) for name, stage in stages.items()},
            temperature=check_number("temperature", config.get("temperature", 1.0), zero=False),
            power=power,
            coordinates=check_number("weight of the coordinate loss", head.get("weight", 1.0)),
            presence=check_number("weight of the presence loss", config.get("presence", 1.0)),
        )


def _mapping(name: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    value = config.get(name, {})
    if not isinstance(value, Mapping):
        raise InputError(f"{name} of the losses must be a mapping. Received: {value!r}")
    return value
