"""Pools of drawn people for training: drawn once into a folder, found there ever after."""

from collections.abc import Callable
from pathlib import Path

from voxelpose.data.example import ExampleSet
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.pool import draw_pool, load_pool
from voxelpose.synthetic.settings import SyntheticSettings
from voxelpose.training.config import Drawn


def drawn_people(config: Drawn, skeleton: Skeleton, say: Callable[[str], None]) -> ExampleSet:
    """The examples of a pool; what is missing of it is drawn first."""
    settings = SyntheticSettings(
        picture=config.picture,
        backgrounds=config.backgrounds,
        garments=config.garments,
        recordings=tuple(config.recordings),
    )
    draw_pool(Path(config.folder), settings, config.count, config.seed, config.processes, progress=say)
    return load_pool(Path(config.folder), skeleton, config.count)
