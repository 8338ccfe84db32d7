"""Batches for training: several sources mixed in fixed shares, in an order that only the seed decides.

Batch i is a pure function of (seed, i). To resume is to start at another i; nothing else has to be saved.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.source import ExampleSource
from voxelpose.skeleton import Skeleton

# How much larger each pass over a growing source is than the one before.
_GROWTH = 0.1


class Views(Protocol):
    """What makes network inputs of a shape, uint8, and targets (J, 6) out of examples."""

    skeleton: Skeleton

    @property
    def shape(self) -> tuple[int, int, int]: ...

    def __call__(self, example: Example, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True, eq=False)
class Source:
    """Examples that take part in every batch with a share proportional to `share` and count `weight` times each."""

    examples: ExampleSource
    share: float
    views: Views
    weight: float = 1.0

    def passes(self) -> Iterator[int]:
        """How many examples each pass takes, without end: of a source that is still being made first so many as it
        says, then a tenth more each time, until all are in."""
        first = self.examples.first
        count = len(self.examples) if first is None else min(first, len(self.examples))
        while True:
            yield count
            count = min(len(self.examples), count + math.ceil(_GROWTH * count))


class BatchStream:
    """Deterministic batches out of several sources.

    Every batch holds the same number of examples of each source (the shares, rounded so that they fill it), in the
    order of the sources. Each source is passed through in a fresh order every time; see `Source.passes`.
    """

    def __init__(self, sources: Sequence[Source], batch_size: int, seed: int):
        if not sources or any(len(source.examples) == 0 for source in sources):
            names = [source.examples.name for source in sources]
            raise ValueError(f"Expected at least one source, none of them empty. Received: {names}")
        self.sources = tuple(sources)
        self.batch_size = batch_size
        self.seed = seed
        self.counts = _apportion([source.share for source in sources], batch_size)
        self._order = lru_cache(maxsize=2 * len(sources))(self._permutation)

    def batch(self, index: int, part: int = 0, of: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Images (B, S, S, 3) uint8, targets (B, J, 6) float32 and presence (B, 2) float32 of batch `index`.

        presence holds 1 or 0 and the weight of the example. Of a batch that several devices share, device `part` gets
        the examples part, part + of, part + 2 of, ...
        """
        chosen = [
            (number, position)
            for number, count in enumerate(self.counts)
            for position in range(index * count, (index + 1) * count)
        ][part::of]
        images, targets, presence = zip(*(self._view(number, position) for number, position in chosen), strict=True)
        return np.stack(images), np.stack(targets), np.array(presence, np.float32)

    def dataset(self, start: int, stop: int, workers: int = 1, parts: Sequence[int] = (0,), of: int = 1):
        """The batches start..stop-1 as a tf.data.Dataset that works ahead of its reader.

        parts: which parts of each batch out of `of`; they come one after the other. ValueError unless `of` divides the
        batch.
        """
        import tensorflow as tf

        if self.batch_size % of:
            raise ValueError(f"Expected a batch that {of} devices can share evenly. Received: {self.batch_size}")
        shape, joints, rows = self.sources[0].views.shape, len(self.sources[0].views.skeleton), self.batch_size // of

        def load(number):
            images, targets, presence = tf.numpy_function(
                lambda i: self.batch(int(i) // len(parts), parts[int(i) % len(parts)], of),
                [number],
                (tf.uint8, tf.float32, tf.float32),
            )
            images = tf.ensure_shape(images, (rows, *shape))
            return images, tf.ensure_shape(targets, (rows, joints, 6)), tf.ensure_shape(presence, (rows, 2))

        numbers = tf.data.Dataset.range(start * len(parts), stop * len(parts))
        return numbers.map(load, num_parallel_calls=workers, deterministic=True).prefetch(2)

    def _view(self, number: int, position: int) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
        source = self.sources[number]
        example = source.examples[self._row(number, position)]
        image, target = source.views(example, np.random.default_rng([self.seed, number, position]))
        if source.weight != 1.0:
            target = np.concatenate([target[:, :3], target[:, 3:] * np.float32(source.weight)], axis=-1)
        return image, target, (float(example.present), source.weight)

    def _row(self, number: int, position: int) -> int:
        total = len(self.sources[number].examples)
        for epoch, count in enumerate(self.sources[number].passes()):
            if count == total:
                # From here on all passes are equally long.
                epoch, position = epoch + position // count, position % count
            if position < count:
                return int(self._order(number, epoch, count)[position])
            position -= count
        raise AssertionError("passes have no end")

    def _permutation(self, number: int, epoch: int, count: int) -> np.ndarray:
        return np.random.default_rng([self.seed, number, epoch, 1]).permutation(count)


def _apportion(shares: Sequence[float], total: int) -> tuple[int, ...]:
    """Whole numbers proportional to the shares that sum to the total (largest remainder), at least one each."""
    if len(shares) > total:
        raise ValueError(f"Expected a batch of at least one example per source ({len(shares)}). Received: {total}")
    exact = np.asarray(shares, np.float64) / sum(shares) * total
    counts = np.maximum(np.floor(exact), 1).astype(int)
    while counts.sum() < total:
        counts[np.argmax(exact - counts)] += 1
    while counts.sum() > total:
        counts[np.argmax(np.where(counts > 1, counts - exact, -np.inf))] -= 1
    return tuple(int(count) for count in counts)
