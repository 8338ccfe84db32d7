"""What a twin is given, and that nothing which its process imports leads to TensorFlow. Needs no PyTorch."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmark import handover
from benchmark.process import TOOLS
from voxelpose.networks.presets import get_preset
from voxelpose.networks.volumetric import VolumetricHourglass

ROOTS = {"benchmark": TOOLS, "voxelpose": TOOLS.parent}
TINY = {"joints": 2, "input_size": 16, "family": "uniform", "width": 8, "levels": 1, "modules": 1, "depths": (1, 2)}


def file_of(module: str) -> Path | None:
    """The file of a module of the project; None for other packages and for names within a module."""
    root = ROOTS.get(module.partition(".")[0])
    place = root and root.joinpath(*module.split("."))
    found = [path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()] if place else []
    return found[0] if found else None


def imported(module: str) -> Iterator[str]:
    """Every module that one names in an import, deferred ones and those for types included, and its own packages."""
    for node in ast.walk(ast.parse(file_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module
            yield from (name for a in node.names if file_of(name := f"{node.module}.{a.name}"))
    parts = module.split(".")
    yield from (".".join(parts[:n]) for n in range(1, len(parts)))


def reached(start: set[str]) -> set[str]:
    """The modules that `start` leads to; other packages by their first name."""
    found, waiting = set(), set(start)
    while waiting:
        module = waiting.pop()
        if file_of(module) is None:
            found.add(module.partition(".")[0])
            continue
        found.add(module)
        waiting |= set(imported(module)) - found
    return found


def modules_of(folder: str) -> set[str]:
    names = {path.relative_to(TOOLS).with_suffix("") for path in (TOOLS / folder).rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__") for name in names}


def test_the_process_of_a_twin_imports_numpy_and_torch_alone():
    twins = modules_of("benchmark/twins")
    assert "benchmark.twins.networks" in twins
    found = reached({*twins, "benchmark.process"})
    assert {"benchmark.inputs", "voxelpose.memory"} < found  # it looked further than the folder
    others = {name.partition(".")[0] for name in found} - set(sys.stdlib_module_names)
    assert others == {"benchmark", "voxelpose", "numpy", "torch"}


def test_only_the_twins_import_torch_and_nothing_imports_the_twins():
    for module in modules_of("benchmark") - modules_of("benchmark/twins"):
        named = set(imported(module))
        assert not any(name.split(".")[0] == "torch" or name.startswith("benchmark.twins") for name in named), module


def test_the_benchmark_has_no_circle():
    own = modules_of("benchmark")
    for module in own - {"benchmark", "benchmark.twins"}:
        assert module not in reached(set(imported(module)) & own - {"benchmark", "benchmark.twins"}), module


def test_a_walk_over_imports_finds_what_is_deferred():
    assert {"tensorflow", "keras"} <= reached({"benchmark.cases"})


def test_a_network_is_described_with_the_numbers_that_its_family_fills_in():
    facts = handover.describe(get_preset("small").architecture.arguments)
    network = facts["network"]
    assert (facts["input_size"], network["paper"], network["levels"], network["modules"]) == (128, False, 2, 1)
    assert (network["joints"], network["depths"], network["width"], network["presence"]) == (17, [1, 16], 96, True)
    stem = network["stem"]
    assert (stem["kind"], stem["filters"], len(stem["groups"])) == ("lite0", 32, 6)
    assert stem["groups"][1] == {"kernel": 3, "strides": 2, "expansion": 6, "filters": 24, "repeats": 2}
    assert json.loads(json.dumps(facts)) == facts


def test_the_published_networks_have_stems_of_their_own():
    paper = handover.describe(get_preset("paper-1-64").architecture.arguments)["network"]
    uniform = handover.describe(get_preset("uniform-1-64").architecture.arguments)["network"]
    assert paper["paper"] and paper["stem"] == {"kind": "hourglass", "modules": 2}
    assert not uniform["paper"] and uniform["stem"] == {"kind": "hourglass", "modules": 1}
    base = handover.describe(get_preset("base").architecture.arguments)["network"]["stem"]
    assert (base["kind"], base["pyramid"]) == ("blazepose", 48)
    assert base["convolutions"][0]["filters"] == 24 and not base["convolutions"][0]["depthwise"]


def test_what_is_not_written_in_torch_is_refused():
    with pytest.raises(ValueError, match="Received: upsample=True"):
        handover.describe({**TINY, "upsample": True})


def test_losses_are_described_by_numbers():
    gaussian = handover.describe_loss("gaussian", [1, 64])
    assert gaussian == {"presence": 0.05, "gaussian": {"volume_1": [2.0, 0.5], "volume_2": [2.0, 2.0]}}
    integral = handover.describe_loss("integral", [16])
    assert integral == {"presence": 0.05, "integral": {"distance": 1.0, "likelihood": 0.05, "sigma": 1.0}}


def test_the_file_holds_every_array_of_the_network(tmp_path):
    model = VolumetricHourglass(**TINY)
    handover.write_twin(tmp_path / "twin.npz", TINY, handover.weights_of(model), "gaussian")
    with np.load(tmp_path / "twin.npz", allow_pickle=False) as archive:
        facts = json.loads(str(archive["facts"]))
        arrays = {name: archive[name] for name in archive.files if name != "facts"}
    assert facts["loss"]["gaussian"].keys() == {"volume_1", "volume_2"}
    assert len(arrays) == len(model.weights)
    kernel, bias = model.get_layer("volume_2").get_weights()
    assert (arrays["volume_2/0"] == kernel).all() and (arrays["volume_2/1"] == bias).all()
