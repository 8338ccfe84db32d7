"""Where a stream of batches stands, as something that can be written down and found again.

A batch is a function of (seed, index) and of the sources, so the position is an index, and what must be the same for it
to mean the same.
"""

from typing import Any

from voxelpose.data.batches import BatchStream
from voxelpose.errors import InputError


def position_of(stream: BatchStream, index: int) -> dict[str, Any]:
    """The position before batch `index`, as plain JSON values."""
    sources = [
        {
            "name": source.examples.name,
            "examples": len(source.examples),
            "per_batch": count,
            # Stores tell what is in them; what lies in memory is known by name and number.
            "manifest": getattr(source.examples, "fingerprint", ""),
        }
        for source, count in zip(stream.sources, stream.counts, strict=True)
    ]
    return {"index": index, "seed": stream.seed, "batch_size": stream.batch_size, "sources": sources}


def index_at(stream: BatchStream, position: dict[str, Any]) -> int:
    """The index of the next batch at a saved position; InputError where the stream is no longer the same."""
    now = position_of(stream, position.get("index", 0))
    changed = [f"{name} was {position.get(name)} and is {now[name]}" for name in now if now[name] != position.get(name)]
    if changed:
        raise InputError(f"The saved position belongs to another stream of batches: {'; '.join(changed)}.")
    return int(position["index"])
