"""Batches for training: several sources mixed in fixed shares, in an order that only the seed decides.

Batch i is a pure function of (seed, i). To resume is to start at another i; nothing else has to be saved.

A batch is a dict of named arrays, B examples each; what is not known has weight 0 and value 0:

- what the network reads, under the name that its input has: "image" (B, S, S, 3) uint8 RGB, or of a lifter "heatmaps"
  (B, H, W, J) uint8, encoded;
- "joints" (B, J, 3) float32: x, y, z in fractions of the crop's width and height and of the depth range;
  "joint_weights" (B, J, 3) float32: how much each coordinate counts;
- "present" (B,) float32: 1 where a person is there, else 0; "present_weight" (B,) float32: how much that counts.
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

# Arrays by name; see above.
Batch = dict[str, np.ndarray]

# How much larger each pass over a growing source is than the one before.
_GROWTH = 0.1


class RowMaker(Protocol):
    """What makes a batch's arrays, one example's row of each, out of examples.

    arrays: shape, without the batch axis, and type by name.
    """

    skeleton: Skeleton

    @property
    def arrays(self) -> dict[str, tuple[tuple[int, ...], type]]: ...

    def __call__(self, example: Example, rng: np.random.Generator) -> Batch: ...


@dataclass(frozen=True, eq=False)
class WeightedSource:
    """Examples that take part in every batch with a share proportional to `share` and count `weight` times each."""

    examples: ExampleSource
    share: float
    maker: RowMaker
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
    order of the sources. Each source is passed through in a fresh order every time; see `WeightedSource.passes`.
    """

    def __init__(self, sources: Sequence[WeightedSource], batch_size: int, seed: int):
        if not sources or any(len(source.examples) == 0 for source in sources):
            names = [source.examples.name for source in sources]
            raise ValueError(f"Expected at least one source, none of them empty. Received: {names}")
        self.sources = tuple(sources)
        self.batch_size = batch_size
        self.seed = seed
        self.counts = _apportion([source.share for source in sources], batch_size)
        self._order = lru_cache(maxsize=2 * len(sources))(self._permutation)

    @property
    def arrays(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """Shape, without the batch axis, and type of a batch's arrays by name."""
        return {**self.sources[0].maker.arrays, "present": ((), np.float32), "present_weight": ((), np.float32)}

    def batch(self, index: int, part: int = 0, of: int = 1) -> Batch:
        """Batch `index`.

        Of a batch that several devices share, device `part` gets the examples part, part + of, part + 2 of, ...
        """
        chosen = [
            (number, position)
            for number, count in enumerate(self.counts)
            for position in range(index * count, (index + 1) * count)
        ][part::of]
        rows = [self._batch_row(number, position) for number, position in chosen]
        return {name: np.stack([row[name] for row in rows]).astype(kind) for name, (_, kind) in self.arrays.items()}

    def dataset(self, start: int, stop: int, workers: int = 1, parts: Sequence[int] = (0,), of: int = 1):
        """The batches start..stop-1 as a tf.data.Dataset that works ahead of its reader.

        parts: which parts of each batch out of `of`; they come one after the other. ValueError unless `of` divides the
        batch.
        """
        import tensorflow as tf

        if self.batch_size % of:
            raise ValueError(f"Expected a batch that {of} devices can share evenly. Received: {self.batch_size}")
        arrays, rows = self.arrays, self.batch_size // of

        def load(number):
            columns = tf.numpy_function(
                lambda i: tuple(self.batch(int(i) // len(parts), parts[int(i) % len(parts)], of).values()),
                [number],
                [tf.as_dtype(kind) for _, kind in arrays.values()],
            )
            named = zip(arrays.items(), columns, strict=True)
            return {name: tf.ensure_shape(column, (rows, *shape)) for (name, (shape, _)), column in named}

        numbers = tf.data.Dataset.range(start * len(parts), stop * len(parts))
        return numbers.map(load, num_parallel_calls=workers, deterministic=True).prefetch(2)

    def _batch_row(self, number: int, position: int) -> Batch:
        source = self.sources[number]
        example = source.examples[self._row(number, position)]
        row = source.maker(example, np.random.default_rng([self.seed, number, position]))
        if source.weight != 1.0:
            row["joint_weights"] = row["joint_weights"] * np.float32(source.weight)
        return {**row, "present": np.float32(example.present), "present_weight": np.float32(source.weight)}

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
