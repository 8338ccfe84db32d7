"""Every configuration in configs/ is sound, and none of its keys is forgotten."""

from pathlib import Path

import pytest
import yaml

from voxelpose.training.config.training_config import load_config, resolved_yaml
from voxelpose.training.setup.trained_network import describe_network

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_configuration_is_read_whole(path):
    config = load_config(path)
    assert config.name == path.stem
    assert describe_network(config.network).architecture.input_size > 0
    assert _kept(yaml.safe_load(path.read_text()), yaml.safe_load(resolved_yaml(config))) == []


def _kept(given, resolved, where="") -> list[str]:
    """Places where what a file says is not what the run takes; YAML reads 1.0e-3 as a number and 1e-3 as text."""
    if isinstance(given, dict):
        return [p for key, value in given.items() for p in _kept(value, resolved[key], f"{where}.{key}")]
    if isinstance(given, list):
        return [p for i, (a, b) in enumerate(zip(given, resolved, strict=True)) for p in _kept(a, b, f"{where}[{i}]")]
    return [] if given == resolved else [where]


def test_there_are_configurations():
    assert {"quickstart", "small", "paper-1-64", "decoupled-image", "decoupled-lifter"} <= {p.stem for p in CONFIGS}
