"""What the stored results of a suite say: means per variant, and a verdict per claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.experiments.reports.statistics import ENOUGH, Estimate, estimate, ratio
from voxelpose.experiments.results import Result, Scores
from voxelpose.experiments.suite import DIRECT, Claim, Suite

AGREES, DISAGREES, OPEN = "agrees", "disagrees", "not decided yet"


@dataclass(frozen=True)
class Verdict:
    """A claim, and what became of it. better, worse: mean errors over the pairs of trainings; ratio: None without a
    pair; why: what is missing where the verdict is OPEN."""

    claim: Claim
    verdict: str
    why: str
    better: float = float("nan")
    worse: float = float("nan")
    ratio: Estimate | None = None


class Findings:
    """The results of a suite by variant and seed. InputError where they were measured on different people."""

    def __init__(self, suite: Suite, results: Sequence[Result]):
        self.suite = suite
        self.results = {name: {} for name in suite.variants}
        for result in results:
            if result.seed <= suite.seeds_of(result.variant):
                self.results[result.variant][result.seed] = result
        _check_same(suite, {one.run.name: one.test for one in results})
        for name in suite.further:
            _check_same(suite, {one.run.name: one.further[name].test for one in results if name in one.further})

    @property
    def all_results(self) -> list[Result]:
        return [one for by_seed in self.results.values() for one in by_seed.values()]

    @property
    def planned(self) -> int:
        return sum(map(self.suite.seeds_of, self.suite.variants))

    def missing(self) -> list[str]:
        """Names of the runs that have no result."""
        return [
            f"{variant}-s{seed}"
            for variant, by_seed in self.results.items()
            for seed in range(1, self.suite.seeds_of(variant) + 1)
            if seed not in by_seed
        ]

    def decoders(self) -> list[str]:
        """The ways in which anything was read, the suite's first one first."""
        read = {name for one in self.all_results for name in one.scores}
        return [name for name in (*self.suite.decoders, DIRECT) if name in read]

    def error(self, variant: str, decoder: str | None = None, metric: str = "mpjpe") -> Estimate | None:
        """Of a variant, read in that way, by default the suite's first, or directly where there is no volume; None
        where nothing is stored. The interval is of the MPJPE; for another metric low and high are the mean."""
        scores = self._scores(variant, decoder)
        if not scores:
            return None
        means = [one.metrics[metric] for one in scores.values()]
        if metric == "mpjpe":
            return estimate(means, [one.people_mm for one in scores.values()])
        mean = float(np.mean(means))
        return Estimate(mean, mean, mean, "", len(means))

    def errors(self, variant: str, decoder: str | None = None) -> list[float]:
        """MPJPE of each training, in mm."""
        return [one.metrics["mpjpe"] for one in self._scores(variant, decoder).values()]

    def verdict(self, claim: Claim) -> Verdict:
        """By the interval of the ratio of errors over pairs of trainings of one seed."""
        better, worse = (self._scores(name, claim.decoder) for name in (claim.better, claim.worse))
        seeds = sorted(better.keys() & worse.keys())
        if not seeds:
            lacking = [name for name, scores in ((claim.better, better), (claim.worse, worse)) if not scores]
            return Verdict(claim, OPEN, f"no result of {' and '.join(lacking)}" if lacking else "no seed in common")
        errors, others = ([scores[seed].metrics["mpjpe"] for seed in seeds] for scores in (better, worse))
        found = ratio(errors, others)
        means = {"better": float(np.mean(errors)), "worse": float(np.mean(others)), "ratio": found}
        if len(seeds) < ENOUGH:
            return Verdict(claim, OPEN, f"too few runs, {len(seeds)} of {ENOUGH} pairs of trainings", **means)
        if found.high < claim.within:
            return Verdict(claim, AGREES, "", **means)
        if found.low > claim.within:
            return Verdict(claim, DISAGREES, "", **means)
        return Verdict(claim, OPEN, f"the interval holds {claim.within:g}", **means)

    def further_people(self) -> dict[str, int]:
        """How many there are of the further people that anything was measured on, by name."""
        return {
            name: one.further[name].test["people"]
            for name in self.suite.further
            for one in self.all_results
            if name in one.further
        }

    def further_error(self, variant: str, name: str, metric: str) -> float | None:
        """A metric of a variant on further people, read in the suite's first way, or directly: the mean over those of
        its trainings that were measured on them."""
        scores = [one.further[name].scores for one in self.results[variant].values() if name in one.further]
        values = [(each.get(self.suite.decoders[0]) or each[DIRECT]).metrics[metric] for each in scores]
        return float(np.mean(values)) if values else None

    def _scores(self, variant: str, decoder: str | None = None) -> dict[int, Scores]:
        """By seed."""
        found = {}
        for seed, result in sorted(self.results[variant].items()):
            scores = result.scores.get(decoder or self.suite.decoders[0])
            if scores is None and decoder is None:
                scores = result.scores.get(DIRECT)
            if scores is not None:
                found[seed] = scores
        return found


def _check_same(suite: Suite, tests: Mapping[str, Mapping[str, Any]]) -> None:
    """tests: who was measured on, by the runs' names."""
    groups = {(test["sha256"], test["people"], test["protocol"]): (name, test) for name, test in tests.items()}
    if len(groups) > 1:
        received = " and ".join(f"{name} on {test['people']} ({test['name']})" for name, test in groups.values())
        raise InputError(
            f"Expected the results of {suite.name} to be measured on the same people. Received: {received}."
        )
