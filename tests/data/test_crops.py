import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.data.augmentation.crops import CropMaker, GeometricAugmentation, person_square
from voxelpose.data.augmentation.photometric import PhotometricAugmentation
from voxelpose.data.example import Example
from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17

GRID = VoxelGrid(16, 16, 16)


def blob_example(joint: str = "left_wrist", size: int = 160, x: float = 100.0, y: float = 60.0) -> Example:
    """A dark picture with one bright blob where `joint` is; the box is spanned by two other joints."""
    ys, xs = np.mgrid[:size, :size]
    image = 255 * np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * 4.0**2))
    joints, weights = np.zeros((17, 3), np.float32), np.zeros((17, 3), np.float32)
    for name, position in {joint: (x, y, 250.0), "head": (50, 30, 0), "right_ankle": (110, 130, -400)}.items():
        joints[H36M17.index(name)], weights[H36M17.index(name)] = position, 1
    return Example(np.repeat(image[..., None], 3, -1).astype(np.uint8), joints, weights, True, "test")


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    mass = image[..., 0].astype(float)
    ys, xs = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(mass * xs).sum(), (mass * ys).sum()]) / mass.sum()


@given(st.integers(0, 10_000))
def test_image_and_joints_move_together_under_every_augmentation(seed):
    maker = CropMaker(96, GRID, H36M17, 1.25, GeometricAugmentation(rotation_probability=1.0))
    row = maker(blob_example(), np.random.default_rng(seed))
    joint = "left_wrist" if row["joint_weights"][H36M17.index("left_wrist"), 0] else "right_wrist"
    x, y, z = row["joints"][H36M17.index(joint)]
    assert row["joint_weights"][H36M17.index(joint)].tolist() == [1, 1, 1]
    assert z == pytest.approx(GRID.depth_to_fraction(250.0))
    if 0.12 < x < 0.88 and 0.12 < y < 0.88:
        assert np.allclose((centre_of_mass(row["image"]) + 0.5) / 96, [x, y], atol=0.01)


def test_free_rotation_turns_people_upside_down_and_is_no_part_of_other_runs():
    def turns(**how):
        maker = CropMaker(96, GRID, H36M17, 1.25, GeometricAugmentation(scale=0, mirror=0, shift=0, **how))
        rng = np.random.default_rng(0)
        crops = [maker.draw_crop(blob_example(), rng)[0].matrix for _ in range(400)]
        return np.degrees([np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in crops])

    never, always = turns(rotation_degrees=0, free_rotation=0.0), turns(rotation_degrees=0, free_rotation=1.0)
    assert np.abs(never).max() < 1e-6
    assert 0.4 < (np.abs(always) > 90).mean() < 0.6
    # A generator without it draws as before: the sd of 30 degrees, clipped at 60, in 0.4 of the views.
    usual = turns()
    assert (usual == 0).mean() == pytest.approx(0.6, abs=0.08) and np.abs(usual).max() <= 60 + 1e-6


def test_mirroring_swaps_the_names_and_keeps_the_depth():
    maker = CropMaker(96, GRID, H36M17, 1.25, GeometricAugmentation(0, 0, 0, 0, mirror=1.0))
    plain = CropMaker(96, GRID, H36M17, 1.25)(blob_example(), np.random.default_rng(0))
    flipped = maker(blob_example(), np.random.default_rng(0))
    left, right = H36M17.index("left_wrist"), H36M17.index("right_wrist")
    assert plain["joint_weights"][[left, right], 0].tolist() == [1, 0]
    assert flipped["joint_weights"][[left, right], 0].tolist() == [0, 1]
    before, after = plain["joints"][left], flipped["joints"][right]
    assert after[0] == pytest.approx(1 - before[0]) and after[2] == before[2]


def test_without_augmentation_the_person_fills_the_crop_up_to_the_margin():
    example = blob_example()
    center, side = person_square(example)
    assert center.tolist() == [80, 80] and side == pytest.approx(108.0)
    row = CropMaker(96, GRID, H36M17, 1.25)(example, np.random.default_rng(0))
    assert row["joints"][H36M17.index("head"), 1] == pytest.approx(0.5 - 50 / (1.25 * 108))


def test_what_is_not_annotated_or_leaves_the_crop_or_the_depth_range_has_weight_zero():
    example = blob_example()
    example.joints[H36M17.index("right_knee")] = [900, 900, 0]
    example.weights[H36M17.index("right_knee")] = 1
    example.joints[H36M17.index("left_wrist"), 2] = 1500.0
    example.joints[H36M17.index("left_ankle")] = np.nan
    row = CropMaker(64, GRID, H36M17, 0.5)(example, np.random.default_rng(0))
    for name in ("right_knee", "left_elbow", "left_ankle"):
        assert (row["joint_weights"][H36M17.index(name)] == 0).all()
    maker = CropMaker(64, GRID, H36M17, 3.0)
    wrist = maker(example, np.random.default_rng(0))["joint_weights"][H36M17.index("left_wrist")]
    assert wrist.tolist() in ([1, 1, 0], [0, 0, 0])
    # What is not known is 0, in its value as in its weight.
    assert (row["joints"][row["joint_weights"] == 0] == 0).all() and np.isfinite(row["joints"]).all()


@pytest.mark.parametrize("share", ["blur", "low_resolution", "jpeg", "noise", "occlusion", "gray"])
def test_each_photometric_effect_changes_the_image_and_keeps_its_form(share):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    effect = PhotometricAugmentation(color_gain=0.0, **{share: 1.0})
    changed = effect(image, np.random.default_rng(1))
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert (changed != image).any()
    if share == "gray":
        assert np.ptp(changed.astype(int), axis=-1).max() <= 1


def test_the_papers_colour_gain_multiplies_channels():
    image = np.full((8, 8, 3), 100, np.uint8)
    changed = PhotometricAugmentation()(image, np.random.default_rng(3))
    assert (changed == changed[0, 0]).all()
    assert (changed >= 80).all() and (changed <= 120).all() and len(set(changed[0, 0].tolist())) > 1


def test_labels_refuse_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match=r"Expected joints of shape \(2, 17, 3\)"):
        Labels(
            H36M17, 8, np.zeros((3, 17, 3)), np.zeros((2, 17, 3)), np.ones(2, bool), PictureCameras.of([None] * 2)
        )  # fmt: skip
