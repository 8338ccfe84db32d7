"""The table of presets: names, geometry, and the answer to a wrong name."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from voxelpose.errors import InputError
from voxelpose.geometry.grid import PAPER_FAR_MM, PAPER_NEAR_MM
from voxelpose.networks.preset_facts import from_facts, replaced, to_facts
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, Calibration, NetworkInput, get_preset
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.skeleton import get_skeleton


def test_every_preset_names_a_skeleton_and_a_depth_range_with_the_root_inside():
    for preset in PRESETS.values():
        assert len(get_skeleton(preset.input.skeleton)) == preset.architecture.joints
        assert preset.input.near_mm < 0 < preset.input.far_mm
    assert DEFAULT_PRESET in PRESETS


def test_published_presets_see_the_published_range_and_read_peaks_as_peaks():
    preset = get_preset("paper-1-64")
    assert (preset.input.near_mm, preset.input.far_mm) == (PAPER_NEAR_MM, PAPER_FAR_MM) == (-1005.1859, 980.8599)
    assert 30 <= preset.calibration.temperature <= 50


def test_no_preset_has_the_calibration_of_the_weights_that_ship_for_it():
    fresh = {name: preset.calibration for name, preset in PRESETS.items() if not preset.card.published}
    assert fresh.keys() >= {"tiny", "small", "base", "decoupled"} and set(fresh.values()) == {Calibration()}
    assert Calibration() == Calibration(1.0, (1.0, 1.0, 1.0))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_preset_comes_back_from_json(preset):
    changed = replace(preset, calibration=Calibration(1.5, (0.5, 0.25, 2.0)), input=NetworkInput("h36m17", -9, 8, 7))
    facts = json.loads(json.dumps({"preset": to_facts(changed), "step": 3}))
    assert from_facts(facts, "a file") == replace(changed, card=replace(preset.card, weights=None))
    assert replaced(facts, preset) == {"step": 3, "preset": to_facts(preset)}


def test_old_facts_give_way_to_new_ones():
    flat = {"name": "a", "kind": "lifter", "architecture": {"side": 8}, "parameters": 1, "gmac": 2.0, "near_mm": -5.0}
    flat |= {"step": 3, "run": "b", "weights": None, "temperature": 3.0}
    preset = from_facts(flat, "a file")
    assert (preset.architecture.kind, preset.input.near_mm, preset.calibration.temperature) == ("lifter", -5.0, 3.0)
    assert replaced(flat, preset) == {"step": 3, "run": "b", "preset": to_facts(preset)}


def test_presets_need_no_keras():
    code = (
        "import sys, voxelpose.networks.presets, voxelpose.networks.preset_facts, voxelpose.networks.build;"
        "heavy = {'tensorflow', 'keras'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name, nearest", [("paper-1-46", "paper-1-64"), ("smal", "small"), ("zzz", "uniform-1-64")])
def test_a_wrong_name_is_answered_with_the_nearest(name, nearest):
    with pytest.raises(InputError, match=f"no preset '{name}'.*{nearest}"):
        get_preset(name)


def test_a_preset_without_weights_says_so():
    with pytest.raises(InputError, match="No weights ship for the preset 'paper-64'"):
        VolumetricHourglass.from_preset("paper-64")
