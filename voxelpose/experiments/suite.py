"""What is compared: variants of one training configuration, the claims they bear on and the figures they appear in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from voxelpose.errors import InputError
from voxelpose.inference.decoding.decoders import ARGMAX, DECODERS, LIMB_AWARE, SOFT_ARGMAX, check_decoder
from voxelpose.settings.problems import listed
from voxelpose.settings.sections import Count, Positive, Section
from voxelpose.training.config.yaml_source import read_source

# Names that stand in files' names and in `--only`.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
# How a network without a volume, and a method without a network, are read.
DIRECT = "direct"


class PeopleChoice(Section):
    """Who is measured on. data: what `voxelpose evaluate --data` takes, or "$NAME", a path that the command line gives;
    limit: only the first so many; protocol: how, by default the first that fits the data."""

    data: str = "people-v1"
    limit: Count | None = None
    protocol: str | None = None


class Variant(Section):
    """One thing that is compared.

    about: in a few words; base: its configuration, beside the suite, if not the suite's; change: keys of the
    configuration (`network.architecture.depths`) and their values, where "$NAME" is a path that the command line gives;
    needs: the NAMEs. seeds: how many trainings. after: the variant whose image network makes the heatmaps that this
    one starts from. recipe: "nearest" trains nothing and answers the pose of `after`'s nearest neighbour.
    """

    about: str
    base: str | None = None
    change: dict[str, Any] = {}
    needs: list[Name] = []
    seeds: Count | None = None
    after: Name | None = None
    recipe: Literal["train", "nearest"] = "train"

    @model_validator(mode="after")
    def _possible(self):
        if self.recipe == "nearest" and self.after is None:
            raise ValueError("recipe: nearest says with `after` whose joints it looks up")
        return self


class Claim(Section):
    """The error of `better` is less than `within` times that of `worse`; decoder: how both are read, by default the
    suite's first way; paper: its own numbers and their source."""

    claim: str
    better: Name
    worse: Name
    within: Positive = 1.0
    decoder: str | None = None
    paper: str = ""


class Figure(Section):
    """One plot: a column per variant, under the label that it is given."""

    name: Name
    title: str
    axis: str
    columns: Annotated[dict[Name, str], Field(min_length=1)]


class Suite(Section):
    """Everything that is compared, and how.

    base: the configuration that all variants change, beside the suite; tuning: how learning rates were chosen, for
    readers; seeds: trainings per variant where it doesn't say; decoders: ways to read a volume, the first is the one
    that claims are about unless they name another. validation: people by whose 2D labels heatmap errors are fitted.
    remarks: what its authors make of its results; the report repeats it below the claims. further: others who are
    measured on where their paths are given; no claim is about them.
    """

    name: Name
    about: str
    tuning: str
    base: str
    test: PeopleChoice = PeopleChoice()
    validation: PeopleChoice = PeopleChoice(data="people-v1/validation", limit=400)
    further: dict[Name, PeopleChoice] = {}
    seeds: Count = 1
    decoders: Annotated[list[str], Field(min_length=1)] = [SOFT_ARGMAX, ARGMAX, LIMB_AWARE]
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    claims: list[Claim] = []
    remarks: str = ""
    figures: list[Figure] = []

    @model_validator(mode="after")
    def _known(self):
        mentioned = [("after", variant.after) for variant in self.variants.values() if variant.after is not None]
        mentioned += [("a claim", name) for claim in self.claims for name in (claim.better, claim.worse)]
        mentioned += [("a figure", name) for figure in self.figures for name in figure.columns]
        for where, name in mentioned:
            if name not in self.variants:
                raise ValueError(f"{where} names {name}, which is no variant; there are {', '.join(self.variants)}")
        order = list(self.variants)
        for name, variant in self.variants.items():
            if variant.after is not None and order.index(variant.after) >= order.index(name):
                raise ValueError(f"{name} comes after {variant.after} and should stand below it")
        for decoder in self.decoders:
            check_decoder(decoder)
        for claim in self.claims:
            if claim.decoder not in (None, *self.decoders):
                raise ValueError(f"a claim names {claim.decoder}; the suite reads by {', '.join(self.decoders)}")
        return self

    def seeds_of(self, variant: str) -> int:
        return self.variants[variant].seeds or self.seeds


@dataclass(frozen=True)
class Run:
    """One training of a variant; seeds count from 1."""

    variant: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.variant}-s{self.seed}"


def runs_of(suite: Suite) -> list[Run]:
    """All runs in the order in which they are worth most: a first of everything, then a second, then a third."""
    most = max(map(suite.seeds_of, suite.variants))
    return [
        Run(variant, seed)
        for seed in range(1, most + 1)
        for variant in suite.variants
        if seed <= suite.seeds_of(variant)
    ]


def load_suite(path: str | Path) -> Suite:
    """Read a suite's file; InputError with a sentence per problem, each with its line."""
    source = read_source(path)
    try:
        suite = Suite.model_validate(source.values)
    except ValidationError as error:
        problems = [
            f"{source.origin(_place(problem))}: {'.'.join(map(str, _place(problem))) or 'the suite'}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise InputError(listed([*source.problems, *problems], path)) from error
    if source.problems:
        raise InputError(listed(source.problems, path))
    return suite


def suite_from(values: Mapping[str, Any], where: str) -> Suite:
    """The suite that `suite_text` wrote; InputError for anything else."""
    try:
        return Suite.model_validate(values)
    except ValidationError as error:
        raise InputError(
            f"Expected the suite of an ablation in {where}. Received: {error.errors()[0]['msg']}."
        ) from error


def suite_text(suite: BaseModel) -> str:
    """The suite as JSON text."""
    return json.dumps(suite.model_dump(mode="json"), indent=1) + "\n"


def _place(problem: Mapping[str, Any]) -> tuple:
    return tuple(part for part in problem["loc"] if part != "[key]")


DECODER_NAMES = {**DECODERS, DIRECT: "coordinates, without a volume"}
