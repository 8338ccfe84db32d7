"""From a configuration to what a network learns from and is measured on.

Pools of drawn people are drawn once into a folder, found there ever after, and trained on while they grow.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from voxelpose.data.augmentation.crops import CropMaker
from voxelpose.data.augmentation.heatmap_crops import HeatmapMaker
from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.data.batches import BatchStream, WeightedSource
from voxelpose.data.depth_hiding import DepthHidden, DepthRefused
from voxelpose.data.readers import exercises
from voxelpose.data.readers.lsp import HELD_OUT
from voxelpose.data.source import ExampleSource
from voxelpose.data.store.manifest import Origin, read_manifest
from voxelpose.data.store.stored_examples import load_store
from voxelpose.data.store.taught_depth import LSP14_HIPS
from voxelpose.errors import InputError
from voxelpose.evaluation.people.validation import ValidationPeople
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.empty import EmptyPhotographs
from voxelpose.synthetic.pools.background_drawing import BackgroundDrawing, GrowingPool, PoolOrder
from voxelpose.synthetic.pools.benchmarks import load_cast, load_split
from voxelpose.synthetic.poses_only import PosesOnly
from voxelpose.synthetic.settings import SyntheticSettings
from voxelpose.training.config.data import Benchmark, Data, Empty, Pool, Poses, SourceConfig, Stored
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.setup.trained_network import TrainedNetwork

# A network of middling skill, for a lifter whose image network isn't there yet.
MODERATE_ERRORS = {"jitter": 0.02, "spread": 0.03, "haze": 0.15, "lost": 0.06, "swapped": 0.06, "doubled": 0.12}


def background_drawing(data: Data, log: Callable[[str], None], elsewhere: bool = False) -> BackgroundDrawing:
    """Draws what is missing of all pools: first what training begins with, then the held-out people, then the rest.

    elsewhere: another process draws, into the same folders. Raises InputError for a folder that holds another pool.
    """
    growing = [config for config in data.train if isinstance(config, Pool)]
    heldout = [config for config in data.heldout if isinstance(config, Pool)]
    beginnings = [replace(_order(config), count=min(config.first or config.count, config.count)) for config in growing]
    return BackgroundDrawing([*beginnings, *map(_order, heldout), *map(_order, growing)], log, elsewhere)


def load_source(config: SourceConfig, drawing: BackgroundDrawing, skeleton: Skeleton) -> ExampleSource:
    """The examples of one source, as soon as they are drawn; those of a store stay on disk."""
    examples = _examples(config, drawing, skeleton)
    return DepthHidden(examples) if getattr(config, "labels", "all") == "2d" else examples


def batch_stream(config: TrainingConfig, network: TrainedNetwork, drawing: BackgroundDrawing) -> BatchStream:
    """The augmented batches of all training sources."""
    _check_kinds(config.data.train, network)
    check_parts(config.data)
    sources = []
    for source in config.data.train:
        examples = load_source(source, drawing, network.skeleton)
        if config.data.depth_labels == "refused":
            examples = DepthRefused(examples)
        maker = _maker(source, config, network)
        sources.append(WeightedSource(examples, source.share, maker, source.weight))
    return BatchStream(sources, config.schedule.batch_size, config.seed)


def validation_people(
    config: TrainingConfig, network: TrainedNetwork, drawing: BackgroundDrawing
) -> dict[str, ValidationPeople]:
    """The held-out sets by name, in the order of the configuration."""
    _check_kinds(config.data.heldout, network)
    people = []
    for source in config.data.heldout:
        people.append(_validation(source, load_source(source, drawing, network.skeleton), network))
    return dict(zip(_distinct([its.name for its in people]), people, strict=True))


def _examples(config: SourceConfig, drawing: BackgroundDrawing, skeleton: Skeleton) -> ExampleSource:
    if isinstance(config, Stored):
        store = load_store(config.path, skeleton)
        return store.select(np.arange(min(config.limit or len(store), len(store))))
    if isinstance(config, Poses):
        recordings = tuple(config.recordings)
        settings = SyntheticSettings(person_free=0.0, recordings=recordings, cast=load_cast(config.cast))
        return PosesOnly(settings, config.count, config.seed, skeleton)
    if isinstance(config, Empty):
        return EmptyPhotographs(config.folder, config.count, config.seed, config.picture, skeleton)
    return _drawn_people(config, drawing, skeleton)


def _drawn_people(config: Pool, drawing: BackgroundDrawing, skeleton: Skeleton) -> ExampleSource:
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


def _check_kinds(sources: Iterable[SourceConfig], network: TrainedNetwork) -> None:
    """Only a lifter reads poses without pictures, and it reads nothing else."""
    architecture = network.preset.architecture
    lifts = architecture.reads == "heatmaps"
    for source in sources:
        if isinstance(source, Poses) != lifts:
            expected = "sources of kind poses" if lifts else "sources with pictures"
            raise InputError(f"Expected {expected} for a {architecture.kind} network. Received: kind {source.kind}.")


def check_parts(data: Data) -> None:
    """InputError where photographs that are held out would be trained on, or taught depth measured on."""
    for source in data.train:
        origin = _origin(source)
        if origin is not None and _is_held_out(origin):
            raise InputError(
                f"Expected the part train under data.train: the part {HELD_OUT} is never trained on. "
                f"Received: {source.path}, the part {origin.part} of {origin.dataset}."
            )
    for source in data.heldout:
        origin = _origin(source)
        if origin is not None and _has_taught_depth(origin) and source.labels != "2d":
            raise InputError(
                "Expected people with true labels under data.heldout: taught depth is nothing to measure on. "
                f"Received: {source.path}, a store with taught depth; labels: 2d hides it."
            )


def _is_held_out(origin: Origin) -> bool:
    """Of LSPET, whose parts can be stored together, anything but the training part is."""
    return origin.part == HELD_OUT or (origin.dataset.startswith("lspet") and origin.part != "train")


def _has_taught_depth(origin: Origin) -> bool:
    return origin.part != HELD_OUT and origin.skeleton.name in (LSP14_HIPS.name, exercises.SKELETON.name)


def _origin(source: SourceConfig) -> Origin | None:
    return read_manifest(source.path)[0].origin if isinstance(source, Stored) else None


def _maker(source: SourceConfig, config: TrainingConfig, network: TrainedNetwork) -> CropMaker | HeatmapMaker:
    preset, geometric = network.preset, config.augmentation.geometric.build()
    if isinstance(source, Poses):
        errors = _errors(source, network)
        return HeatmapMaker(
            preset.architecture.input_size, network.grid, network.skeleton, preset.input.crop_margin, errors, geometric
        )
    photometric = config.augmentation.photometric.build()
    return CropMaker(
        preset.architecture.input_size, network.grid, network.skeleton, preset.input.crop_margin, geometric, photometric
    )


def _errors(source: Poses, network: TrainedNetwork) -> HeatmapErrors:
    if source.heatmap_errors is None:
        return HeatmapErrors.alike(len(network.skeleton), **MODERATE_ERRORS)
    errors = HeatmapErrors.load(source.heatmap_errors)
    if len(errors.jitter) != len(network.skeleton):
        raise InputError(
            f"Expected heatmap errors of {len(network.skeleton)} joints in {source.heatmap_errors}. "
            f"Received: {len(errors.jitter)}."
        )
    return errors


def _validation(source: SourceConfig, examples: ExampleSource, network: TrainedNetwork) -> ValidationPeople:
    preset = network.preset
    shown = None
    if isinstance(source, Poses):
        maker = HeatmapMaker(
            preset.architecture.input_size,
            network.grid,
            network.skeleton,
            preset.input.crop_margin,
            _errors(source, network),
        )

        def shown(number, example, crop):
            return maker.heatmaps(example, crop, np.random.default_rng([source.seed, number]))

    return ValidationPeople.of(examples, preset.architecture.input_size, preset.input.crop_margin, network.grid, shown)


def _distinct(names: list[str]) -> list[str]:
    """The names, where one stands twice with its number behind it."""
    return [f"{name}-{names[:i].count(name) + 1}" if name in names[:i] else name for i, name in enumerate(names)]
