"""What holds for every result: each field is written, read back the same, and explained."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, is_dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from made_up import nobodies, poses, sequences
from test_pose import make_pose

from voxelpose.errors import InputError
from voxelpose.results.fields import Positive
from voxelpose.results.nobody import Nobody
from voxelpose.results.parts import HasProvenance, Provenance
from voxelpose.results.pose import Pose3D
from voxelpose.results.reading import read_result
from voxelpose.results.schema import Result
from voxelpose.results.sequence import PoseSequence


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


def assert_same(one, two):
    assert type(one) is type(two)
    assert one.leaves().keys() == two.leaves().keys()
    for name, value in one.leaves().items():
        other = two.leaves()[name]
        if isinstance(value, np.ndarray):
            assert value.dtype == other.dtype, name
            np.testing.assert_array_equal(value, other, err_msg=name)
        else:
            assert value == other and type(value) is type(other), name


def keys_of(path):
    """The keys of a file, those of its facts among them."""
    if path.suffix == ".npz":
        with np.load(path) as content:
            return set(content) | set(json.loads(str(content["facts"])))
    content = json.loads(path.read_text(encoding="utf-8"))
    return set(content) | set(content.get("facts", {}))


def assert_kept(result, path):
    result.save(path)
    assert type(result).leaf_fields().keys() <= keys_of(path)
    assert_same(type(result).load(path), result)
    assert_same(read_result(path), result)


@given(poses())
def test_any_pose_is_read_back_as_it_was(folder, pose):
    assert_kept(pose, folder / "a.pose.json")


@given(nobodies)
def test_any_nobody_is_read_back_as_it_was(folder, nobody):
    assert_kept(nobody, folder / "b.pose.json")
    assert not nobody


@given(sequences())
def test_any_sequence_is_read_back_as_it_was_from_both_kinds_of_file(folder, sequence):
    for ending in ("npz", "json"):
        assert_kept(sequence, folder / f"c.{ending}")


@given(sequences())
def test_the_frames_of_any_sequence_make_it_again(sequence):
    frames = [sequence.pose(t) for t in range(len(sequence))]
    if not any(frames):
        return
    facts = {name: getattr(sequence, name) for name in ("track", "source", "smoothing", "up", "up_source")}
    again = PoseSequence.from_poses(frames, sequence.times, sequence.fps, **facts)
    present = sequence.present
    np.testing.assert_array_equal(again.presence[present], sequence.presence[present])
    assert np.isnan(again.presence[~present]).all()
    assert_same(again.replace(presence=sequence.presence), sequence)


@pytest.mark.parametrize("kind", [Pose3D, Nobody, PoseSequence])
def test_every_field_is_explained(kind):
    parts = [*kind.parts().values()]
    explained = " ".join(one.__doc__ for one in (kind, *parts))
    for name in kind.leaf_fields():
        assert re.search(rf"\b{name}\b", explained), name


@pytest.mark.parametrize("kind", [Pose3D, Nobody, PoseSequence])
def test_leaves_of_parts_are_attributes(kind):
    for part in kind.parts().values():
        for name in part.leaf_fields():
            assert isinstance(getattr(kind, name), property) and getattr(kind, name).__doc__, name


@pytest.mark.parametrize("kind", [Pose3D, Nobody, PoseSequence])
def test_names_of_leaves_are_unique(kind):
    leaves = [leaf for part in kind.parts().values() for leaf in part.leaf_fields()]
    leaves += [name for name in kind.model_fields if name not in kind.parts()]
    assert len(leaves) == len(set(leaves)) == len(kind.leaf_fields())


class Height(HasProvenance, Result):
    """A kind of result that is not in the package, made of its parts."""

    SCHEMA: ClassVar[str] = "test.height"
    height: Positive
    provenance: Provenance


def test_another_kind_of_result_shares_the_parts():
    pose = make_pose()
    height = Height(height=1.8, provenance=pose.provenance)
    assert height.model == pose.model and height.provenance is pose.provenance
    assert height.leaves().keys() == {"height", *Provenance.model_fields}
    content = height.header() | height.leaves()
    assert_same(Height(**Height.checked(content, Height.leaf_fields())), height)
    with pytest.raises(InputError, match="Expected height to be greater than 0. Received: -1"):
        height.replace(height=-1)


def test_a_leaf_is_replaced_in_its_part():
    pose = make_pose()
    changed = pose.replace(model="other", joints=pose.joints + 1, confidence=np.zeros(len(pose.skeleton)))
    assert changed.provenance.model == "other" and changed.box_source == pose.box_source
    np.testing.assert_array_equal(changed.joints, pose.joints + 1)
    assert not changed.uncertainty.confidence.any()
    np.testing.assert_array_equal(changed.covariance, pose.covariance)


def test_everything_in_a_file_is_plain():
    pose = make_pose()

    def check(value):
        assert isinstance(value, (str, int, float, list, dict, type(None))) and not is_dataclass(value)
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(one)

    check(pose.to_dict())
    assert pose.to_dict()["camera"] == json.loads(json.dumps(asdict(pose.camera)))


def test_arrays_are_copies_unless_they_cannot_change():
    joints = np.zeros((1, 3))
    pose = Pose3D.from_dict(ONE_JOINT).replace(joints=joints)
    joints[0, 0] = 5
    assert pose.joints[0, 0] == 0
    assert np.shares_memory(pose.replace(model="other").joints, pose.joints)


def test_importing_the_package_pays_for_no_pydantic_and_results_for_no_network():
    code = (
        "import sys, voxelpose; assert 'pydantic' not in sys.modules;"
        "import voxelpose.results.reading, voxelpose.results.table; assert 'cv2' not in sys.modules;"
        "import voxelpose.results.stored_volumes;"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'yaml', 'pyarrow'} & set(sys.modules); assert not heavy, heavy;"
        "others = [m for m in sys.modules if m.startswith(('voxelpose.inference', 'voxelpose.networks'))];"
        "assert not others, others"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


ONE_JOINT = Pose3D(
    skeleton={"name": "dot", "joints": ["base"], "parents": [0]}, joints=[[0, 0, 5]], joints_2d=[[1, 2]],
    covariance=np.eye(3)[None], confidence=[1], outside_crop=[False], presence=None, box=(0, 0, 1, 1),
    camera={"fx": 1, "fy": 1, "cx": 0, "cy": 0, "width": 4, "height": 3, "distortion": [0, 0, 0, 0, 0]},
    root_depth=5, root_depth_std=None, depth_axis=[0, 0, 1], model="m", weights_sha256=None, box_source="given",
    camera_source="given", root_depth_source="given", image=None, image_size=(4, 3),
).to_dict()  # fmt: skip
