"""Many pictures: read and computed in parallel, in order, with bounded memory and finished work kept."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.inference.batch.journal import Journal
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.inputs.images import read_image
from voxelpose.inference.inputs.requests import Request
from voxelpose.results.table import PictureResult, columns_of

# Pictures that a thread reads before it asks the network for all of them at once; what is in memory is this many times
# the threads.
CHUNK = 4
MOST_WORKERS = 8
# Finished pictures are written when there are so many, or after so long.
PART, PART_SECONDS = 256, 20.0

Prepare = Callable[[Path, np.ndarray], Sequence[Request]]


def run_batch(
    pictures: Sequence[Path],
    prepare: Prepare,
    estimator: PoseEstimator,
    journal: Journal,
    report: Callable[[Sequence[PictureResult]], None],
    workers: int | None = None,
) -> None:
    """Estimate the people in pictures and keep them in the journal; pictures that it already holds are left out.

    prepare: says where to look in a picture, and by which camera; its InputError is that picture's failure. report:
    called with the finished pictures, in order. workers: threads that read pictures and call the network, as many as
    processors and 8 at most if None.
    """
    waiting = [picture for picture in pictures if str(picture) not in journal.done]
    finished: list[PictureResult] = []
    written = time.monotonic()

    def keep() -> None:
        nonlocal written
        if finished:
            journal.add(columns_of(finished, len(estimator.skeleton)))
            finished.clear()
        written = time.monotonic()

    try:
        chunks = [waiting[start : start + CHUNK] for start in range(0, len(waiting), CHUNK)]
        for results in _in_parallel(lambda chunk: _read_chunk(chunk, prepare, estimator), chunks, workers):
            finished.extend(results)
            report(results)
            if len(finished) >= PART or time.monotonic() - written > PART_SECONDS:
                keep()
    finally:
        # Ctrl-C, too, loses nothing that was finished.
        keep()


def _in_parallel(work: Callable, chunks: Sequence, workers: int | None) -> Iterator:
    """The chunks' results in order; at most two chunks per thread are under way."""
    workers = workers or min(os.cpu_count() or 1, MOST_WORKERS)
    under_way: deque[Future] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for chunk in chunks:
                if len(under_way) == 2 * workers:
                    yield under_way.popleft().result()
                under_way.append(pool.submit(work, chunk))
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def _read_chunk(chunk: Sequence[Path], prepare: Prepare, estimator: PoseEstimator) -> list[PictureResult]:
    """One result per picture; a picture that fails takes no other with it."""
    results: dict[Path, PictureResult] = {}
    requests: dict[Path, Sequence[Request]] = {}
    for picture in chunk:
        try:
            requests[picture] = prepare(picture, read_image(picture))
        except InputError as error:
            results[picture] = PictureResult(str(picture), failure=str(error))
    try:
        answers = iter(estimator.answer([request for of_one in requests.values() for request in of_one]))
        for picture, of_one in requests.items():
            results[picture] = PictureResult(str(picture), tuple(next(answers).result for _ in of_one))
    except InputError:
        for picture, of_one in requests.items():
            results[picture] = _alone(picture, of_one, estimator)
    return [results[picture] for picture in chunk]


def _alone(picture: Path, requests: Sequence[Request], estimator: PoseEstimator) -> PictureResult:
    try:
        return PictureResult(str(picture), tuple(answer.result for answer in estimator.answer(requests)))
    except InputError as error:
        return PictureResult(str(picture), failure=f"{picture}: {error}")
