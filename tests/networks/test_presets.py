"""The table of presets: names, geometry, and the answer to a wrong name."""

import pytest

from voxelpose.errors import InputError
from voxelpose.geometry.grid import PAPER_FAR_MM, PAPER_NEAR_MM
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, get_preset
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.skeleton import get_skeleton


def test_every_preset_names_a_skeleton_and_a_depth_range_with_the_root_inside():
    for preset in PRESETS.values():
        assert len(get_skeleton(preset.skeleton)) == preset.joints
        assert preset.near_mm < 0 < preset.far_mm
        assert len(preset.covariance_scale) == 3
    assert DEFAULT_PRESET in PRESETS


def test_published_presets_see_the_published_range_and_read_peaks_as_peaks():
    preset = get_preset("paper-1-64")
    assert (preset.near_mm, preset.far_mm) == (PAPER_NEAR_MM, PAPER_FAR_MM) == (-1005.1859, 980.8599)
    # A volume trained towards peaks of height 1 is no distribution at temperature 1: 64^3 cells outweigh e = 2.7.
    assert 30 <= preset.temperature <= 50


@pytest.mark.parametrize("name, nearest", [("paper-1-46", "paper-1-64"), ("smal", "small"), ("zzz", "uniform-1-64")])
def test_a_wrong_name_is_answered_with_the_nearest(name, nearest):
    with pytest.raises(InputError, match=f"no preset '{name}'.*{nearest}"):
        get_preset(name)


def test_a_preset_without_weights_says_so():
    with pytest.raises(InputError, match="No weights ship for the preset 'paper-64'"):
        VolumetricHourglass.from_preset("paper-64")
