"""The terms a loss on volumes can be made of, as values that a configuration can name."""

import dataclasses
import difflib
import numbers
from collections.abc import Mapping

from voxelpose.errors import InputError

# Plain names: a configuration is checked before Keras loads. kernels.py and gaussian_loss.py give them meaning.
SIGMAS = ("paper", "released")
WITHOUT_DEPTH = ("coarse", "max")


@dataclasses.dataclass(frozen=True)
class GaussianTerm:
    """Mean squared error against a Gaussian: sigma "paper" (2 voxels) or "released" (3.25 px, cut off)."""

    weight: float = 1.0
    sigma: str = "paper"
    without_depth: str = "coarse"

    def __post_init__(self):
        check_number("weight of the gaussian loss", self.weight)
        _check_choice("gaussian sigma", self.sigma, SIGMAS)
        _check_choice("gaussian without_depth", self.without_depth, WITHOUT_DEPTH)


@dataclasses.dataclass(frozen=True)
class IntegralTerm:
    """Distance of the soft-argmax from the joint, in fractions of the grid."""

    weight: float = 1.0

    def __post_init__(self):
        check_number("weight of the integral loss", self.weight)


@dataclasses.dataclass(frozen=True)
class LikelihoodTerm:
    """Cross-entropy against a Gaussian of `sigma` cells (one number, or three in x, y, z order), in nats."""

    weight: float = 1.0
    sigma: tuple[float, float, float] | float = 1.0

    def __post_init__(self):
        check_number("weight of the likelihood loss", self.weight)
        values = (self.sigma,) * 3 if isinstance(self.sigma, numbers.Real) else tuple(self.sigma)
        if len(values) != 3 or not all(_is_number(value) and value > 0 for value in values):
            raise InputError(f"likelihood sigma must be one or three numbers above 0. Received: {self.sigma!r}")
        object.__setattr__(self, "sigma", tuple(float(value) for value in values))


TERMS = {"gaussian": GaussianTerm, "integral": IntegralTerm, "likelihood": LikelihoodTerm}


def parse_terms(terms: Mapping) -> dict:
    """Terms by name from plain values: {"integral": 1.0, "likelihood": {"weight": 0.05, "sigma": 1.5}}.

    Raises:
        InputError: no term, an unknown name or parameter, or a value outside its range.
    """
    if not isinstance(terms, Mapping) or not terms:
        raise InputError(f"A loss needs at least one term of {', '.join(TERMS)}. Received: {terms!r}")
    return {name: _parse_term(name, value) for name, value in terms.items()}


def _parse_term(name: str, value):
    term = TERMS[known("loss term", name, TERMS)]
    if isinstance(value, term):
        return value
    if not isinstance(value, Mapping):
        return term(weight=value)
    parameters = [field.name for field in dataclasses.fields(term)]
    return term(**{known(f"parameter of the {name} loss", key, parameters): item for key, item in value.items()})


def known(what: str, name: str, names) -> str:
    """The name itself, if it is one of `names`; otherwise an InputError that offers the nearest."""
    if name in names:
        return name
    near = difflib.get_close_matches(str(name), list(names), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise InputError(f"Expected a {what}, one of {', '.join(names)}. Received: {name!r}.{hint}")


def check_number(what: str, value, zero: bool = True) -> float:
    """The value as a float, if it is a finite number of at least 0 (above 0 without `zero`); otherwise InputError."""
    if not _is_number(value) or value < 0 or (value == 0 and not zero):
        raise InputError(f"The {what} must be a number {'of at least' if zero else 'above'} 0. Received: {value!r}")
    return float(value)


def _check_choice(what: str, value, choices):
    if value not in choices:
        raise InputError(f"{what} must be one of {', '.join(choices)}. Received: {value!r}")


def _is_number(value) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and abs(value) < float("inf")
