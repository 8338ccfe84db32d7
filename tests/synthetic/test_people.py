from dataclasses import replace

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.geometry import Crop
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.people import draw_person
from voxelpose.synthetic.scene_sampling import cast_of, label, labels_of, stage
from voxelpose.synthetic.settings import SyntheticSettings


def same(one, other) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("image", "joints", "weights", "present", "camera")
    )


def test_a_picture_is_a_function_of_seed_and_number(small):
    forwards = [draw_person(5, number, small) for number in range(3)]
    backwards = [draw_person(5, number, small) for number in (2, 1, 0)][::-1]
    assert all(same(a, b) for a, b in zip(forwards, backwards, strict=True))
    assert not np.array_equal(forwards[0].image, forwards[1].image)
    assert not np.array_equal(forwards[0].image, draw_person(6, 0, small).image)


def test_labels_without_pixels_are_those_of_the_picture(small):
    for number in range(4):
        drawn, told = draw_person(7, number, small), label(7, number, small)
        assert np.array_equal(drawn.joints, told.joints) and np.array_equal(drawn.weights, told.weights)
        assert drawn.camera == told.camera and drawn.present == told.present


def test_what_only_changes_pixels_leaves_labels_alone(small, tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "wall.png"), np.full((80, 80, 3), 90, np.uint8))
    other = replace(small, backgrounds=str(tmp_path))
    assert np.array_equal(label(8, 1, small).joints, label(8, 1, other).joints)


def test_joints_in_3d_project_onto_their_labels(small):
    for number in range(20):
        staged = stage(9, number, small)
        told, joints = labels_of(staged), staged.person.frame.joints
        its = told.camera
        fx, fy, cx, cy, root_depth = its.fx, its.fy, its.cx, its.cy, its.root_depth_mm
        # By hand, not by Camera: x, y of the pinhole; z along the ray through the middle of the picture.
        pixels = joints[:, :2] / joints[:, 2:] * (fx, fy) + (cx, cy)
        middle = np.array([(31.5 - cx) / fx, (31.5 - cy) / fy, 1.0])
        depth = joints @ middle / np.linalg.norm(middle)
        assert np.allclose(told.joints[:, :2], pixels, atol=2e-3)
        assert np.allclose(told.joints[:, 2], depth - depth[0], atol=0.05)
        assert np.isclose(root_depth, depth[0], rtol=1e-5)
        assert told.joints[H36M17.root, 2] == 0


def test_joints_in_3d_come_back_from_labels(small):
    from voxelpose.geometry import VoxelGrid

    staged = stage(9, 3, small)
    told, size = labels_of(staged), small.picture
    camera = told.camera.of_size(size)
    crop = Crop(np.eye(2, 3), size).facing(camera)
    grid = VoxelGrid(64, 64, 64, -1500.0, 1500.0)
    fractions = np.column_stack([crop.to_fractions(told.joints[:, :2]), grid.depth_to_fraction(told.joints[:, 2])])
    back = grid.reconstruct(fractions, told.camera.root_depth_mm, camera, crop)
    assert np.abs(back - staged.person.frame.joints).max() < 0.5


def test_limbs_are_drawn_where_the_labels_say():
    # The figure differs from its background: erase the person and compare around the joints.
    settings = SyntheticSettings(picture=96, person_free=0, occluded=0, truncated=0, accompanied=0)
    near, elsewhere = [], []
    rows, columns = np.mgrid[:96, :96]
    for number in range(6):
        staged = stage(10, number, settings)
        bank, _ = cast_of(settings)
        surface = bank.body(staged.person.identity).posed(staged.person.frame).vertices[bank.visible]
        pixels = staged.camera.project(surface)
        told = labels_of(staged).joints[:, :2]
        distance = np.sqrt(((told[:, None] - pixels[None]) ** 2).sum(-1)).min(1)
        near.append(distance.max())
        outside = (pixels < -0.5) | (pixels > 95.5)
        elsewhere.append(outside.any(1).mean())
    assert max(near) < 3.0, "every joint is covered by skin"
    assert np.mean(elsewhere) < 0.05, "the whole person is in the picture"


def test_nobody_in_person_free_pictures():
    settings = SyntheticSettings(picture=64, person_free=1.0)
    example = draw_person(11, 0, settings)
    assert example.present is False and not example.weights.any() and not example.joints.any()
    assert example.camera is None and example.image.shape == (64, 64, 3)
    assert example.image.std() > 1


def test_shares_are_kept():
    settings = SyntheticSettings(picture=64, person_free=0.3, occluded=0.5)
    staged = [stage(12, number, settings) for number in range(300)]
    people = [one for one in staged if one is not None]
    assert 0.6 < len(people) / 300 < 0.8
    assert 0.4 < np.mean([one.front is not None for one in people]) < 0.6


def test_joints_outside_the_picture_have_no_weight():
    settings = SyntheticSettings(picture=64, person_free=0, truncated=1.0)
    told = [label(13, number, settings) for number in range(40)]
    cut = 0
    for one in told:
        inside = ((one.joints[:, :2] >= -0.5) & (one.joints[:, :2] <= 63.5)).all(1)
        assert np.array_equal(one.weights, np.repeat(inside[:, None], 3, 1).astype(np.float32))
        cut += not inside.all()
    assert cut > 25
    whole = SyntheticSettings(picture=64, person_free=0, truncated=0.0)
    assert all(label(13, number, whole).weights.all() for number in range(40))


def test_joints_behind_an_occluder_are_flagged():
    settings = SyntheticSettings(picture=64, person_free=0, occluded=1.0, truncated=0.3)
    hidden = 0
    for number in range(40):
        staged = stage(14, number, settings)
        told = labels_of(staged)
        for point, weight, flag in zip(told.joints, told.weights, told.hidden, strict=True):
            x, y = np.rint(point[:2]).astype(int)
            inside = weight[0] > 0
            assert flag == (inside and staged.front[np.clip(y, 0, 63), np.clip(x, 0, 63)] > 0)
        hidden += told.hidden.sum()
    assert hidden > 20
    clear = replace(settings, occluded=0.0)
    assert not any(label(14, number, clear).hidden.any() for number in range(20))


def test_the_occluder_is_seen(small):
    hidden = replace(small, occluded=1.0)
    staged = stage(15, 0, hidden)
    clear, covered = (draw_person(15, 0, replace(small, occluded=share)).image for share in (0.0, 1.0))
    differs = np.abs(clear.astype(int) - covered).max(-1) > 0
    assert differs[staged.front > 0].mean() > 0.8
    assert differs[staged.front == 0].mean() < 0.35


@pytest.mark.parametrize("wrong", [{"occluded": 1.5}, {"picture": 8}, {"person_free": -0.1}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(InputError, match="shares between 0 and 1"):
        SyntheticSettings(**wrong)


@pytest.mark.parametrize("what", ["backgrounds", "garments"])
def test_a_folder_that_is_none_is_named(what):
    with pytest.raises(InputError, match=f"folder of {what}. Received: no/such"):
        SyntheticSettings(**{what: "no/such"})
