"""Counting what was left out of a store, by reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voxelpose.data.store.manifest import SkippedEntry
from voxelpose.data.store.shard import read_outcome


@dataclass(frozen=True)
class SkipCount:
    """counts: examples per shard; reasons: how many were skipped for each; first: the first of each."""

    counts: tuple[int, ...]
    reasons: Counter[str]
    first: dict[str, str]

    @property
    def examples(self) -> int:
        return sum(self.counts)

    @property
    def total(self) -> int:
        """People seen, used or not."""
        return self.examples + self.reasons.total()

    def entries(self) -> dict[str, SkippedEntry]:
        """As a manifest has them, most frequent first."""
        return {r: SkippedEntry(count=n, first=self.first[r]) for r, n in self.reasons.most_common()}

    def sentence(self) -> str:
        """ "picture missing (256, first a.jpg)" and so on."""
        return "; ".join(f"{r} ({n}, first {self.first[r]})" for r, n in self.reasons.most_common()) + "."


def count_skips(paths: Sequence[Path]) -> SkipCount:
    """What the shards say about themselves."""
    counts, reasons, first = [], Counter(), {}
    for path in paths:
        examples, skipped = read_outcome(path)
        counts.append(examples)
        for skip in skipped:
            reasons[skip.reason] += 1
            first.setdefault(skip.reason, skip.where)
    return SkipCount(tuple(counts), reasons, first)
