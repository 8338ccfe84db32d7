"""Views of poses for the lifter agree with the maker of pictures."""

import numpy as np

from voxelpose.data.augmentation.crops import CropMaker, GeometricAugmentation
from voxelpose.data.augmentation.heatmap_crops import HeatmapMaker
from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.poses_only import PosesOnly
from voxelpose.synthetic.scene_sampling import label
from voxelpose.synthetic.settings import SyntheticSettings

GRID = VoxelGrid(32, 32, 8, -1100.0, 1100.0)
CLEAN = HeatmapErrors.alike(17, jitter=0.0, spread=0.02, haze=0.0, lost=0.0, swapped=0.0, doubled=0.0)
SETTINGS = SyntheticSettings(picture=64, person_free=0.0)


def test_poses_are_the_labels_of_the_pictures():
    poses = PosesOnly(SETTINGS, 4, 9, H36M17)
    assert len(poses) == 4
    for index in range(4):
        labels = label(9, index, SETTINGS)
        np.testing.assert_allclose(poses[index].joints, labels.joints)
        assert poses[index].image.shape == (64, 64, 0) and poses[index].present
        assert (poses.labels(np.array([index])).joints[0] == poses[index].joints).all()
    assert not poses.pictures and poses.depth


def test_clean_heatmaps_have_their_means_at_the_targets():
    maker = HeatmapMaker(32, GRID, H36M17, 1.25, CLEAN, GeometricAugmentation())
    centres = (np.arange(32) + 0.5) / 32
    for index, example in enumerate(PosesOnly(SETTINGS, 5, 9, H36M17)):
        row = maker(example, np.random.default_rng(index))
        heatmaps, joints = row["heatmaps"], row["joints"]
        assert maker.arrays["heatmaps"] == (heatmaps.shape, heatmaps.dtype) == ((32, 32, 17), np.uint8)
        maps = (heatmaps / 255.0) ** 2
        mass = maps.sum((0, 1))
        x, y = (maps.sum(0) * centres[:, None]).sum(0) / mass, (maps.sum(1) * centres[:, None]).sum(0) / mass
        inner = (row["joint_weights"][:, 0] > 0) & (np.abs(joints[:, :2] - 0.5) < 0.42).all(-1)
        assert inner.any()
        np.testing.assert_allclose(np.stack([x, y], -1)[inner], joints[inner, :2], atol=0.01)


def test_targets_are_those_of_a_picture_in_the_same_view():
    geometric = GeometricAugmentation()
    example = PosesOnly(SETTINGS, 1, 9, H36M17)[0]
    crop, mirrored = CropMaker(256, GRID, H36M17, 1.25, geometric).draw_crop(example, np.random.default_rng(3))
    expected = CropMaker(256, GRID, H36M17, 1.25).joints(example, crop, mirrored)
    row = HeatmapMaker(32, GRID, H36M17, 1.25, CLEAN, geometric)(example, np.random.default_rng(3))
    for name, array in expected.items():
        np.testing.assert_array_equal(row[name], array)
