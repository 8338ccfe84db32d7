"""What ships beside a preset's weights starts without TensorFlow and belongs to these very weights."""

import subprocess
import sys
from dataclasses import replace

import pytest

from voxelpose.assets import verified_asset
from voxelpose.files import sha256
from voxelpose.inference.runtime.loading import exported_beside, load_network, preset_in
from voxelpose.inference.runtime.runtimes import open_file
from voxelpose.networks.preset_facts import from_facts
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, Calibration, get_preset

SHIPPED = [preset for preset in PRESETS.values() if preset.card.weights is not None]


@pytest.mark.skipif(not SHIPPED, reason="no preset ships weights")
def test_every_shipped_network_has_its_exported_form():
    pytest.importorskip("onnxruntime")
    for preset in SHIPPED:
        weights = verified_asset(preset.card.weights)
        found = [path for path in exported_beside(weights, "onnx") if path.is_file()]
        assert found, f"write it: voxelpose export onnx:float16 --weights {weights} --out {weights.parent}"
        description = open_file("onnx", found[0]).description
        assert description["weights_sha256"] == sha256(weights), f"{found[0]} is of other weights: export it again"
        assert from_facts(description, found[0]).calibration == preset_in(weights).calibration


@pytest.mark.parametrize(
    ("name", "temperature", "scale"),
    [
        ("small", 2.07, (0.372, 0.35, 0.964)),
        ("base", 2.07, (0.315, 0.326, 1.06)),
        ("decoupled", 1.44, (0.348, 0.31, 1.03)),
    ],
)
def test_shipped_weights_are_read_by_the_calibration_in_their_file(name, temperature, scale):
    expected = replace(get_preset(name), calibration=Calibration(temperature, scale))
    for runtime in ("onnx", "tensorflow"):
        assert load_network(name, runtime=runtime).preset == expected


@pytest.mark.skipif(PRESETS[DEFAULT_PRESET].card.weights is None, reason="the default preset ships no weights")
def test_the_default_network_gives_a_pose_without_tensorflow():
    pytest.importorskip("onnxruntime")
    code = (
        "import sys, numpy; from voxelpose import PoseEstimator;"
        "e = PoseEstimator.from_preset(runtime='onnx', min_presence=0);"
        "pose = e(numpy.zeros((64, 64, 3), numpy.uint8), (0, 0, 64, 64));"
        "assert pose.joints.shape == (len(pose.skeleton), 3);"
        "heavy = {'tensorflow', 'keras'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
