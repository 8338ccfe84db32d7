"""From a configuration to what a network learns from and is measured on."""

from collections.abc import Iterable

import numpy as np

from voxelpose.data.augment import ViewMaker
from voxelpose.data.example import ExampleSet
from voxelpose.data.exercises import load_exercises
from voxelpose.data.heatmap_errors import HeatmapErrors
from voxelpose.data.heatmap_views import HeatmapViews
from voxelpose.data.labels import Depthless, DepthRefused
from voxelpose.data.lspet import load_lspet
from voxelpose.data.pipeline import BatchStream, Source
from voxelpose.data.store import StoredExamples, load_store
from voxelpose.errors import InputError
from voxelpose.evaluation.heldout import HeldOutPeople
from voxelpose.networks.presets import LIFTERS
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.benchmarks import load_cast
from voxelpose.synthetic.empty import EmptyPhotographs
from voxelpose.synthetic.growing import GrowingPool, Painter
from voxelpose.synthetic.poses_only import PosesOnly
from voxelpose.synthetic.settings import SyntheticSettings
from voxelpose.training.config import TrainingConfig
from voxelpose.training.config_data import Empty, Exercises, Lspet, Poses, Stored
from voxelpose.training.config_data import Source as SourceConfig
from voxelpose.training.pools import drawn_people
from voxelpose.training.setup import Subject

# A network of middling skill, for a lifter whose image network isn't there yet.
MODERATE_ERRORS = {"jitter": 0.02, "spread": 0.03, "haze": 0.15, "lost": 0.06, "swapped": 0.06, "doubled": 0.12}

Examples = ExampleSet | GrowingPool | StoredExamples | PosesOnly | EmptyPhotographs | Depthless


def load_source(config: SourceConfig, painter: Painter, skeleton: Skeleton) -> Examples:
    """The examples of one source, as soon as they are drawn; those of a store stay on disk."""
    examples = _examples(config, painter, skeleton)
    return Depthless(examples) if getattr(config, "labels", "all") == "2d" else examples


def batch_stream(config: TrainingConfig, subject: Subject, painter: Painter) -> BatchStream:
    """The augmented batches of all training sources."""
    _check_kinds(config.data.train, subject)
    sources = []
    for source in config.data.train:
        examples = load_source(source, painter, subject.skeleton)
        if config.data.depth_labels == "refused":
            examples = DepthRefused(examples)
        views = _views(source, config, subject)
        sources.append(Source(examples, source.share, views, source.weight, getattr(source, "first", None)))
    return BatchStream(sources, config.schedule.batch_size, config.seed)


def heldout_people(config: TrainingConfig, subject: Subject, painter: Painter) -> dict[str, HeldOutPeople]:
    """The held-out sets by name, in the order of the configuration."""
    _check_kinds(config.data.heldout, subject)
    people = []
    for source in config.data.heldout:
        examples = load_source(source, painter, subject.skeleton)
        examples = examples if isinstance(examples, ExampleSet) else examples.load()
        people.append((examples.name, _heldout(source, examples, subject)))
    names = _distinct([name for name, _ in people])
    return {name: its for name, (_, its) in zip(names, people, strict=True)}


def _examples(config: SourceConfig, painter: Painter, skeleton: Skeleton) -> Examples:
    if isinstance(config, Stored):
        store = load_store(config.path, skeleton)
        return store.select(np.arange(min(config.limit or len(store), len(store))))
    if isinstance(config, Lspet):
        return load_lspet(config.path, config.part, skeleton, config.limit, config.depth)
    if isinstance(config, Exercises):
        return load_exercises(config.path, config.part, skeleton, config.limit, config.depth_weight)
    if isinstance(config, Poses):
        recordings = tuple(config.recordings)
        settings = SyntheticSettings(person_free=0.0, recordings=recordings, cast=load_cast(config.cast))
        return PosesOnly(settings, config.count, config.seed, skeleton)
    if isinstance(config, Empty):
        return EmptyPhotographs(config.folder, config.count, config.seed, config.picture, skeleton)
    return drawn_people(config, painter, skeleton)


def _check_kinds(sources: Iterable[SourceConfig], subject: Subject) -> None:
    """Only a lifter reads poses without pictures, and it reads nothing else."""
    lifts = subject.preset.kind in LIFTERS
    for source in sources:
        if isinstance(source, Poses) != lifts:
            expected = "sources of kind poses" if lifts else "sources with pictures"
            raise InputError(f"Expected {expected} for a {subject.preset.kind} network. Received: kind {source.kind}.")


def _views(source: SourceConfig, config: TrainingConfig, subject: Subject) -> ViewMaker | HeatmapViews:
    preset, geometric = subject.preset, config.augmentation.geometric.build()
    if isinstance(source, Poses):
        errors = _errors(source, subject)
        return HeatmapViews(preset.input_size, subject.grid, subject.skeleton, preset.crop_margin, errors, geometric)
    photometric = config.augmentation.photometric.build()
    return ViewMaker(preset.input_size, subject.grid, subject.skeleton, preset.crop_margin, geometric, photometric)


def _errors(source: Poses, subject: Subject) -> HeatmapErrors:
    if source.heatmap_errors is None:
        return HeatmapErrors.alike(len(subject.skeleton), **MODERATE_ERRORS)
    errors = HeatmapErrors.load(source.heatmap_errors)
    if len(errors.jitter) != len(subject.skeleton):
        raise InputError(
            f"Expected heatmap errors of {len(subject.skeleton)} joints in {source.heatmap_errors}. "
            f"Received: {len(errors.jitter)}."
        )
    return errors


def _heldout(source: SourceConfig, examples: ExampleSet, subject: Subject) -> HeldOutPeople:
    preset = subject.preset
    see = None
    if isinstance(source, Poses):
        views = HeatmapViews(
            preset.input_size, subject.grid, subject.skeleton, preset.crop_margin, _errors(source, subject)
        )

        def see(number, example, crop):
            return views.seen(example, crop, np.random.default_rng([source.seed, number]))

    return HeldOutPeople.of(examples, preset.input_size, preset.crop_margin, subject.grid, see)


def _distinct(names: list[str]) -> list[str]:
    """The names, where one stands twice with its number behind it."""
    return [f"{name}-{names[:i].count(name) + 1}" if name in names[:i] else name for i, name in enumerate(names)]
