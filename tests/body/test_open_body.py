"""The open body that ships: what it promises of itself, in NumPy; its twin in Keras gives the same numbers."""

import subprocess
import sys

import numpy as np
import pytest
from keras import ops

from voxelpose.body import NumpyBody, keypoint_map, keypoints, open_body
from voxelpose.body.keypoints import CONVENTIONS
from voxelpose.body.layer import BodyLayer
from voxelpose.errors import InputError
from voxelpose.geometry.rotations import axis_angle_to_matrix
from voxelpose.skeleton import SMPL24

MIRROR = np.float32([-1, 1, 1])


@pytest.fixture(scope="module")
def body():
    return open_body()


def someone(body, seed, count=2):
    """Numbers of people who are not at rest, with every parameter."""
    rng = np.random.default_rng(seed)
    low, high = body.limits[..., 0], body.limits[..., 1]
    return {
        "betas": rng.normal(size=(count, body.shapes)).astype(np.float32),
        "expression": rng.normal(size=(count, body.expressions)).astype(np.float32),
        "face_units": rng.uniform(0, 0.5, (count, len(body.face_units.names))).astype(np.float32),
        "pose": rng.uniform(low, high, (count, body.joints, 3)).astype(np.float32),
        "transl": rng.normal(size=(count, 3)).astype(np.float32),
    }


def test_its_sizes(body):
    assert (body.vertices, len(body.skin), len(body.faces), body.joints) == (19158, 13492, 26972, 55)
    assert (body.shapes, body.expressions, len(body.face_units.names), len(body.landmarks.names)) == (17, 10, 52, 102)
    assert np.isin(body.faces, body.skin).all()
    assert body.landmarks.corners.max() < body.vertices


def test_its_joints_are_those_of_smplx(body):
    assert body.joint_names[:15] == SMPL24.joints[:15] and body.joint_names[16:22] == SMPL24.joints[16:22]
    assert body.parents[:22].tolist() == [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]
    assert body.parents[22:].tolist() == [15, 15, 15] + [
        parent for wrist in (20, 21) for finger in range(5)
        for parent in (wrist, *(25 + 15 * (wrist - 20) + 3 * finger + k for k in (0, 1)))
    ]  # fmt: skip


def test_it_stands_in_a_t_with_its_left_at_positive_x(body):
    at = {name: place for name, place in zip(body.joint_names, body.joint_template, strict=True)}
    for joint in ("elbow", "wrist", "middle1"):
        # Palm and fingers lie on the line of the arm.
        np.testing.assert_allclose(at[f"left_{joint}"][1:], at["left_shoulder"][1:], atol=0.002)
    assert at["left_wrist"][0] > at["left_shoulder"][0] > 0 > at["right_wrist"][0]
    assert at["head"][1] > at["neck"][1] > 0 > at["left_knee"][1] > at["left_ankle"][1]
    assert at["left_foot"][2] > at["left_ankle"][2]
    np.testing.assert_array_equal(at["pelvis"], 0)


def test_adults_are_as_tall_as_adults(body):
    height = np.ptp(body.template[body.skin, 1])
    assert 1.66 < height < 1.73
    tall = NumpyBody(body, vertices="skin", landmarks="none")({"betas": np.float32([[1]])})["vertices"]
    assert 0.07 < np.ptp(tall[0, :, 1]) - height < 0.12


def test_a_mirrored_pose_is_the_mirrored_body(body):
    given = someone(body, 0)
    axes = np.float32([1, -1, -1])
    units = body.face_units.names
    other = [n.replace("Left", "?").replace("Right", "Left").replace("?", "Right") for n in units]
    order = [units.index(name) for name in other]
    flipped = dict(
        given,
        pose=given["pose"][:, body.joint_mirror] * axes,
        transl=given["transl"] * MIRROR,
        expression=given["expression"] * body.expression_mirror,
    )
    flipped["face_units"] = given["face_units"][:, order]
    poser = NumpyBody(body, dtype="float64")
    one, two = poser(given), poser(flipped)
    np.testing.assert_allclose(two["vertices"][:, body.vertex_mirror] * MIRROR, one["vertices"], atol=1e-7)
    np.testing.assert_allclose(two["joints"][:, body.joint_mirror] * MIRROR, one["joints"], atol=1e-7)
    np.testing.assert_allclose(two["landmarks"][:, body.landmarks.mirror] * MIRROR, one["landmarks"], atol=1e-7)


def test_the_template_is_exactly_symmetric(body):
    for values in (body.template, *body.shape_directions):
        np.testing.assert_array_equal(values[body.vertex_mirror] * MIRROR, values)
    for level in body.levels:
        points = level.down(body.template)
        np.testing.assert_allclose(points[level.mirror] * MIRROR, points, atol=1e-7)


def test_keras_and_numpy_give_the_same_numbers(body):
    given = someone(body, 1, count=3)
    for dtype, tolerance in (("float64", 1e-9), ("float32", 2e-6)):
        one = NumpyBody(body, dtype=dtype)(given)
        two = BodyLayer(body, dtype=dtype)(given)
        for name, values in one.items():
            np.testing.assert_allclose(ops.convert_to_numpy(two[name]), values, atol=tolerance, err_msg=name)


def test_landmarks_alone_are_the_same_as_with_all_vertices(body):
    given = someone(body, 2)
    full, few = NumpyBody(body)(given), NumpyBody(body, vertices="none", landmarks=["nose", "coco_left_knee"])(given)
    rows = [body.landmarks.names.index(name) for name in ("nose", "coco_left_knee")]
    np.testing.assert_allclose(few["landmarks"], full["landmarks"][:, rows], atol=2e-6)


def test_skinning_is_the_sum_over_joints_written_out(body):
    given = someone(body, 3, count=1)
    rotations = axis_angle_to_matrix(given["pose"][0].astype(np.float64))
    betas, expression = given["betas"][0].astype(np.float64), given["expression"][0].astype(np.float64)
    rest = body.joint_template + np.tensordot(betas, body.joint_directions[: body.shapes], 1)
    frames = []
    for joint, parent in enumerate(body.parents):
        frame = np.eye(4)
        frame[:3, :3] = rotations[joint]
        frame[:3, 3] = rest[joint] - (rest[parent] if parent >= 0 else 0)
        frames.append(frame if parent < 0 else frames[parent] @ frame)
    units = given["face_units"][0]
    posed = NumpyBody(body, dtype="float64")(given)["vertices"][0]
    dense = body.face_units.dense(body.vertices)
    for vertex in (0, 1000, 6000, 13000, 19157):
        shaped = body.template[vertex] + betas @ body.shape_directions[:, vertex]
        shaped = shaped + expression @ body.expression_directions[:, vertex] + units @ dense[:, vertex]
        place = sum(
            weight * (frames[joint][:3, :3] @ (shaped - rest[joint]) + frames[joint][:3, 3])
            for joint, weight in zip(
                body.skin_joints[vertex], body.skin_weights[vertex].astype(np.float64), strict=True
            )
        )
        np.testing.assert_allclose(posed[vertex], place + given["transl"][0], atol=1e-6)


def test_levels_are_watertight(body):
    for name, vertices, faces in (("2k", 2002, 4000), ("1k", 1002, 2000)):
        level = body.level(name)
        assert (len(level.down_corners), len(level.faces)) == (vertices, faces)
        edges = np.sort(level.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        _, times = np.unique(edges, axis=0, return_counts=True)
        assert set(times) == {2} and vertices - len(times) + faces == 2
        back = level.up(level.down(body.template)) - body.template[body.skin]
        assert np.linalg.norm(back, axis=1).mean() < 0.004


def test_measures_both_ways_and_on_the_mesh(body):
    betas = body.betas_for(height_mm=1750, weight_kg=70)
    found = body.measure(betas)
    assert betas.shape == (17,) and betas[16] == pytest.approx(0, abs=1e-12)
    assert (found["height_mm"], found["weight_kg"]) == (pytest.approx(1750), pytest.approx(70))
    mesh = NumpyBody(body, vertices="skin", landmarks="none")({"betas": betas[None]})["vertices"][0]
    assert 1000 * np.ptp(mesh[:, 1]) == pytest.approx(1750, abs=3)
    heavy, light = (body.betas_for(height_mm=1750, weight_kg=kg) for kg in (95, 55))
    waist = np.abs(body.template[:, 1] - 0.15) < 0.03
    depth = [np.ptp((body.template + np.tensordot(b, body.shape_directions, 1))[waist, 2]) for b in (heavy, light)]
    assert depth[0] > depth[1] + 0.03


def test_a_curled_hand_closes_and_a_spread_one_opens(body):
    poser = NumpyBody(body, vertices="none")
    tip = body.landmarks.names.index
    rest = poser()["landmarks"][0]
    curled = poser({"left_hand_pose": np.float32([[0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]])})["landmarks"][0]
    bent = poser({"left_hand_pose": np.float32([[0, 0.4, 0.4, 0.4, 0.4, 0, 0, 0, 0, 0, 0, 0]])})["landmarks"][0]
    wrist = body.joint_template[20]
    for finger in ("index", "middle", "ring", "pinky"):
        mark = tip(f"left_{finger}_tip")
        assert np.linalg.norm(curled[mark] - wrist) < 0.7 * np.linalg.norm(rest[mark] - wrist)
        assert bent[mark, 1] < rest[mark, 1] - 0.02
    spread = poser({"right_hand_pose": np.float32([[0, 0, 0, 0, 0, 0.2, 0, 0.1, 0.2, 0, 0, 0]])})["landmarks"][0]
    gap = [np.linalg.norm(p[tip("right_index_tip")] - p[tip("right_pinky_tip")]) for p in (spread, rest)]
    assert gap[0] > gap[1] + 0.02


def test_the_jaw_takes_the_lower_lip_down_and_leaves_the_upper_one(body):
    lips = [body.landmarks.names.index(f"face_{i}") for i in (50, 51, 52, 61, 62, 63, 65, 66, 67, 55, 56, 57, 58, 59)]
    poser = NumpyBody(body, vertices="none")
    rest, opened = poser()["landmarks"][0, lips], poser({"jaw_pose": np.float32([[0.3, 0, 0]])})["landmarks"][0, lips]
    moved = rest[:, 1] - opened[:, 1]
    assert (np.abs(moved[:6]) < 0.001).all() and (moved[6:] > 0.015).all()
    by_unit = np.zeros((1, 52), np.float32)
    by_unit[0, body.face_units.names.index("jawOpen")] = 1
    moved = rest[:, 1] - poser({"face_units": by_unit})["landmarks"][0, lips, 1]
    assert moved[6:].min() > 0.01 > np.abs(moved[:3]).max()


def test_limits_are_of_both_sides(body):
    for joint, other in enumerate(body.joint_mirror):
        np.testing.assert_allclose(body.limits[other, 0], body.limits[joint, 0])
        np.testing.assert_allclose(-body.limits[other, 1:, ::-1], body.limits[joint, 1:])
    assert (body.limits[..., 0] <= 0).all() and (body.limits[..., 1] >= 0).all()


def test_every_convention_is_known_and_lies_where_its_names_say(body):
    posed = NumpyBody(body, vertices="none")()
    for convention, names in CONVENTIONS.items():
        found = keypoints(posed, keypoint_map(body, convention))
        assert found.shape == (1, len(names), 3) and np.isfinite(found).all()
        for name, place in zip(names, found[0], strict=True):
            if name.startswith(("left_", "right_")):
                assert (place[0] > 0) == name.startswith("left_"), (convention, name)
    coco = dict(zip(CONVENTIONS["coco17"], keypoints(posed, keypoint_map(body, "coco17"))[0], strict=True))
    assert coco["nose"][2] > coco["left_eye"][2] > coco["left_ear"][2]
    # People click the eye's surface; the joint is its middle.
    assert coco["left_eye"][2] > body.joint_template[23, 2] + 0.005
    np.testing.assert_allclose(coco["left_knee"] - body.joint_template[4], [0.0053, -0.0218, -0.0033], atol=1e-5)
    with pytest.raises(InputError, match="Expected one of coco17, .*Received: 'coco18'"):
        keypoint_map(body, "coco18")


def test_a_body_comes_without_tensorflow():
    code = (
        "import sys; from voxelpose.body import NumpyBody, open_body; NumpyBody(open_body())(); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
