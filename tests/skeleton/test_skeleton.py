import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.skeleton import (
    C2F17,
    COCO17,
    H36M17,
    LSP14,
    MEAN_BONE_LENGTHS_MM,
    MPII16,
    SKELETONS,
    Skeleton,
    convert,
    get_skeleton,
)


def test_h36m17_matches_the_published_parents_and_has_the_right_leg_first():
    assert H36M17.parents == (0, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
    assert H36M17.joints[1:4] == ("right_hip", "right_knee", "right_ankle")
    assert C2F17.joints[1:4] == ("left_hip", "left_knee", "left_ankle")


def test_mirror_of_h36m17_is_the_known_permutation():
    assert H36M17.mirror == (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_every_skeleton_is_a_tree_and_its_mirror_an_involution_that_keeps_bones(skeleton):
    mirror = np.array(skeleton.mirror)
    assert (mirror[mirror] == np.arange(len(skeleton))).all()
    assert len(skeleton.bones) == len(skeleton) - 1
    for joint in range(len(skeleton)):
        steps = 0
        while joint != skeleton.root:
            joint, steps = skeleton.parents[joint], steps + 1
            assert steps < len(skeleton)


def test_joints_outwards_follow_one_limb_to_its_end_before_the_next():
    names = [MPII16.joints[joint] for joint in MPII16.outward]
    assert names[:5] == ["pelvis", "right_hip", "right_knee", "right_ankle", "left_hip"]
    assert sorted(MPII16.outward) == list(range(16))
    assert [H36M17.joints[j] for j in H36M17.children[H36M17.index("thorax")]] == [
        "jaw", "left_shoulder", "right_shoulder",
    ]  # fmt: skip
    for skeleton in SKELETONS.values():
        place = {joint: i for i, joint in enumerate(skeleton.outward)}
        assert all(place[parent] < place[child] for parent, child in skeleton.bones)


def test_a_circle_beside_the_root_is_no_tree():
    with pytest.raises(ValueError, match="from the root to every joint. Received none to: b, c"):
        Skeleton("ring", ("a", "b", "c"), (0, 2, 1))


def test_bone_lengths_of_a_straight_line():
    joints = np.zeros((17, 3))
    joints[1] = [3.0, 4.0, 0.0]
    lengths = H36M17.bone_lengths(joints)
    assert lengths[H36M17.bones.index((0, 1))] == 5.0
    assert lengths[H36M17.bones.index((1, 2))] == 5.0
    assert lengths.sum() == 10.0


def test_conversion_permutes_by_name_between_the_two_17_joint_orders():
    points = np.arange(17 * 2, dtype=float).reshape(17, 2)
    converted, weights = convert(points, np.ones(17), C2F17, H36M17)
    # The authors' joint 4 (0-based) is the right hip, which is joint 1 of the usual order.
    expected = [0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    assert (converted == points[expected]).all() and (weights == 1).all()


def test_lsp_gives_the_limbs_the_head_and_a_pelvis_between_the_hips_and_nothing_else():
    points = np.random.default_rng(0).normal(size=(2, 14, 2))
    converted, weights = convert(points, np.ones((2, 14)), LSP14, H36M17)
    missing = {name for name, w in zip(H36M17.joints, weights[0], strict=True) if w == 0}
    assert missing == {"spine", "thorax", "jaw"}
    assert np.isnan(converted[:, weights[0] == 0]).all()
    assert np.allclose(converted[:, 0], (points[:, 2] + points[:, 3]) / 2)
    assert np.allclose(converted[:, 10], points[:, 13])


def test_a_derived_joint_is_missing_when_one_of_its_parts_is():
    weights = np.ones((14, 3))
    weights[2, 2] = 0
    weights[3] = 0
    _, converted = convert(np.zeros((14, 3)), weights, LSP14, MPII16)
    assert (converted[MPII16.index("pelvis")] == 0).all()
    assert converted[MPII16.index("right_hip")].tolist() == [1, 1, 0]


def test_coco_has_no_head_top_for_mpii():
    _, weights = convert(np.zeros((17, 2)), np.ones(17), COCO17, MPII16)
    assert weights[MPII16.index("head")] == 0 and weights[MPII16.index("left_wrist")] == 1


def test_mean_bone_lengths_cover_every_bone_of_h36m17():
    assert set(MEAN_BONE_LENGTHS_MM) == {H36M17.joints[child] for _, child in H36M17.bones}


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(InputError, match="right_wrist"):
        H36M17.index("rigth_wrist")
    with pytest.raises(InputError, match="h36m17, c2f17, mpii16, lsp14, coco17"):
        get_skeleton("h36m")
