"""The terms a loss on volumes can be made of, as typed values: checked before Keras loads, computed elsewhere.

A number in place of a term's parameters is its weight.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from voxelpose.errors import InputError
from voxelpose.settings.problems import sentences
from voxelpose.settings.sections import Number, Positive, Section

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


def _weight_alone(value: Any) -> Any:
    return value if isinstance(value, Mapping | Term) else {"weight": value}


BY_WEIGHT = BeforeValidator(_weight_alone)


class Terms(Section):
    """The terms of a volume."""

    gaussian: Annotated[GaussianTerm, BY_WEIGHT] | None = None
    integral: Annotated[IntegralTerm, BY_WEIGHT] | None = None
    likelihood: Annotated[LikelihoodTerm, BY_WEIGHT] | None = None

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


def parse_terms(terms: Mapping[str, Any]) -> dict[str, Term]:
    """The terms of one volume from plain values or terms; InputError for no term and for a wrong one."""
    return read_section(StageTerms, terms).terms


def read_section(section: type[Terms], values: Any):
    """A section of a loss from plain values; InputError with one sentence per problem."""
    try:
        return section.model_validate(values)
    except ValidationError as error:
        raise InputError("\n".join(sentences(error, section, lambda location: "loss"))) from None
