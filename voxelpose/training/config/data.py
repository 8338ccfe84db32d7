"""What a run learns from and is measured on, as typed values."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from voxelpose.settings.sections import Count, Positive, Section

# Whose bodies and poses may appear.
CastOf = Literal["people-v1/train", "people-v1/validation"]


class Drawn(Section):
    """People drawn on demand; a pool of them is drawn once into `folder` and found there by later runs.

    share: how many of a batch's examples, relative to the other sources; weight: how much each of them counts.
    With `first`, training begins when so many are drawn and takes in the others as they come.
    cast: "people-v1/train" draws only with bodies, clusters of poses and patterns of cloth that the other parts of that
    benchmark don't have; by default with all, those of its test part among them. Recordings are not divided.
    """

    kind: Literal["synthetic"]
    count: Count
    first: Count | None = None
    seed: Annotated[int, Field(ge=0, strict=True)] = 0
    folder: str
    share: Positive = 1.0
    weight: Positive = 1.0
    labels: Literal["all", "2d"] = "all"
    picture: Annotated[int, Field(ge=64, le=1024, strict=True)] = 160
    backgrounds: str | None = None
    garments: str | None = None
    recordings: list[str] = []
    cast: CastOf | None = None
    processes: Count = 2


class Benchmark(Section):
    """A part of a benchmark that ships, or the first `count` of it, drawn as `Drawn` is; see `synthetic.benchmarks`."""

    kind: Literal["benchmark"]
    benchmark: Literal["people-v1"] = "people-v1"
    part: Literal["train", "validation", "test"] = "train"
    count: Count
    first: Count | None = None
    folder: str
    share: Positive = 1.0
    weight: Positive = 1.0
    labels: Literal["all", "2d"] = "all"
    processes: Count = 2


class Stored(Section):
    """People of a store that `voxelpose prepare` made; they stay on disk and are read one by one.

    labels: "2d" hides depth and camera. A store of a part that is held out (LSPET's) is never trained on, and one with
    taught depth never measured on.
    """

    kind: Literal["store"]
    path: str
    limit: Count | None = None
    labels: Literal["all", "2d"] = "all"
    share: Positive = 1.0
    weight: Positive = 1.0


class Poses(Section):
    """Poses before cameras without pictures, for a lifter: drawn ones, or half of them recorded.

    heatmap_errors: a file of `voxelpose decoupled errors`; without one, errors of a moderate network.
    cast: "people-v1/train" takes the bodies and poses of that part of a benchmark, so that those of its other parts
    stay unseen.
    """

    kind: Literal["poses"]
    count: Count
    seed: Annotated[int, Field(ge=0, strict=True)] = 0
    recordings: list[str] = []
    heatmap_errors: str | None = None
    cast: CastOf | None = None
    share: Positive = 1.0
    weight: Positive = 1.0


class Empty(Section):
    """Photographs in which nobody is: a presence output that has seen none takes every photograph for a person."""

    kind: Literal["empty"]
    folder: str
    count: Count = 10_000
    seed: Annotated[int, Field(ge=0, strict=True)] = 0
    picture: Annotated[int, Field(ge=64, le=1024, strict=True)] = 160
    share: Positive = 1.0
    weight: Positive = 1.0


def _refuse_lspet(source: Any) -> Any:
    """What to do with a source as configurations had it before LSPET became a store like all others."""
    if isinstance(source, dict) and source.get("kind") == "lspet":
        part = "heldout" if source.get("part") == "heldout" else "train"
        depth = f" --option depth={source['depth']}" if source.get("depth") else ""
        raise ValueError(
            "kind: lspet is a store now: make one of "
            f"{source.get('path', 'the .npz')} with `voxelpose prepare lspet-packed FOLDER STORE --part {part} "
            f"--option file=NAME{depth}` and write kind: store, path: STORE"
        )
    return source


Pool = Drawn | Benchmark
SourceConfig = Annotated[
    Drawn | Benchmark | Stored | Poses | Empty, Field(discriminator="kind"), BeforeValidator(_refuse_lspet)
]


class Data(Section):
    """What is learned from and what it is measured on; the first held-out set decides which weights are best.

    depth_labels: "refused" ends a run that meets a training example with a picture and depth labels: the proof that a
    decoupled network has seen none.
    """

    train: Annotated[list[SourceConfig], Field(min_length=1)]
    heldout: Annotated[list[SourceConfig], Field(min_length=1)]
    workers: Count = 2
    depth_labels: Literal["allowed", "refused"] = "allowed"

    @model_validator(mode="after")
    def _apart(self):
        if any(isinstance(source, Empty) for source in self.heldout):
            raise ValueError("a held-out source is measured on and should show people; kind: empty shows nobody")
        if any(isinstance(source, Pool) and source.first is not None for source in self.heldout):
            raise ValueError("a held-out source is measured on as a whole and takes no `first`")
        if any(isinstance(source, Benchmark) and source.part != "train" for source in self.train):
            raise ValueError("a benchmark under train should say part: train; its other parts are never trained on")
        if any(isinstance(source, Benchmark) and source.part == "train" for source in self.heldout):
            raise ValueError("a benchmark under heldout should say part: validation or test")
        drawn = (Drawn, Poses)
        seeds = [{s.seed for s in part if isinstance(s, drawn)} for part in (self.train, self.heldout)]
        if seeds[0] & seeds[1]:
            raise ValueError(f"train and heldout draw the same people: both have seed {min(seeds[0] & seeds[1])}")
        paths = [{Path(s.path).resolve() for s in part if isinstance(s, Stored)} for part in (self.train, self.heldout)]
        if paths[0] & paths[1]:
            raise ValueError(f"train and heldout read the same store: {min(paths[0] & paths[1])}")
        return self
