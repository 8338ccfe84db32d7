"""Files for other programs out of `voxelpose infer`, and what its newer options refuse."""

import json

import numpy as np
import pytest

from voxelpose.commands.infer import main
from voxelpose.commands.shared.entry import run
from voxelpose.commands.shared.options import parse_limbs
from voxelpose.errors import InputError
from voxelpose.results.pose import Pose3D


def test_a_picture_also_in_formats_of_other_programs(blobs, photo, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = [
        "--box",
        "10,5,40,50",
        "--out",
        str(out),
        "--format",
        "bvh,csv",
        "--pitch",
        "20",
        "--root-depth",
        "3000",
    ]
    assert run(main, [str(photo("somebody.jpg")), *arguments]) == 0
    assert {"somebody.bvh", "somebody.bvh.json", "somebody.csv"} <= {path.name for path in out.iterdir()}
    facts = json.loads((out / "somebody.bvh.json").read_text())
    np.testing.assert_allclose(facts["up_in_the_camera_frame"], [0, -np.cos(np.pi / 9), -np.sin(np.pi / 9)])
    assert "looks down by 20" in facts["up_source"]
    pose = Pose3D.load(out / "somebody.pose.json")
    assert pose.root_depth == 3000.0 and pose.root_depth_source == "given" and pose.root_depth_std is None
    assert "constant-length skeleton fitted" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (
            ["a.png", "--format", "bvh,fbx"],
            "ends in .json, .npz, .csv, .bvh, .trc, .c3d, .glb, .gltf. Received: FILE.fbx",
        ),
        (["a.png", "--gravity", "0,0,1", "--pitch", "3"], "Received: both"),
        (["a.png", "--root-depth", "-5"], "root depth above 0 mm"),
        (["a.png", "--results", "r.npz", "--format", "csv"], "Expected --results or --format"),
    ],
)
def test_bad_options_end_in_one_sentence(blobs, photo, tmp_path, monkeypatch, capsys, arguments, told):
    photo("a.png")
    monkeypatch.chdir(tmp_path)
    assert run(main, arguments) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_limbs_from_text():
    assert parse_limbs("right_knee=450, left_knee=455.5") == {"right_knee": 450.0, "left_knee": 455.5}
    for text in ("right_knee", "right_knee=long", "a=1=2", ""):
        with pytest.raises(InputError, match="NAME=MM,NAME=MM"):
            parse_limbs(text)
