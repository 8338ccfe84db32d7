from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.nelder_mead import root_depth as by_nelder_mead
from voxelpose.errors import InputError
from voxelpose.evaluation.quantisation.poses import drawn_poses
from voxelpose.inference.decoding.limb_lengths import bone_lengths_mm
from voxelpose.inference.decoding.root_depth import solve_root_depth
from voxelpose.skeleton import get_skeleton

SKELETON = get_skeleton("h36m17")


def random_people(seed, count, spread=300.0, low=1500.0, high=9000.0):
    """Joints (count, 17, 3) in the camera frame, and their rays scaled to z = 1 and depths relative to the root."""
    generator = np.random.default_rng(seed)
    joints = generator.normal(0, spread, (count, 17, 3)) + [0, 0, 1]
    joints += np.stack([*generator.normal(0, 500, (2, count)), generator.uniform(low, high, count)], axis=-1)[:, None]
    return joints, joints / joints[..., 2:], joints[..., 2] - joints[:, SKELETON.root, 2, None]


def brute_force(directions, relative, lengths, weights=1.0):
    """The minimum over a fine grid of depths, then a finer one around it, written from the definition."""

    def cost(depth):
        points = directions * (depth + relative)[:, None]
        return np.sum(weights * (SKELETON.bone_lengths(points) - lengths) ** 2)

    depths = np.arange(100.0 - relative.min(), 20_000.0, 10.0)
    for step in (0.1, 0.002):
        best = depths[np.argmin([cost(depth) for depth in depths])]
        depths = np.arange(max(best - 150 * step, 100.0 - relative.min()), best + 150 * step, step)
    return depths[np.argmin([cost(depth) for depth in depths])]


def test_the_true_depth_comes_back_from_the_true_lengths():
    joints, directions, relative = random_people(1, 50)
    found = solve_root_depth(directions, relative, SKELETON, SKELETON.bone_lengths(joints))
    np.testing.assert_allclose(found.depth, joints[:, SKELETON.root, 2], rtol=1e-7)
    np.testing.assert_allclose(found.residual, 0, atol=1e-4)
    np.testing.assert_allclose(found.std, 0, atol=1e-3)


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_brute_force_when_lengths_disagree(weighted):
    joints, directions, relative = random_people(2, 12)
    generator = np.random.default_rng(3)
    lengths = SKELETON.bone_lengths(joints) * generator.uniform(0.6, 1.5, (12, 16))
    weights = generator.uniform(0, 2, (12, 16)) if weighted else np.ones((12, 16))
    found = solve_root_depth(directions, relative, SKELETON, lengths, weights if weighted else None)
    for n in range(12):
        assert found.depth[n] == pytest.approx(
            brute_force(directions[n], relative[n], lengths[n], weights[n]), abs=0.01
        )


def test_unknown_lengths_take_no_part():
    joints, directions, relative = random_people(4, 5)
    lengths = SKELETON.bone_lengths(joints)
    lengths[:, ::2] = np.nan
    found = solve_root_depth(directions, relative, SKELETON, lengths)
    np.testing.assert_allclose(found.depth, joints[:, SKELETON.root, 2], rtol=1e-7)


def test_no_known_length_is_refused():
    _, directions, relative = random_people(5, 1)
    with pytest.raises(InputError, match="at least one bone of known length"):
        solve_root_depth(directions, relative, SKELETON, np.full(16, np.nan))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.2, 4.0))
def test_no_nearby_depth_is_better(seed, scale):
    _, directions, relative = random_people(seed, 3)
    lengths = scale * bone_lengths_mm(SKELETON)
    found = solve_root_depth(directions, relative, SKELETON, lengths)

    def cost(depth):
        points = directions * (depth[:, None] + relative)[..., None]
        return ((SKELETON.bone_lengths(points) - lengths) ** 2).sum(axis=-1)

    at_minimum = cost(found.depth)
    inside = found.depth > 100.5 - relative.min(axis=1)
    for step in (-0.1, 0.1):
        assert (at_minimum <= cost(found.depth + step))[inside].all()


def test_std_predicts_the_scatter_of_the_depth():
    """Lengths with 20 mm of noise, many times: the reported std is the observed one within 15 per cent."""
    joints, directions, relative = random_people(6, 1)
    generator = np.random.default_rng(7)
    lengths = SKELETON.bone_lengths(joints) + generator.normal(0, 20, (2000, 16))
    repeat = (2000, 1, 1)
    found = solve_root_depth(np.tile(directions, repeat), np.tile(relative, repeat[:2]), SKELETON, lengths)
    assert found.std.mean() == pytest.approx(found.depth.std(), rel=0.15)


def people_of_all_sizes(seed, count):
    """Rays and relative depths of drawn poses, a fifth larger or smaller than the mean limbs, with 30 mm of noise."""
    generator = np.random.default_rng(seed)
    joints = drawn_poses(count, seed) * generator.uniform(0.8, 1.2, (count, 1, 1))
    joints += generator.normal(0, 30, joints.shape)
    places = np.stack([*generator.normal(0, 400, (2, count)), generator.uniform(2000, 9000, count)], axis=-1)
    joints += places[:, None]
    return joints, joints / joints[..., 2:], joints[..., 2] - joints[:, SKELETON.root, 2, None]


def test_the_minimum_is_nelder_meads_and_found_a_hundred_times_faster():
    _, directions, relative = people_of_all_sizes(0, 1000)
    lengths = bone_lengths_mm(SKELETON)
    start = process_time()
    theirs = [by_nelder_mead(d, r, SKELETON, lengths) for d, r in zip(directions, relative, strict=True)]
    one_by_one = process_time() - start
    together = []
    for _ in range(5):
        start = process_time()
        ours = solve_root_depth(directions, relative, SKELETON, lengths).depth
        together.append(process_time() - start)
    assert abs(ours - theirs).max() < 1.0
    assert one_by_one > 100 * min(together)


def test_one_wrong_joint_moves_the_robust_depth_little():
    joints, directions, relative = people_of_all_sizes(1, 200)
    lengths = SKELETON.bone_lengths(joints)
    true = joints[:, SKELETON.root, 2]
    relative = relative.copy()
    relative[:, SKELETON.index("right_wrist")] += 800
    plain = solve_root_depth(directions, relative, SKELETON, lengths)
    robust = solve_root_depth(
        directions, relative, SKELETON, lengths, variance=np.full((200, 16), 20.0**2), robust=True
    )
    assert np.median(abs(robust.depth - true)) < 0.25 * np.median(abs(plain.depth - true))
    assert np.median(abs(robust.depth - true)) < 30


def test_without_a_far_off_bone_the_robust_minimum_is_the_plain_one():
    joints, directions, relative = people_of_all_sizes(2, 50)
    lengths = SKELETON.bone_lengths(joints) + np.random.default_rng(0).normal(0, 5, (50, 16))
    plain = solve_root_depth(directions, relative, SKELETON, lengths)
    robust = solve_root_depth(
        directions, relative, SKELETON, lengths, variance=np.full((50, 16), 100.0**2), robust=True
    )
    np.testing.assert_allclose(robust.depth, plain.depth, rtol=2e-4)


def test_certain_bones_count_more():
    joints, directions, relative = people_of_all_sizes(3, 20)
    lengths = SKELETON.bone_lengths(joints)
    wrong = lengths * np.where(np.arange(16) % 2, 1.3, 1.0)
    variance = np.broadcast_to(np.where(np.arange(16) % 2, 1e6, 1.0), lengths.shape)
    found = solve_root_depth(directions, relative, SKELETON, wrong, variance=variance)
    np.testing.assert_allclose(found.depth, joints[:, SKELETON.root, 2], rtol=1e-3)
    again = solve_root_depth(directions, relative, SKELETON, wrong, weights=1 / variance)
    np.testing.assert_allclose(found.depth, again.depth, rtol=1e-9)


def test_std_is_what_the_variances_predict():
    """Lengths with the noise that the variances state, many times; errors by luck smaller don't shrink the std."""
    joints, directions, relative = people_of_all_sizes(4, 1)
    generator = np.random.default_rng(7)
    deviations = generator.uniform(5, 40, 16)
    lengths = SKELETON.bone_lengths(joints) + generator.normal(0, 1, (2000, 16)) * deviations
    many = np.tile(directions, (2000, 1, 1)), np.tile(relative, (2000, 1)), SKELETON, lengths
    found = solve_root_depth(*many, variance=np.broadcast_to(deviations**2, (2000, 16)))
    assert found.std.mean() == pytest.approx(found.depth.std(), rel=0.2)
    exact = solve_root_depth(
        directions, relative, SKELETON, SKELETON.bone_lengths(joints), variance=deviations[None] ** 2
    )
    assert exact.std[0] == pytest.approx(found.depth.std(), rel=0.15)


def test_a_robust_loss_needs_variances():
    _, directions, relative = random_people(1, 1)
    with pytest.raises(ValueError, match="needs variances"):
        solve_root_depth(directions, relative, SKELETON, bone_lengths_mm(SKELETON), robust=True)
