"""From a run of a suite to its training configuration, its fingerprint and its folder."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voxelpose.errors import InputError
from voxelpose.experiments.suite import Run, Suite
from voxelpose.training.config.training_config import TrainingConfig, load_config

# What changes nothing of what a network becomes, or where it lies.
_NO_MATTER = ("name", "output", "resume", "checkpoint_seconds", "keep_checkpoints", "tensorboard", "wandb")
_GIVEN = re.compile(r"\$(\w+)")


def config_of(
    suite: Suite,
    suite_path: Path,
    run: Run,
    given: Mapping[str, str] | None = None,
    errors: Path | None = None,
    **top: Any,
) -> TrainingConfig:
    """The configuration of a run; raises what `load_config` raises.

    given: paths for the "$NAME"s of the variant; without them they stay as they are. errors: file of the heatmap
    errors for every source of poses. top: keys of the configuration itself (output, resume, ...).
    """
    variant = suite.variants[run.variant]
    base = Path(suite_path).parent / (variant.base or suite.base)
    changes = {key: fill_given(value, given or {}) for key, value in variant.change.items()}
    changes |= {"name": run.name, "seed": run.seed, **top}
    config = load_config(base, [f"{key}={json.dumps(value)}" for key, value in changes.items()])
    return config if errors is None else _with_errors(config, str(errors))


def fingerprint(suite: Suite, suite_path: Path, run: Run) -> str:
    """Hexadecimal SHA-256 of everything that decides a run's result: its configuration, where it starts from and who it
    is measured on; the paths that the command line gives take no part."""
    variant = suite.variants[run.variant]
    config = config_of(suite, suite_path, run).model_dump(mode="json")
    kept = {key: value for key, value in config.items() if key not in _NO_MATTER}
    earlier = None if variant.after is None else fingerprint(suite, suite_path, Run(variant.after, run.seed))
    facts = [kept, variant.recipe, earlier, suite.test.model_dump(), suite.decoders]
    facts += [suite.validation.model_dump()] if variant.after is not None else []
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def folder_name(suite: Suite, suite_path: Path, run: Run) -> str:
    """Name of the folder that a run trains in; a changed configuration trains in another one, from the beginning."""
    return f"{run.name}-{fingerprint(suite, suite_path, run)[:8]}"


def parse_given(pairs: list[str]) -> dict[str, str]:
    """`NAME=PATH` as they stand on a command line; InputError for something else or a path that leads nowhere."""
    given = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not separator or not Path(path).exists():
            raise InputError(f"Expected --given NAME=PATH with a path that exists. Received: {pair}.")
        given[name] = path
    return given


def fill_given(value: Any, given: Mapping[str, str]) -> Any:
    """The value with the paths that are given in place of its "$NAME"s; one that isn't given stays as it is."""
    if isinstance(value, str):
        return _GIVEN.sub(lambda found: given.get(found[1], found[0]), value)
    if isinstance(value, list):
        return [fill_given(part, given) for part in value]
    if isinstance(value, dict):
        return {key: fill_given(part, given) for key, part in value.items()}
    return value


def _with_errors(config: TrainingConfig, errors: str) -> TrainingConfig:
    def changed(source):
        return source.model_copy(update={"heatmap_errors": errors}) if source.kind == "poses" else source

    parts = {part: [changed(source) for source in getattr(config.data, part)] for part in ("train", "heldout")}
    return config.model_copy(update={"data": config.data.model_copy(update=parts)})
