"""What of a suite is done, begun, missing, or waits for something."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from voxelpose.errors import InputError
from voxelpose.experiments.configs import fingerprint
from voxelpose.experiments.experiment_paths import Places
from voxelpose.experiments.results import Result
from voxelpose.experiments.suite import Run, runs_of

FINISHED, OUTDATED, BEGUN, MISSING = "finished", "of another configuration", "begun", "missing"


def state_of(places: Places, run: Run) -> str:
    """FINISHED; OUTDATED, where the result is of another configuration than the suite's; BEGUN, or MISSING."""
    path = places.result(run)
    if path.exists():
        same = Result.load(path).fingerprint == fingerprint(places.suite, places.suite_path, run)
        return FINISHED if same else OUTDATED
    return BEGUN if places.training(run).exists() else MISSING


def hindrance(places: Places, run: Run) -> str | None:
    """Why a run cannot begin yet, in words, or None."""
    variant = places.suite.variants[run.variant]
    for name in variant.needs:
        if name not in places.given:
            return f"needs --given {name}=PATH"
    if variant.after is not None and state_of(places, Run(variant.after, run.seed)) != FINISHED:
        return f"waits for {Run(variant.after, run.seed).name}"
    return None


def chosen(places: Places, only: Sequence[str] = ()) -> list[Run]:
    """The runs in their order, or those whose variant or name fits one of the patterns; InputError for a pattern that
    fits none."""
    runs = runs_of(places.suite)
    for pattern in only:
        if not any(_fits(run, pattern) for run in runs):
            names = ", ".join(places.suite.variants)
            raise InputError(f"Expected --only with variants or runs among {names}. Received: {pattern}.")
    return [run for run in runs if not only or any(_fits(run, pattern) for pattern in only)]


def _fits(run: Run, pattern: str) -> bool:
    return fnmatchcase(run.variant, pattern) or fnmatchcase(run.name, pattern)
