"""The losses of a network as a configuration states them, checked before any network exists.

Plain values: nothing here computes. A number in place of a term's parameters is its weight.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    model_serializer,
    model_validator,
)

from voxelpose.errors import InputError
from voxelpose.training.config.problems import sentences
from voxelpose.training.config.types import Number, Positive, Section

Weight = Annotated[Number, Field(ge=0)]


class Term(Section):
    """One summand of a loss; weight: the factor on it."""

    weight: Weight = 1.0


class GaussianTerm(Term):
    """Mean squared error against a Gaussian: sigma "paper" (2 voxels) or "released" (3.25 px, cut off).

    without_depth: what a joint without depth teaches a volume of several depth cells; see `gaussian_loss`.
    """

    sigma: Literal["paper", "released"] = "paper"
    without_depth: Literal["coarse", "max"] = "coarse"


class IntegralTerm(Term):
    """Distance of the soft-argmax from the joint, in fractions of the grid."""


def _on_three_axes(value: Any) -> Any:
    values = tuple(value) if isinstance(value, list | tuple) else (value,) * 3
    if len(values) != 3:
        raise ValueError(f"should be one number or three, received {value}")
    return values


class LikelihoodTerm(Term):
    """Cross-entropy against a Gaussian of `sigma` cells (one number, or three in x, y, z order), in nats."""

    sigma: Annotated[tuple[Positive, Positive, Positive], BeforeValidator(_on_three_axes)] = (1.0, 1.0, 1.0)


class CoordinateTerm(Term):
    """Distance of regressed coordinates from the joints: absolute (power 1) or squared (2)."""

    power: Literal[1, 2] = 1


def _weight_alone(value: Any) -> Any:
    return value if isinstance(value, Mapping | Term) else {"weight": value}


_BY_WEIGHT = BeforeValidator(_weight_alone)


class Terms(Section):
    """The terms of a volume."""

    gaussian: Annotated[GaussianTerm, _BY_WEIGHT] | None = None
    integral: Annotated[IntegralTerm, _BY_WEIGHT] | None = None
    likelihood: Annotated[LikelihoodTerm, _BY_WEIGHT] | None = None

    @property
    def terms(self) -> dict[str, Term]:
        """Those that are there, by name."""
        terms = {name: getattr(self, name) for name in Terms.model_fields}
        return {name: term for name, term in terms.items() if term is not None}


class StageTerms(Terms):
    """The terms of the volume of one stage, of which there is at least one."""

    @model_validator(mode="after")
    def _some(self):
        if not self.terms:
            raise ValueError(f"should have at least one term of {', '.join(Terms.model_fields)}, received none")
        return self


class LossPlan(Terms):
    """The losses by kind of output.

    gaussian, integral, likelihood: terms of every volume that `stages` ({output name: terms}) does not name;
    temperature: factor on a volume before its softmax; coordinates: of regressed coordinates; presence: weight of the
    loss of the presence logit; outputs: weights of the losses of outputs of other kinds, by name.
    """

    stage_terms: dict[str, StageTerms] = Field({}, alias="stages")
    temperature: Positive = 1.0
    coordinate_term: Annotated[CoordinateTerm, _BY_WEIGHT] = Field(CoordinateTerm(), alias="coordinates")
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
        return _parsed(cls, values)

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


def parse_terms(terms: Mapping[str, Any]) -> dict[str, Term]:
    """The terms of one volume from plain values or terms; InputError as in `LossPlan.parse`, and for no term."""
    return _parsed(StageTerms, terms).terms


def _parsed(section: type[Terms], values: Any):
    try:
        return section.model_validate(values)
    except ValidationError as error:
        raise InputError("\n".join(sentences(error, section, lambda location: "loss"))) from None
