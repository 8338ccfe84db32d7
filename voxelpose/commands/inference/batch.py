"""`voxelpose infer --results FILE`: many pictures into one table, without any figures."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxelpose.commands.inference.tools import Tools
from voxelpose.commands.shared.input_options import Inputs
from voxelpose.commands.shared.progress import RateProgress
from voxelpose.files import held
from voxelpose.inference.batch.batch import run_batch
from voxelpose.inference.batch.journal import Journal, check_new_table
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.inputs.requests import Request
from voxelpose.results.pose import Pose3D
from voxelpose.results.table import PictureResult, table_facts

if TYPE_CHECKING:
    from voxelpose.inference.estimator import PoseEstimator

# More sentences than this help nobody; all of them are in the results file.
_SHOWN_FAILURES = 10


def infer_batch(
    pictures: Sequence[Path],
    boxes: Mapping[str, Mapping[int, Sequence[Box]]],
    inputs: Inputs,
    tools: Tools,
    results: Path,
    settings: Mapping[str, object],
) -> list[str]:
    """Estimate the people in all pictures into one results file; returns a sentence for every picture that failed.

    settings: the options that the results depend on. A run that was stopped goes on where it was; InputError for a
    results file that is finished, and while another call writes it.
    """
    # A results file that cannot be is told before the network loads.
    check_new_table(results)
    estimator = tools.estimator
    lock = results.with_name(f".{results.name}.lock")
    results.parent.mkdir(parents=True, exist_ok=True)
    with held(lock, f"Another call is writing {results}. Wait for it, or name another results file."):
        return _infer(pictures, boxes, inputs, tools, results, settings, estimator)


def _infer(
    pictures: Sequence[Path],
    boxes: Mapping[str, Mapping[int, Sequence[Box]]],
    inputs: Inputs,
    tools: Tools,
    results: Path,
    settings: Mapping[str, object],
    estimator: "PoseEstimator",
) -> list[str]:
    journal = Journal(results, {**settings, "weights_sha256": estimator.weights_sha256})
    if journal.done:
        print(f"{len(journal.done)} pictures were finished before: going on with the others.")
    counts, failures = _Counts(), []
    with RateProgress(results.name, len([p for p in pictures if str(p) not in journal.done]), "pictures") as progress:

        def report(finished: Sequence[PictureResult]) -> None:
            progress.step(len(finished))
            counts.add(finished)
            failures.extend(one.failure for one in finished if one.failure)

        run_batch(pictures, lambda *picture: _requests(*picture, boxes, inputs, tools), estimator, journal, report)
    journal.finish(table_facts(estimator.skeleton, estimator.provenance, estimator.min_presence))
    print(f"{progress.done} pictures, {counts}, {progress.rate:.1f} pictures/s. Written: {results}")
    if len(failures) > _SHOWN_FAILURES:
        print(f"The first {_SHOWN_FAILURES} failures; all are in {results}, status failed:", file=sys.stderr)
    return failures[:_SHOWN_FAILURES]


def _requests(
    picture: Path,
    image: np.ndarray,
    boxes: Mapping[str, Mapping[int, Sequence[Box]]],
    inputs: Inputs,
    tools: Tools,
) -> list[Request]:
    return inputs.requests(picture, image, boxes[str(picture)].get(0, ()), tools.detector, str(picture))


class _Counts:
    def __init__(self):
        self.people = self.empty = self.failed = 0

    def add(self, finished: Sequence[PictureResult]) -> None:
        for one in finished:
            poses = sum(isinstance(person, Pose3D) for person in one.people)
            self.people += poses
            self.failed += bool(one.failure)
            self.empty += not poses and not one.failure

    def __str__(self) -> str:
        return f"{self.people} people, {self.empty} pictures with nobody, {self.failed} failed"
