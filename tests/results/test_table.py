import numpy as np
import pytest
from hypothesis import given
from made_up import nobodies, poses
from test_pose import make_pose

from voxelpose.results.pose import Pose3D
from voxelpose.results.table import PictureResult, columns_of, table_facts


@given(poses(), nobodies)
def test_every_field_of_a_pose_is_in_its_row_or_in_the_facts(pose, nobody):
    columns = columns_of([PictureResult("a.jpg", (nobody,)), PictureResult("b.jpg", (pose,))], len(pose.skeleton))
    facts = table_facts(pose.skeleton, pose.provenance, 0.5)
    leaves = pose.leaves()
    assert Pose3D.leaf_fields().keys() <= columns.keys() | facts.keys()
    shared = leaves.keys() & facts.keys() - {"skeleton"}
    assert shared == {"model", "weights_sha256", "runtime"} and facts["skeleton"] == pose.skeleton.name
    assert {name: facts[name] for name in shared} == {name: leaves[name] for name in shared}
    for name in leaves.keys() - facts.keys() - {"camera", "image"}:
        value = np.nan if leaves[name] is None else leaves[name]
        kind = columns[name].dtype
        np.testing.assert_array_equal(columns[name][1], np.asarray(value, kind), err_msg=name)
    camera = pose.camera
    rows = np.float32([camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion])
    np.testing.assert_array_equal(columns["camera"][1], rows)
    assert columns["image"].tolist() == ["a.jpg", "b.jpg"] and columns["status"].tolist() == ["nobody", "pose"]
    np.testing.assert_array_equal(columns["box"][0], np.float32(nobody.box))
    assert np.isnan(columns["joints"][0]).all() and np.isnan(columns["camera"][0]).all()


@pytest.mark.parametrize("people, persons", [(0, [0, 0]), (1, [1, 0]), (3, [1, 2, 3, 0])])
def test_people_of_a_picture_are_numbered(people, persons):
    results = [PictureResult("a.jpg", (make_pose(),) * people), PictureResult("b.jpg", failure="Too dark.")]
    columns = columns_of(results, 17)
    assert columns["person"].tolist() == persons
    assert columns["status"].tolist() == [*(["pose"] * people or ["nobody"]), "failed"]
    assert columns["failure"].tolist() == [*[""] * max(people, 1), "Too dark."]
