"""The person of the whole path, and which runtimes take part."""

import cv2
import pytest

from benchmark import path_cases
from benchmark.nelder_mead import minimum
from voxelpose.errors import InputError


def test_the_person_is_256_pixels_high_with_a_margin(tmp_path):
    path, (x, y, width, height) = path_cases.sample_person(tmp_path)
    assert cv2.imread(str(path)).shape == (320, 320, 3)
    assert height == pytest.approx(256) and width == pytest.approx(256 * 265 / 415)
    assert (x, y) == pytest.approx(((320 - width) / 2, 32))


def test_runtimes_that_are_missing_are_left_out_or_named(monkeypatch, tmp_path):
    monkeypatch.setattr("voxelpose.extras.find_spec", lambda module: None)
    monkeypatch.setattr(path_cases, "half_precision", lambda: False)
    told = []
    variants = ["openvino bf16", "onnx", "litert", "tensorflow"]
    assert path_cases.exported_for(variants, False, None, tmp_path, told.append) == ["tensorflow"]
    assert "bfloat16" in told[0] and "tf2onnx" in told[1] and "ai_edge_litert" in told[2]
    with pytest.raises(InputError, match="tf2onnx"):
        path_cases.exported_for(["onnx"], True, None, tmp_path, told.append)


@pytest.mark.parametrize("lowest", [150.0, 2000.0, 7777.7])
def test_nelder_mead_finds_the_lowest_point(lowest):
    assert minimum(lambda x: (x - lowest) ** 2 + abs(x - lowest), 2000.0) == pytest.approx(lowest, abs=2e-3)
