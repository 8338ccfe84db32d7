"""Files that were written before results had parts; version_1/ holds them as `voxelpose infer` wrote them then.

walking.pose.json: the sample photograph; empty.pose.json: a grey picture; walk: three frames, the second without the
person; table.npz: photograph and grey picture. The expected numbers were printed by the code that wrote the files.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from voxelpose.formats.files import read_sequence
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.reading import read_result
from voxelpose.results.sequence import PoseSequence
from voxelpose.results.stored_volumes import StoredVolumes, save_volumes
from voxelpose.results.table import PictureResult, columns_of, table_facts

OLD = Path(__file__).parent / "version_1"
SMALL = "9816a04f11e4e81fc5d0a291b295314c070a2b662caaf19f176e5423ab1020b3"
CAMERA = Camera(691.5535657096198, 691.5535657096198, 359.5, 266.5, 720, 534)


def test_a_pose_is_read():
    pose = Pose3D.load(OLD / "walking.pose.json")
    expected = [
        [5.205870200332353, -94.20029282362114, 3116.22507368707],
        [-155.88567389731912, 731.6293249823868, 3120.0260943190087],
        [-415.617736707368, -147.33703062871484, 3131.399106633558],
    ]
    np.testing.assert_array_equal(pose.joints[[0, 3, 16]], expected)
    assert pose.joint_names[16] == "right_wrist" and pose.covariance[16, 2, 2] == 38283.962260342436
    assert pose.confidence[[0, 10]].tolist() == [0.8631360530853271, 0.5556125640869141]
    assert not pose.outside_crop.any() and pose.presence == 0.9991521402433611
    assert pose.box == (246.5861851186412, 52.759631124862125, 206.34070575324756, 393.7000240330152)
    assert (pose.root_depth, pose.root_depth_std) == (3117.189526269577, 355.545698518036)
    assert pose.depth_axis.tolist() == [-0.014805942433217662, -0.02513609387363094, 0.9995743898547221]
    assert (pose.model, pose.weights_sha256, pose.runtime) == ("small", SMALL, None)
    assert (pose.image, pose.image_size, pose.camera) == ("/photos/pics/walking.jpg", (720, 534), CAMERA)
    assert pose.box_source == "found by the network" and pose.camera_source == "assumed field of view 55 degrees"
    assert pose.root_depth_source == "mean limb lengths"


def test_its_volumes_still_know_it(tmp_path):
    # As it stood in the header of the volumes stored with this pose.
    expected = "841b07ae3797fda2a1707af684df20a143064cc34f38a19c37d469e6716d3465"
    pose = Pose3D.load(OLD / "walking.pose.json")
    volume, image = np.full((2, 2, 17, 2), 0.125, np.float32), np.zeros((4, 4, 3), np.uint8)
    stored = StoredVolumes((volume,), Crop.from_box(pose.box, 4), VoxelGrid(2, 2, 2), image)
    for one, same in ((pose, True), (pose.replace(runtime="onnx"), True), (pose.replace(root_depth=3117.0), False)):
        save_volumes(tmp_path / "a.volumes.npz", one, stored)
        with np.load(tmp_path / "a.volumes.npz") as content:
            assert (json.loads(content["header"].tobytes())["pose_sha256"] == expected) is same


def test_nobody_is_read():
    nobody = Nobody.load(OLD / "empty.pose.json")
    assert (nobody.presence, nobody.threshold) == (0.0009866590060692824, 0.5)
    assert nobody.box == (66.48468602445737, 2.9062280058860774, 27.030634694833623, 102.340434640646)
    assert (nobody.model, nobody.weights_sha256, nobody.box_source) == ("small", SMALL, "found by the network")
    assert (nobody.image, nobody.image_size) == ("/photos/pics/empty.png", (160, 120))
    assert nobody.runtime is nobody.camera_source is nobody.root_depth_source is None


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_a_sequence_is_read(ending):
    walk = PoseSequence.load(OLD / f"walk.{ending}")
    assert walk.present.tolist() == [True, False, True] and walk.times.tolist() == [0.0, 0.04, 0.08]
    assert walk.presence.tolist() == [0.9992126720975741, 0.0010131259619077877, 0.9993822848557957]
    assert walk.joints[2, 16].tolist() == [-471.6554618830253, -144.4563675972646, 3169.6501747408925]
    np.testing.assert_array_equal(walk.root_depth, [3169.990702050478, np.nan, 3165.46013430229])
    assert walk.joints[[0, 2]].sum() == pytest.approx(100388.16964835188, rel=1e-14)
    assert walk.covariance[[0, 2]].sum() == pytest.approx(1252276.2273130314, rel=1e-14)
    assert walk.box_source == "found by the network; last frame's joints" and walk.runtime is None
    assert walk.smoothing == "savitzky-golay, 9 frames, degree 2"
    assert (walk.fps, walk.track, walk.source, walk.camera) == (25.0, 1, "/photos/clip.mp4", CAMERA)
    assert walk.up == (0.0, -1.0, 0.0) and walk.image_size == (720, 534)


@pytest.mark.parametrize("name", ["walking.pose.json", "empty.pose.json", "walk.npz", "walk.json"])
def test_written_again_it_is_a_file_of_today_with_the_same_values(name, tmp_path):
    old = read_result(OLD / name)
    old.save(tmp_path / name)
    new = read_result(tmp_path / name)
    for leaf, value in old.leaves().items():
        np.testing.assert_array_equal(new.leaves()[leaf], value, err_msg=leaf)
    if name == "walking.pose.json":
        written, before = (json.loads((folder / name).read_text()) for folder in (tmp_path, OLD))
        assert written == before | {"schema_version": 2, "runtime": None}


def test_other_programs_formats_read_them(tmp_path):
    assert len(read_sequence(OLD / "walk.json")) == len(read_sequence(OLD / "walk.npz")) == 3
    shutil.copy(OLD / "walking.pose.json", tmp_path / "a.json")
    assert read_sequence(tmp_path / "a.json").joints[0, 0, 0] == 5.205870200332353


def test_a_table_of_today_has_the_same_columns_and_values():
    with np.load(OLD / "table.npz") as content:
        before = dict(content)
    facts = json.loads(str(before.pop("facts")))
    nobody, pose = Nobody.load(OLD / "empty.pose.json"), Pose3D.load(OLD / "walking.pose.json")
    rows = columns_of([PictureResult("pics/empty.png", (nobody,)), PictureResult("pics/walking.jpg", (pose,))], 17)
    assert rows.keys() == before.keys()
    for name, column in before.items():
        assert rows[name].dtype == column.dtype and rows[name].shape == column.shape, name
        if column.dtype.kind in "fi":
            # Threads shared the processor otherwise then: the last digits of a network's outputs vary.
            np.testing.assert_allclose(rows[name], column, rtol=1e-3, atol=1e-3, err_msg=name)
        else:
            np.testing.assert_array_equal(rows[name], column, err_msg=name)
    assert table_facts(pose.skeleton, pose.provenance, 0.5) == facts | {"runtime": None}
