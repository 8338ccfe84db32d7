"""Pools of drawn people for training: drawn once into a folder, found there ever after, trained on while they grow."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from voxelpose.data.source import ExampleSource
from voxelpose.errors import InputError
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.pools.background_drawing import BackgroundDrawing, GrowingPool, PoolOrder
from voxelpose.synthetic.pools.benchmarks import load_cast, load_split
from voxelpose.synthetic.settings import SyntheticSettings
from voxelpose.training.config.data import Benchmark, Data, Pool


def background_drawing(data: Data, log: Callable[[str], None], elsewhere: bool = False) -> BackgroundDrawing:
    """Draws what is missing of all pools: first what training begins with, then the held-out people, then the rest.

    elsewhere: another process draws, into the same folders. Raises InputError for a folder that holds another pool.
    """
    growing = [config for config in data.train if isinstance(config, Pool)]
    heldout = [config for config in data.heldout if isinstance(config, Pool)]
    beginnings = [replace(_order(config), count=min(config.first or config.count, config.count)) for config in growing]
    return BackgroundDrawing([*beginnings, *map(_order, heldout), *map(_order, growing)], log, elsewhere)


def drawn_people(config: Pool, drawing: BackgroundDrawing, skeleton: Skeleton) -> ExampleSource:
    """The examples of a pool; without `first`, all of them, as soon as they are drawn."""
    pool = GrowingPool(_order(config), drawing, skeleton, config.first)
    return pool if config.first is not None else pool.head(config.count)


def _order(config: Pool) -> PoolOrder:
    if isinstance(config, Benchmark):
        split = load_split(config.benchmark, config.part)
        if config.count > split.count:
            raise InputError(
                f"Expected a count of at most {split.count} for {config.benchmark}/{config.part}. "
                f"Received: {config.count}."
            )
        return PoolOrder(Path(config.folder), split.settings, config.count, split.seed, config.processes)
    settings = SyntheticSettings(
        picture=config.picture,
        backgrounds=config.backgrounds,
        garments=config.garments,
        recordings=tuple(config.recordings),
        cast=load_cast(config.cast),
    )
    return PoolOrder(Path(config.folder), settings, config.count, config.seed, config.processes)
