"""The labels of many examples: one convention for the unknown, other skeletons, millimetres; depth that is hidden."""

import numpy as np
import pytest

from voxelpose.data.depth_hiding import DepthHidden, DepthRefused
from voxelpose.data.example import Example, PictureCamera
from voxelpose.data.labels import Labels, PictureCameras, back_project
from voxelpose.data.source import ExampleSet, ExampleSource
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.skeleton import H36M17, LSP14, MPII16

CAMERA = PictureCamera(60.0, 62.0, 15.0, 16.0, 4000.0)


def example() -> Example:
    rng = np.random.default_rng(0)
    joints = rng.uniform(1, 30, (17, 3)).astype(np.float32)
    joints[0, 2] = 0
    return Example(np.zeros((32, 32, 3), np.uint8), joints, np.ones((17, 3), np.float32), True, "x", CAMERA)


def people() -> ExampleSet:
    examples = [example()] * 3
    return ExampleSet("people", np.stack([e.image for e in examples]), Labels.of(H36M17, 32, examples))


class Poses(ExampleSource):
    """The same people without pictures."""

    name, skeleton, pictures = "poses", H36M17, False

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return people().labels().example(index, np.zeros((32, 32, 0), np.uint8), "x")

    def labels(self, rows=None):
        return people().labels(rows)


def test_hidden_depth_leaves_the_plane_alone():
    shown, hidden = people()[1], DepthHidden(people())[1]
    assert (hidden.joints[:, :2] == shown.joints[:, :2]).all() and (hidden.weights[:, :2] == 1).all()
    assert (hidden.joints[:, 2] == 0).all() and (hidden.weights[:, 2] == 0).all() and not hidden.known[:, 2].any()
    assert hidden.camera is None and not DepthHidden(people()).depth
    assert (people()[1].weights == 1).all()  # the examples themselves stay as they were


def test_labels_hide_it_too():
    labels = DepthHidden(people()).labels()
    assert len(labels) == 3 and (labels.weights[..., 2] == 0).all() and not labels.cameras.known.any()
    assert not labels.in_camera().known.any()


def test_a_picture_with_depth_is_refused_and_named():
    with pytest.raises(InputError, match="example 2 of people with a picture and the depth of 17 joints"):
        DepthRefused(people())[2]
    with pytest.raises(InputError, match="example 1 of people with a picture"):
        DepthRefused(people()).labels(np.array([1, 2]))


def test_a_picture_without_depth_and_a_pose_without_picture_pass():
    hidden, poses = DepthRefused(DepthHidden(people())), DepthRefused(Poses())
    assert hidden[0].weights[:, 2].sum() == hidden.labels().weights[..., 2].sum() == 0
    assert poses[0].weights[:, 2].sum() == 17 and poses.labels().weights[..., 2].sum() == 3 * 17


def test_files_keep_nan_where_arrays_have_zero():
    cameras = PictureCameras.of([CAMERA, None, PictureCamera(60.0, 62.0, 15.0, 16.0)])
    assert cameras.known.tolist() == [True, False, True] and cameras.root_known.tolist() == [True, False, False]
    assert cameras.fx.tolist() == [60, 0, 60] and cameras.root_depth_mm.tolist() == [4000, 0, 0]
    nan = np.nan
    expected = np.array([[60, 62, 15, 16, 4000], [nan] * 5, [60, 62, 15, 16, nan]], np.float32)
    np.testing.assert_array_equal(cameras.to_file(), expected)
    again = PictureCameras.from_file(expected)
    assert [again[row] for row in range(3)] == [CAMERA, None, PictureCamera(60.0, 62.0, 15.0, 16.0)]


def test_places_and_depths_become_millimetres_before_the_camera():
    """A point 4 m away along the ray through the picture's middle, by the pinhole formula written out."""
    pixels = np.array([[[15.5, 15.5], [20.0, 10.0]]])
    depth = np.array([[4000.0, 3900.0]])
    mm = back_project(pixels, depth, PictureCameras.of([CAMERA]), 32)[0]
    middle = np.array([(15.5 - 15) / 60, (15.5 - 16) / 62, 1])
    ray = np.array([(20 - 15) / 60, (10 - 16) / 62, 1])
    axis = middle / np.linalg.norm(middle)
    np.testing.assert_allclose(mm[0], 4000 * axis)
    np.testing.assert_allclose(mm[1], ray * 3900 / (ray @ axis))
    assert (back_project(pixels, depth, PictureCameras.of([None]), 32) == 0).all()


def test_joints_in_mm_project_onto_their_pixels_and_unknown_ones_are_zero():
    labels = people().labels()
    labels.known[1, 5, 2] = False
    mm, known = labels.in_camera()
    assert known.sum() == 3 * 17 - 1 and (mm[1, 5] == 0).all()
    camera = Camera(60.0, 62.0, 15.0, 16.0, 32, 32)
    np.testing.assert_allclose(camera.project(mm[0]), labels.joints[0, :, :2], atol=1e-4)


def test_another_skeleton_with_the_same_root_keeps_depth_and_camera():
    labels = people().labels().in_skeleton(MPII16)
    knee = H36M17.index("left_knee")
    assert (labels.joints[0, MPII16.index("left_knee")] == example().joints[knee]).all()
    neck = MPII16.index("upper_neck")
    assert not labels.known[:, neck].any() and (labels.joints[:, neck] == 0).all() and np.isfinite(labels.joints).all()
    assert labels.cameras[0] == CAMERA


def test_depth_of_a_skeleton_whose_root_is_unknown_is_unknown():
    labels = people().labels().in_skeleton(LSP14)
    assert not labels.known[..., 2].any() and (labels.joints[..., 2] == 0).all() and not labels.cameras.root_known.any()
    assert labels.known[:, LSP14.index("left_wrist"), :2].all()
