"""The losses of a network as a configuration states them, checked before any network exists."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_serializer, model_validator

from voxelpose.losses.terms import BY_WEIGHT, StageTerms, Term, Terms, Weight, read_section
from voxelpose.settings.sections import Positive


class CoordinateTerm(Term):
    """Distance of regressed coordinates from the joints: absolute (power 1) or squared (2)."""

    power: Literal[1, 2] = 1


class LossPlan(Terms):
    """The losses by kind of output.

    gaussian, integral, likelihood: terms of every volume that `stages` ({output name: terms}) does not name;
    temperature: factor on a volume before its softmax; coordinates: of regressed coordinates; presence: weight of the
    loss of the presence logit; outputs: weights of the losses of outputs of other kinds, by name.
    """

    stage_terms: dict[str, StageTerms] = Field({}, alias="stages")
    temperature: Positive = 1.0
    coordinate_term: Annotated[CoordinateTerm, BY_WEIGHT] = Field(CoordinateTerm(), alias="coordinates")
    presence: Weight = 1.0
    outputs: dict[str, Weight] = {}
    _written: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def stages(self) -> dict[str, dict[str, Term]]:
        """Terms by name of the outputs that have terms of their own."""
        return {name: stage.terms for name, stage in self.stage_terms.items()}

    @property
    def power(self) -> int:
        """Exponent of the loss of regressed coordinates."""
        return self.coordinate_term.power

    @property
    def coordinates(self) -> float:
        """Weight of the loss of regressed coordinates."""
        return self.coordinate_term.weight

    @classmethod
    def parse(cls, values: "Mapping[str, Any] | LossPlan") -> "LossPlan":
        """Reads plain values; InputError with one sentence per problem.

        For example {"integral": 1.0, "likelihood": {"weight": 0.05}, "presence": 0.1,
        "stages": {"volume_1": {"gaussian": 1.0}}, "coordinates": {"power": 2}}.
        """
        return read_section(cls, values)

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, values, handler):
        plan = handler(values)
        if isinstance(values, Mapping):
            plan._written = dict(values)
        return plan

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        """With its short forms: a run that goes on, and a suite's fingerprint, compare what a user wrote."""
        return self._written
