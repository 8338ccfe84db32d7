import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from painted import DEPTH, SIDE, SIGMA, PaintedNetwork, picture, preset

from voxelpose import skeleton as skeletons
from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.inputs.requests import Request
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton, get_skeleton

SKELETON = get_skeleton("h36m17")
WIDTH, HEIGHT = 900, 700
# Off the middle and distorted, so that depth axis and lens both matter.
CAMERA = Camera(800.0, 810.0, 440.0, 360.0, WIDTH, HEIGHT, (-0.12, 0.03, 0.001, -0.002, 0.0))
GRID = VoxelGrid(SIDE, SIDE, DEPTH)


@pytest.fixture(scope="module")
def person():
    """Joints in mm, every one at least 60 mm from the others in the picture, their pixels, box and grid fractions."""
    pelvis = np.array([500.0, 150.0, 3200.0])
    shape = {
        "pelvis": (0, 0, 0),
        "right_hip": (-130, 40, 30),
        "right_knee": (-200, 460, -150),
        "right_ankle": (-260, 880, 60),
        "left_hip": (130, 50, -30),
        "left_knee": (210, 480, 100),
        "left_ankle": (300, 890, 300),
        "spine": (0, -240, 40),
        "thorax": (0, -490, 20),
        "jaw": (30, -610, -60),
        "head": (10, -740, -20),
        "left_shoulder": (170, -460, -40),
        "left_elbow": (400, -330, -150),
        "left_wrist": (430, -90, -330),
        "right_shoulder": (-170, -470, 80),
        "right_elbow": (-420, -420, 200),
        "right_wrist": (-600, -560, 60),
    }
    joints = pelvis + np.array([shape[name] for name in SKELETON.joints], float)
    pixels = CAMERA.project(joints)
    low, high = pixels.min(axis=0) - 10, pixels.max(axis=0) + 10
    box = (*low, *(high - low))
    crop = Crop.from_box(box, 256, 1.25).facing(CAMERA)
    fractions = GRID.fractions(joints, SKELETON.root, CAMERA, crop)
    return joints, pixels, box, crop, fractions


def estimator_for(person, **options):
    network_options = {key: options.pop(key) for key in ("presence",) if key in options}
    network = PaintedNetwork(person[4][:, 2], **network_options)
    return PoseEstimator(network, preset(**options.pop("preset", {})), **({"mirrored": False} | options)), network


def test_a_perfect_network_gives_the_true_joints(person):
    joints, pixels, box, crop, _ = person
    estimator, _ = estimator_for(person)
    pose = estimator(picture(pixels, WIDTH, HEIGHT), box, CAMERA, root_depth=joints[0] @ crop.depth_axis)
    # The dots' centres are found to a fraction of a crop pixel, which is 9 mm here.
    np.testing.assert_allclose(pose.joints, joints, atol=4.0)
    np.testing.assert_allclose(pose.joints_2d, pixels, atol=1.0)
    np.testing.assert_allclose((pose.joints_2d - pixels).mean(axis=0), 0, atol=0.3)
    np.testing.assert_allclose(pose.depth_axis, crop.depth_axis)
    assert pose.root_depth_source == "given" and pose.root_depth_std is None
    assert pose.box == pytest.approx(box) and pose.box_source == "given" and pose.camera_source == "given"
    assert not pose.outside_crop.any() and pose.presence is None


def test_the_subjects_own_limbs_give_the_root_depth(person):
    joints, pixels, box, crop, _ = person
    names = [SKELETON.joints[child] for _, child in SKELETON.bones]
    lengths = dict(zip(names, SKELETON.bone_lengths(joints).tolist(), strict=True))
    estimator, _ = estimator_for(person, limb_lengths=lengths)
    pose = estimator(picture(pixels, WIDTH, HEIGHT), box, CAMERA)
    assert pose.root_depth == pytest.approx(joints[0] @ crop.depth_axis, rel=0.005)
    # The painted volume is 100 mm wide in depth and 60 mm across: so uncertain are the bones by which it is found.
    assert 100 < pose.root_depth_std < 400
    assert pose.root_depth_source == "own limb lengths"


def test_mean_limbs_scale_the_person_to_them(person):
    _, pixels, box, _, _ = person
    estimator, _ = estimator_for(person)
    pose = estimator(picture(pixels, WIDTH, HEIGHT), box)
    assert pose.root_depth_source == "mean limb lengths"
    assert pose.camera_source == "assumed field of view 55 degrees"
    mean = [skeletons.MEAN_BONE_LENGTHS_MM[SKELETON.joints[child]] for _, child in SKELETON.bones]
    lengths = SKELETON.bone_lengths(pose.joints)
    assert lengths.sum() == pytest.approx(sum(mean), rel=0.1)


def test_the_covariance_is_the_volumes_spread_in_mm(person):
    joints, pixels, box, crop, _ = person
    estimator, _ = estimator_for(person, preset={"covariance_scale": (1.0, 1.0, 4.0)})
    depth = joints[0] @ crop.depth_axis
    pose = estimator(picture(pixels, WIDTH, HEIGHT), box, CAMERA, depth)
    head = SKELETON.index("head")
    towards = pose.joints[head] / np.linalg.norm(pose.joints[head])
    along = np.sqrt(towards @ pose.covariance[head] @ towards)
    # Along the view: SIGMA cells of 2000 / 16 mm, twice as much by the preset's scale of the variance, over the cosine
    # between the joint's ray and the depth axis.
    assert along == pytest.approx(2 * SIGMA * 125 / (towards @ crop.depth_axis), rel=0.02)
    # Across: SIGMA cells of 8 crop pixels, at the joint's distance.
    smallest = np.sqrt(np.linalg.eigvalsh(pose.covariance[head])[0])
    across = SIGMA * 8 / crop.scale * (depth + (joints[head] - joints[0]) @ crop.depth_axis) / 800
    assert smallest == pytest.approx(across, rel=0.15)


def test_the_root_has_no_depth_of_its_own(person):
    joints, pixels, box, crop, fractions = person
    wrong = fractions[:, 2].copy()
    wrong[SKELETON.root] = 0.9  # a network that puts the root half a metre behind itself
    estimator = PoseEstimator(PaintedNetwork(wrong), preset(), mirrored=False)
    pose = estimator(picture(pixels, WIDTH, HEIGHT), box, CAMERA, 3000.0)
    assert pose.joints[SKELETON.root] @ crop.depth_axis == pytest.approx(3000.0)
    assert pose.covariance[SKELETON.root][2, 2] < pose.covariance[SKELETON.index("head")][2, 2] / 4


def test_without_a_box_the_network_finds_the_person(person):
    _, pixels, _, _, _ = person
    small = (pixels - pixels.mean(axis=0)) * 0.7 + (560, 330)
    estimator, network = estimator_for(person)
    pose = estimator(picture(small, WIDTH, HEIGHT))
    low, size = small.min(axis=0) + 0.5, np.ptp(small, axis=0)
    margin = 0.04 * size.max()
    assert pose.box == pytest.approx((*(low - margin), *(size + 2 * margin)), abs=1.5)
    assert pose.box_source == "found by the network"
    assert len(network.seen) == 3
    np.testing.assert_allclose(pose.joints_2d, small, atol=1.0)


def test_joints_beyond_the_crop_are_flagged(person):
    _, pixels, box, _, _ = person
    x, y, w, h = box
    estimator, _ = estimator_for(person)
    pose = estimator(picture(pixels, WIDTH, HEIGHT), (x, y, w, h / 2))
    away = pixels[:, 1] > pose.joints_2d[:, 1].max() + 20
    assert {"left_ankle", "right_ankle"} <= {name for name, out in zip(pose.joint_names, away, strict=True) if out}
    np.testing.assert_array_equal(pose.outside_crop, away)


class Facing:
    """A network for a person who faces the camera: the leftmost dot is the right hand, and so in a mirrored picture.

    Each mirrored half errs to its own left by half a cell, so that only the average is right.
    """

    def __call__(self, crops):
        reader = PaintedNetwork([0.5, 0.3, 0.3])
        volumes = []
        for crop in crops:
            dots = reader.locate(crop)
            root, right, left = dots[0], *sorted(dots[1:], key=lambda dot: dot[0])
            reader.locate = lambda _, placed=(root, right, left): np.array(placed) - [0.5 / SIDE, 0]
            volumes.append(reader._volume(crop, DEPTH))
            del reader.locate
        stacked = np.stack(volumes)
        return {"volume_1": stacked.reshape(*stacked.shape[:3], -1)}


@pytest.mark.parametrize("mirrored, error", [(True, 0.0), (False, -0.5)])
def test_the_mirrored_pass_swaps_sides_and_cancels_a_bias(monkeypatch, mirrored, error):
    three = Skeleton("three", ("pelvis", "right_hand", "left_hand"), (0, 0, 0))
    monkeypatch.setitem(skeletons.SKELETONS, "three", three)
    pixels = np.array([[128.0, 160.0], [60.0, 80.0], [190.0, 100.0]])
    estimator = PoseEstimator(Facing(), preset("three"), mirrored=mirrored, limb_lengths={"right_hand": 600.0})
    seen = estimator.inspect(picture(pixels, 256, 256), (0, 0, 256, 256), root_depth=3000.0)
    cell = 256 * 1.25 / SIDE
    np.testing.assert_allclose(seen.pose.joints_2d - pixels, np.tile([error * cell, 0], (3, 1)), atol=0.5)
    depth = (seen.pose.joints - seen.pose.joints[0]) @ seen.pose.depth_axis
    np.testing.assert_allclose(depth, [0, -400, -400], atol=5)  # fraction .3 of 2 m around the root


def test_inspection_holds_every_stage_as_likelihoods(person):
    _, pixels, box, crop, _ = person
    estimator, network = estimator_for(person, presence=2.0)
    image = picture(pixels, WIDTH, HEIGHT)
    seen = estimator.inspect(image, box, CAMERA, image_name="somebody.png")
    assert [v.shape for v in seen.volumes] == [(SIDE, SIDE, 17, 1), (SIDE, SIDE, 17, DEPTH)]
    for volume in seen.volumes:
        np.testing.assert_allclose(volume.sum(axis=(0, 1, 3)), 1, rtol=1e-4)
    np.testing.assert_array_equal(seen.crop_image, crop.warp(image))
    np.testing.assert_array_equal(network.seen[-1][0], seen.crop_image.astype(np.float32) / 255)
    assert seen.grid.shape == (SIDE, SIDE, DEPTH)
    assert seen.pose.presence == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert seen.pose.image == "somebody.png"


def test_a_batch_gives_what_single_calls_give(person):
    _, pixels, box, _, _ = person
    estimator, network = estimator_for(person)
    images = [picture(pixels + shift, WIDTH, HEIGHT) for shift in range(0, 20, 2)]
    boxes = [box] * 9 + [None]
    depths = [None, 3000.0] * 5
    together = estimator.predict_batch(images, boxes, root_depths=depths)
    assert max(len(crops) for crops in network.seen) == 8
    for pose, image, its_box, depth in zip(together, images, boxes, depths, strict=True):
        alone = estimator(image, its_box, root_depth=depth)
        np.testing.assert_allclose(pose.joints, alone.joints, atol=1e-3)
        assert pose.box == alone.box


def test_an_empty_batch(person):
    assert estimator_for(person)[0].predict_batch([]) == []


def test_the_result_survives_its_file(person, tmp_path):
    _, pixels, box, _, _ = person
    pose = estimator_for(person)[0](picture(pixels, WIDTH, HEIGHT), box)
    pose.save(tmp_path / "a.json")
    assert Pose3D.load(tmp_path / "a.json").to_dict() == pose.to_dict()
    assert json.loads((tmp_path / "a.json").read_text())["model"] == "painted"


@pytest.mark.parametrize(
    "change, told",
    [
        (dict(image=np.zeros((5, 5), np.uint8)), "Expected an RGB image"),
        (dict(box=(0, 0, float("nan"), 5)), "four finite numbers"),
        (dict(box=(900, 0, 5, 5)), "meets the picture of 900 x 700"),
        (dict(camera=Camera.from_field_of_view(640, 480)), "camera for an image of 900 x 700"),
        (dict(root_depth=-1.0), "root depth above 0 mm"),
        (dict(root_depth=float("nan")), "root depth above 0 mm"),
    ],
)
def test_bad_input_is_named(person, change, told):
    estimator, network = estimator_for(person)
    arguments = dict(image=np.zeros((HEIGHT, WIDTH, 3), np.uint8), box=(0, 0, 50, 50)) | change
    with pytest.raises(InputError, match=told):
        estimator(**arguments)
    assert not network.seen


def test_columns_of_a_batch_must_agree(person):
    with pytest.raises(InputError, match="as many boxes as images, 1. Received: 2"):
        estimator_for(person)[0].predict_batch([np.zeros((9, 9, 3), np.uint8)], [None, None])


def test_own_limb_lengths_must_fit_the_skeleton(person):
    with pytest.raises(InputError, match="no joint 'right_nee'.*right_knee"):
        estimator_for(person, limb_lengths={"right_nee": 400.0})


@pytest.mark.parametrize("logit, there", [(-1.0, False), (1.0, True)])
def test_nobody_is_no_skeleton(person, tmp_path, logit, there):
    _, pixels, box, _, _ = person
    estimator, _ = estimator_for(person, presence=logit)
    image = picture(pixels, WIDTH, HEIGHT)
    result = estimator(image, box)
    assert bool(result) is there and isinstance(result, Pose3D) is there
    assert result.presence == pytest.approx(1 / (1 + np.exp(-logit)))
    assert result.box == pytest.approx(box) and result.image_size == (WIDTH, HEIGHT) and result.model == "painted"
    seen = estimator.inspect(image, box, image_name="empty.png")
    assert isinstance(seen.pose, Pose3D) and bool(seen.result) is there
    if not there:
        assert result.threshold == 0.5 and not hasattr(result, "joints")
        seen.result.save(tmp_path / "a.pose.json")
        content = json.loads((tmp_path / "a.pose.json").read_text())
        assert content["person"] is False and content["image"] == "empty.png"
        with pytest.raises(InputError, match="voxelpose.nobody"):
            Pose3D.load(tmp_path / "a.pose.json")


def test_the_threshold_of_presence_is_a_choice(person):
    _, pixels, box, _, _ = person
    image = picture(pixels, WIDTH, HEIGHT)
    assert estimator_for(person, presence=-1.0, min_presence=0.2)[0](image, box)
    assert not estimator_for(person, presence=1.0, min_presence=0.8)[0](image, box)
    with pytest.raises(InputError, match="between 0 and 1. Received: 1.5"):
        estimator_for(person, min_presence=1.5)


def test_an_answer_says_where_the_joints_are_and_sources_are_kept(person):
    _, pixels, box, _, _ = person
    estimator, _ = estimator_for(person)
    image = picture(pixels, WIDTH, HEIGHT)
    request = Request(image, box, CAMERA, None, "a.png", box_source="detector", camera_source="camera.yaml")
    (answer,) = estimator.answer([request])
    pose = answer.result
    assert (pose.box_source, pose.camera_source, pose.image) == ("detector", "camera.yaml", "a.png")
    low, size = pixels.min(axis=0) + 0.5, np.ptp(pixels, axis=0)
    margin = 0.04 * size.max()
    assert answer.joints_box == pytest.approx((*(low - margin), *(size + 2 * margin)), abs=2.5)


def test_many_threads_get_what_one_gets(person):
    _, pixels, box, _, _ = person
    estimator, _ = estimator_for(person)
    images = [picture(pixels + shift, WIDTH, HEIGHT) for shift in range(0, 12, 2)]
    alone = [estimator(image, box).joints for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: estimator.predict_batch([image] * 3, [box] * 3), images * 2))
    for n, poses in enumerate(together):
        for pose in poses:
            np.testing.assert_allclose(pose.joints, alone[n % len(alone)], rtol=1e-9)


def test_a_loose_box_is_made_tight(person):
    _, pixels, box, _, _ = person
    estimator, network = estimator_for(person)
    x, y, w, h = box
    loose = Request(
        picture(pixels, WIDTH, HEIGHT), (x - 60, y - 40, w + 90, h + 90), box_source="detector", refinements=1
    )
    (answer,) = estimator.answer([loose])
    low, size = pixels.min(axis=0) + 0.5, np.ptp(pixels, axis=0)
    margin = 0.04 * size.max()
    assert answer.result.box == pytest.approx((*(low - margin), *(size + 2 * margin)), abs=2.5)
    assert answer.result.box_source == "detector, refined by the network" and len(network.seen) == 2
