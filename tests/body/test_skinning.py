"""Linear blend skinning of a toy whose answers are computed by hand, in NumPy and in Keras."""

import keras
import numpy as np
import pytest
from keras import ops
from toy_bodies import toy_body, two_handed_toy

from voxelpose.body import NumpyBody
from voxelpose.body.layer import BodyLayer
from voxelpose.errors import InputError
from voxelpose.geometry.rotations import axis_angle_to_matrix, matrix_to_six

QUARTER = np.pi / 2
BOTH = pytest.mark.parametrize("kind", [NumpyBody, BodyLayer])


def posed(kind, body, parameters, **kwargs):
    return {name: ops.convert_to_numpy(value) for name, value in kind(body, **kwargs)(parameters).items()}


@BOTH
def test_an_elbow_bent_by_a_quarter_turn(kind):
    found = posed(kind, toy_body(), {
        "hand_pose": np.float32([[0, 0, QUARTER]])
    })  # fmt: skip
    # The vertex at the elbow turns about itself; those beyond it point up.
    expected = [[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [1, 0.5, 0], [1, 1, 0]]
    np.testing.assert_allclose(found["vertices"][0], expected, atol=1e-6)
    np.testing.assert_allclose(found["joints"][0], [[0, 0, 0], [1, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(found["landmarks"][0], [[1, 0.75, 0], [1, 0, 0.25]], atol=1e-6)
    np.testing.assert_allclose(found["rotations"][0, 1], [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-6)


@BOTH
def test_a_blend_of_two_joints_is_the_mean_of_both_transforms(kind):
    body = toy_body(template=np.float32([[0, 0, 0], [0.5, 0, 0], [1, 0.4, 0], [1.5, 0, 0], [2, 0, 0]]))
    found = posed(kind, body, {"hand_pose": np.float32([[0, 0, QUARTER]])}, vertices=[2])
    # Half of (1, 0.4) stays, half turns about (1, 0) to (0.6, 0).
    np.testing.assert_allclose(found["vertices"], [[[0.8, 0.2, 0]]], atol=1e-6)


@BOTH
def test_shape_moves_the_elbow_before_the_pose_turns_it(kind):
    parameters = {"betas": np.float32([[1]]), "hand_pose": np.float32([[0, 0, QUARTER]]), "transl": np.ones((1, 3))}
    found = posed(kind, toy_body(), parameters)
    np.testing.assert_allclose(found["vertices"][0, 4], [1 + 1.5, 1 + 1.5, 1], atol=1e-6)
    np.testing.assert_allclose(found["joints"][0, 1], [2.5, 1, 1], atol=1e-6)
    np.testing.assert_allclose(found["landmarks"][0, 1], [2.5, 1, 1.25], atol=1e-6)


@BOTH
def test_the_root_turns_about_its_joint_and_not_about_the_origin(kind):
    body = toy_body(joint_template=np.float32([[0.5, 0, 0], [1, 0, 0]]))
    found = posed(kind, body, {"global_orient": np.float32([[0, 0, QUARTER]])})
    np.testing.assert_allclose(found["joints"][0], [[0.5, 0, 0], [0.5, 0.5, 0]], atol=1e-6)
    np.testing.assert_allclose(found["vertices"][0, :2], [[0.5, -0.5, 0], [0.5, 0, 0]], atol=1e-6)


@BOTH
def test_expression_and_face_units_move_their_vertices(kind):
    found = posed(kind, toy_body(), {"expression": np.float32([[2]]), "face_units": np.float32([[0.5, 0.25]])})
    expected = [[0, 0.25, 0], [0.5, 0, 0.25], [1, 0, 0], [1.5, 0, 0], [2.5, 0.2, 0]]
    np.testing.assert_allclose(found["vertices"][0], expected, atol=1e-6)


@BOTH
def test_pose_directions_follow_the_rotation_less_the_identity(kind):
    directions = np.zeros((9, 5, 3), np.float32)
    # The number of row 1, column 0 is the sine of the elbow's angle, that of row 0, column 0 its cosine less 1.
    directions[3, 0, 2], directions[0, 0, 1] = 0.2, 0.3
    found = posed(kind, toy_body(pose_directions=directions), {"hand_pose": np.float32([[0, 0, QUARTER]])})
    np.testing.assert_allclose(found["vertices"][0, 0], [0, -0.3, 0.2], atol=1e-6)


@BOTH
def test_omitted_numbers_are_zeros_and_one_body_stands_for_all(kind):
    body, angles = toy_body(), np.float32([[0, 0, 0.3], [0, 0.4, 0], [0.5, 0, 0]])
    few = posed(kind, body, {"hand_pose": angles, "betas": np.float32([[0.7]])})
    full = {"betas": np.full((3, 1), 0.7), "expression": np.zeros((3, 1)), "face_units": np.zeros((3, 2))}
    full |= {"transl": np.zeros((3, 3)), "global_orient": np.zeros((3, 3)), "hand_pose": angles}
    every = posed(kind, body, {name: np.float32(value) for name, value in full.items()})
    for name in ("vertices", "joints", "landmarks", "rotations"):
        assert few[name].shape[0] == 3
        np.testing.assert_allclose(few[name], every[name], atol=1e-7)
    assert posed(kind, body, {})["vertices"].tolist() == [body.template.tolist()]


@BOTH
def test_three_ways_to_write_a_rotation_mean_the_same(kind):
    angles = np.random.default_rng(0).normal(size=(4, 2, 3)).astype(np.float32)
    matrices = axis_angle_to_matrix(angles)
    ways = [angles, angles.reshape(4, 6), matrix_to_six(matrices), matrices, matrices.reshape(4, 18)]
    found = [posed(kind, toy_body(), {"pose": way})["vertices"] for way in ways]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-5)
    parts = {"global_orient": matrix_to_six(matrices[:, 0]), "hand_pose": angles[:, 1:]}
    np.testing.assert_allclose(posed(kind, toy_body(), parts)["vertices"], found[0], atol=1e-5)


@BOTH
def test_hands_by_few_numbers_and_relative_to_their_mean(kind):
    body = two_handed_toy(mean=0.25)
    by_number = posed(kind, body, {"left_hand_pose": np.float32([[2]])})
    by_angle = posed(kind, body, {"left_hand_pose": np.float32([[0, 0, 1]])})
    np.testing.assert_allclose(by_number["rotations"], by_angle["rotations"], atol=1e-6)
    # One radian beyond the mean, and the hand that was left out rests at its mean.
    for joint, angle in ((1, 1.25), (2, 0.25)):
        np.testing.assert_allclose(by_angle["rotations"][0, joint, 1, 0], np.sin(angle), atol=1e-6)
    # The whole pose is relative to nothing.
    whole = posed(kind, body, {"pose": np.float32([[0, 0, 0, 0, 0, 1, 0, 0, 0]])})
    np.testing.assert_allclose(whole["rotations"][0, :, 1, 0], [0, np.sin(1), 0], atol=1e-6)


@BOTH
def test_a_subset_is_the_same_rows(kind):
    parameters = {"pose": np.random.default_rng(1).normal(size=(2, 6)).astype(np.float32)}
    full = posed(kind, toy_body(), parameters)
    few = posed(kind, toy_body(), parameters, vertices=[4, 1, 1], landmarks=["beside"])
    np.testing.assert_allclose(few["vertices"], full["vertices"][:, [4, 1, 1]], atol=1e-7)
    np.testing.assert_allclose(few["landmarks"], full["landmarks"][:, 1:], atol=1e-7)
    none = posed(kind, toy_body(), parameters, vertices="none", landmarks="none")
    assert none["vertices"].shape == (2, 0, 3) and none["landmarks"].shape == (2, 0, 3)
    np.testing.assert_allclose(none["joints"], full["joints"], atol=1e-7)
    assert posed(kind, toy_body(), parameters, vertices="skin")["vertices"].shape == (2, 4, 3)


def test_gradients_are_those_of_finite_differences():
    tf = pytest.importorskip("tensorflow")
    rng = np.random.default_rng(2)
    layer = BodyLayer(toy_body(), dtype="float64")
    values = {"betas": rng.normal(size=(1, 1)), "pose": rng.normal(size=(1, 6)), "transl": rng.normal(size=(1, 3))}
    values |= {"expression": rng.normal(size=(1, 1)), "face_units": rng.normal(size=(1, 2))}
    goal = rng.normal(size=(1, 5, 3))

    def energy(parameters):
        found = layer(parameters)
        return ops.sum((found["vertices"] - goal) ** 2) + ops.sum(found["landmarks"] ** 3)

    tensors = {name: tf.constant(value) for name, value in values.items()}
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = energy(tensors)
    for name, gradient in tape.gradient(total, tensors).items():
        for i in np.ndindex(values[name].shape):
            shifted = [values[name].copy() for _ in range(2)]
            shifted[0][i] += 1e-5
            shifted[1][i] -= 1e-5
            up, down = (float(energy({**tensors, name: tf.constant(value)})) for value in shifted)
            np.testing.assert_allclose(gradient.numpy()[i], (up - down) / 2e-5, rtol=1e-4, atol=1e-7)


def test_gradients_are_finite_in_the_rest_pose():
    tf = pytest.importorskip("tensorflow")
    pose = tf.zeros((1, 6))
    with tf.GradientTape() as tape:
        tape.watch(pose)
        total = ops.sum(BodyLayer(toy_body())({"pose": pose})["vertices"] ** 2)
    assert np.isfinite(tape.gradient(total, pose).numpy()).all()


def test_the_layer_stands_in_a_functional_model_of_any_batch():
    pose = keras.Input((6,))
    model = keras.Model(pose, BodyLayer(toy_body(), vertices=[4])({"pose": pose})["vertices"])
    found = model.predict(np.float32([[0, 0, 0, 0, 0, QUARTER]] * 3), verbose=0)
    np.testing.assert_allclose(found, [[[1, 1, 0]]] * 3, atol=1e-6)
    assert model.count_params() == 0


@BOTH
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"beta": np.zeros((1, 1))}, "Expected parameters among betas.* Received: beta"),
        ({"betas": np.zeros((1, 2))}, r"betas \(B, 1\) or fewer numbers for toy. Received: shape \(1, 2\)"),
        ({"betas": np.zeros(1)}, "bodies along its first axis"),
        ({"transl": np.zeros((1, 2))}, r"transl \(B, 3\) for toy"),
        ({"hand_pose": np.zeros((1, 7))}, r"\(B, 3\) axis-angle, \(B, 6\) 6D or \(B, 9\) matrices. Received: .*7"),
        ({"pose": np.zeros((1, 6)), "hand_pose": np.zeros((1, 3))}, "whole or in parts"),
        ({"pose": np.zeros((2, 6)), "transl": np.zeros((3, 3))}, "one number of bodies.* pose 2, transl 3"),
    ],
)
def test_numbers_of_another_model_are_refused(kind, parameters, message):
    with pytest.raises(InputError, match=message):
        kind(toy_body())(parameters)


@BOTH
def test_unknown_vertices_and_landmarks_are_refused(kind):
    with pytest.raises(InputError, match="vertices between 0 and 4 of toy. Received: 1 to 5"):
        kind(toy_body(), vertices=[1, 5])
    with pytest.raises(InputError, match="all, skin, none or their indices. Received: 'face'"):
        kind(toy_body(), vertices="face")
    with pytest.raises(InputError, match="doesn't have: ear"):
        kind(toy_body(), landmarks=["middle", "ear"])


def test_numpy_refuses_numbers_that_are_none():
    with pytest.raises(InputError, match="NaN or infinity in betas"):
        NumpyBody(toy_body())({"betas": [[np.nan]]})
