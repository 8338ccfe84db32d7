import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelpose.errors import InputError
from voxelpose.inference.root_depth import bone_lengths_mm, solve_root_depth
from voxelpose.skeleton import MEAN_BONE_LENGTHS_MM, get_skeleton

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


def test_mean_lengths_are_matched_by_bone_not_by_name_alone():
    assert bone_lengths_mm(SKELETON).tolist() == [MEAN_BONE_LENGTHS_MM[SKELETON.joints[c]] for _, c in SKELETON.bones]
    lsp = get_skeleton("lsp14")
    known = {lsp.joints[c] for (_, c), length in zip(lsp.bones, bone_lengths_mm(lsp), strict=True) if length > 0}
    # Its hips and shoulders hang on the neck, which no Human3.6M limb spans.
    assert known == {f"{side}_{j}" for side in ("left", "right") for j in ("knee", "ankle", "elbow", "wrist")}


def test_own_lengths():
    lengths = bone_lengths_mm(SKELETON, {"right_knee": 470.0})
    assert np.isfinite(lengths).sum() == 1 and lengths[[c for _, c in SKELETON.bones].index(2)] == 470.0


@pytest.mark.parametrize("own, told", [({"right_kne": 400}, "right_knee"), ({"right_knee": -1}, "above 0 mm")])
def test_bad_own_lengths(own, told):
    with pytest.raises(InputError, match=told):
        bone_lengths_mm(SKELETON, own)
