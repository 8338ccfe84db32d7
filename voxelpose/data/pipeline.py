"""Batches for training: several sources mixed in fixed shares, in an order that only the seed decides.

Batch i is a pure function of (seed, i). To resume is to start at another i; nothing else has to be saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from voxelpose.data.augment import ViewMaker
from voxelpose.data.example import ExampleSet


@dataclass(frozen=True, eq=False)
class Source:
    """Examples that take part in every batch with a share proportional to `share`."""

    examples: ExampleSet
    share: float
    views: ViewMaker


class BatchStream:
    """Deterministic batches out of several sources.

    Every batch holds the same number of examples of each source (the shares, rounded so that they fill it), in the
    order of the sources. Each source runs through a fresh permutation of itself every time it is exhausted.
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

    def batch(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Images (B, S, S, 3) uint8, targets (B, J, 6) float32 and presence (B, 1) float32 of batch `index`."""
        images, targets, present = [], [], []
        for number, (source, count) in enumerate(zip(self.sources, self.counts, strict=True)):
            for position in range(index * count, (index + 1) * count):
                example = source.examples[self._row(number, position)]
                image, target = source.views(example, np.random.default_rng([self.seed, number, position]))
                images.append(image)
                targets.append(target)
                present.append(example.present)
        return np.stack(images), np.stack(targets), np.array(present, np.float32)[:, None]

    def dataset(self, start: int, stop: int, workers: int = 1):
        """The batches start..stop-1 as a tf.data.Dataset that works ahead of its reader."""
        import tensorflow as tf

        size, joints = self.sources[0].views.size, len(self.sources[0].views.skeleton)

        def load(index):
            images, targets, present = tf.numpy_function(
                lambda i: self.batch(int(i)), [index], (tf.uint8, tf.float32, tf.float32)
            )
            images = tf.ensure_shape(images, (self.batch_size, size, size, 3))
            return images, tf.ensure_shape(targets, (self.batch_size, joints, 6)), tf.ensure_shape(present, (None, 1))

        indices = tf.data.Dataset.range(start, stop)
        return indices.map(load, num_parallel_calls=workers, deterministic=True).prefetch(2)

    def _row(self, number: int, position: int) -> int:
        count = len(self.sources[number].examples)
        return int(self._order(number, position // count)[position % count])

    def _permutation(self, number: int, epoch: int) -> np.ndarray:
        return np.random.default_rng([self.seed, number, epoch, 1]).permutation(len(self.sources[number].examples))


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
