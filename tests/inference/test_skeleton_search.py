"""The most likely skeleton: exact, and where one joint alone would be wrong."""

from itertools import product

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.decoders import make_decoder
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.skeleton_search import _candidates, _max_product, find_skeleton
from voxelpose.inference.inputs.requests import PersonCrop
from voxelpose.skeleton import Skeleton, get_skeleton

# A forearm of 500 mm; the elbow hangs on the shoulder.
ARM = Skeleton("arm", ("shoulder", "elbow", "wrist"), (0, 0, 1))
LIMBS = Limbs(np.array([500.0, 500.0]), np.array([25.0, 25.0]), 0.0, "test")
GRID = VoxelGrid(16, 16, 16)


def to_mm(fractions):
    """A box of 2 m that is seen without perspective."""
    return np.asarray(fractions) * 2000.0


def blobs(places, weights, side=16, sigma=0.04):
    """Likelihood (side, side, side) of Gaussians at fractions x, y, z."""
    c = (np.arange(side) + 0.5) / side
    total = 0
    for (x, y, z), weight in zip(places, weights, strict=True):
        axes = (np.exp(-((c - m) ** 2) / (2 * sigma**2)) for m in (y, x, z))
        row, column, deep = axes
        total = total + weight * np.einsum("i,j,k->ijk", row / row.sum(), column / column.sum(), deep / deep.sum())
    return total


@pytest.mark.parametrize("side", [16, 24, 48])
def test_a_torn_joint_goes_where_its_limb_is_long_enough(side):
    """The wrist is likelier far from the elbow than a limb away: the highest cell is wrong, and so is the mean."""
    shoulder, elbow, right, wrong = (0.5, 0.5, 0.5), (0.5, 0.75, 0.5), (0.75, 0.75, 0.5), (0.25, 0.3, 0.6)
    volume = np.stack(
        [blobs([shoulder], [1.0], side), blobs([elbow], [1.0], side), blobs([right, wrong], [0.4, 0.6], side)], axis=2
    )
    mean = np.array([shoulder, elbow, 0.4 * np.array(right) + 0.6 * np.array(wrong)])
    grid = VoxelGrid(side, side, side)
    found = find_skeleton(volume, mean, to_mm, grid, ARM, LIMBS)
    np.testing.assert_allclose(found, [shoulder, elbow, right], atol=0.02)


def test_between_two_near_peaks_is_no_answer():
    """The wrist's peaks lie four cells apart, and only one of them a limb's length from the elbow."""
    shoulder, elbow, right, wrong = (0.5, 0.5, 0.5), (0.5, 0.75, 0.5), (0.75, 0.75, 0.5), (0.96, 0.75, 0.5)
    volume = np.stack([blobs([shoulder], [1.0]), blobs([elbow], [1.0]), blobs([right, wrong], [0.5, 0.5])], axis=2)
    mean = np.array([shoulder, elbow, np.mean([right, wrong], axis=0)])
    found = find_skeleton(volume, mean, to_mm, GRID, ARM, LIMBS)
    np.testing.assert_allclose(found[2], right, atol=0.02)


@pytest.mark.parametrize("side", [16, 24, 64])
def test_the_middle_of_two_peaks_is_no_answer_though_the_limb_would_fit(side):
    """As of an ankle of somebody who walks past: both feet are likely, and the shin would fit between them."""
    hip, knee, likely, other = (0.5, 0.35, 0.5), (0.52, 0.6, 0.5), (0.32, 0.85, 0.5), (0.72, 0.83, 0.5)
    volume = np.stack(
        [blobs([hip], [1.0], side, 0.02), blobs([knee], [1.0], side, 0.02),
         blobs([likely, other], [0.5, 0.5], side, 0.02)],
        axis=2,
    )  # fmt: skip
    mean = np.array([hip, knee, np.mean([likely, other], axis=0)])
    found = find_skeleton(volume, mean, to_mm, VoxelGrid(side, side, side), ARM, LIMBS)[2]
    assert min(np.linalg.norm(found - peak) for peak in (likely, other)) < 0.03


def test_clear_joints_stay_where_they_are_whatever_their_limbs():
    places = [(0.5, 0.5, 0.5), (0.3, 0.3, 0.4), (0.8, 0.7, 0.7)]
    volume = np.stack([blobs([place], [1.0]) for place in places], axis=2)
    found = find_skeleton(volume, np.array(places), to_mm, GRID, ARM, LIMBS)
    np.testing.assert_allclose(found, places, atol=0.015)


def test_the_roots_depth_is_the_given_one():
    volume = np.stack([blobs([(0.5, 0.5, z)], [1.0]) for z in (0.9, 0.5, 0.5)], axis=2)
    mean = np.array([[0.5, 0.5, 0.5]] * 3)
    assert find_skeleton(volume, mean, to_mm, GRID, ARM, LIMBS)[0, 2] == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_all_combinations_is_found(seed):
    generator = np.random.default_rng(seed)
    tree = Skeleton("tree", ("a", "b", "c", "d", "e"), (1, 1, 1, 2, 2))
    limbs = Limbs(np.array([300.0, 400.0, np.nan, 250.0]), np.full(4, 40.0), 0.05, "test")
    scores, joints = generator.normal(size=(5, 6)), generator.normal(0, 300, (5, 6, 3))
    variance = generator.uniform(0, 2000, (5, 6))
    choice = _max_product(scores, joints, variance, tree, limbs)

    def value(combination):
        total = sum(scores[j, k] for j, k in enumerate(combination))
        for (p, c), length, std in zip(tree.bones, limbs.lengths, limbs.std, strict=True):
            if np.isfinite(length):
                k, m = combination[p], combination[c]
                off = np.linalg.norm(joints[p, k] - joints[c, m]) - length
                spread = std**2 + (0.05 * length) ** 2 + variance[p, k] + variance[c, m]
                total -= 0.5 * min(off**2 / spread, 9.0)
        return total

    best = max(product(range(6), repeat=5), key=value)
    assert value(choice) == pytest.approx(value(best))


def test_candidates_are_local_means_and_the_mean_itself():
    volume = np.stack([blobs([(0.2, 0.3, 0.4), (0.8, 0.7, 0.6)], [0.7, 0.3])], axis=2)
    places, mass, spread = _candidates(volume, np.array([[0.38, 0.42, 0.46]]))
    np.testing.assert_allclose(places[0, -1], [0.38, 0.42, 0.46])
    np.testing.assert_allclose(places[0, mass[0, :-1].argmax()], [0.2, 0.3, 0.4], atol=0.01)
    assert mass[0, mass[0, :-1].argmax()] == pytest.approx(0.7, abs=0.01)
    assert np.sqrt(spread[0, mass[0, :-1].argmax()]) == pytest.approx(0.04, abs=0.012)


def test_the_decoders_read_a_whole_person():
    """One torn wrist in a 17-joint volume seen by a camera: all three decoders, through the reader's interface."""
    skeleton = get_skeleton("h36m17")
    from voxelpose.evaluation.quantisation.poses import drawn_poses

    joints = drawn_poses(1, 5)[0] + [0, 0, 4000.0]
    camera = Camera.from_field_of_view(400, 400)
    pixels = camera.project(joints)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    crop = Crop.from_box((*low, *(high - low)), 128).facing(camera)
    fractions = GRID.fractions(joints, skeleton.root, camera, crop)
    torn, away = skeleton.index("left_wrist"), np.array([-0.3, 0.25, 0.2])
    volume = []
    for j, place in enumerate(fractions):
        two = j == torn
        volume.append(
            blobs(
                [place, np.clip(place + away, 0.05, 0.95)] if two else [place],
                [0.45, 0.55][: 1 + two] if two else [1.0],
            )
        )
    logits = np.log(np.maximum(np.stack(volume, axis=2), 1e-9))[None].astype(np.float32)
    view = PersonCrop(np.zeros((400, 400, 3), np.uint8), (0, 0, 1, 1), "given", camera, "given", None, crop)
    found = {}
    for name in ("argmax", "soft-argmax", "limb-aware"):
        moments = make_decoder(name, skeleton, Limbs.of(skeleton), 1.0)(logits, [view], GRID)
        found[name] = np.linalg.norm(moments.mean[0, torn] - fractions[torn])
        # The second moments are about the point: a torn joint is uncertain whichever half was taken.
        assert np.sqrt(np.diagonal(moments.covariance[0, torn]).sum()) > 0.15
    assert found["limb-aware"] < 0.05 < 0.2 < min(found["soft-argmax"], found["argmax"])


def test_an_unknown_decoder():
    with pytest.raises(InputError, match="argmax, soft-argmax, limb-aware. Received: 'max'"):
        make_decoder("max", ARM, LIMBS, 1.0)


def test_without_places_no_limbs():
    with pytest.raises(ValueError, match="where the crops were cut"):
        make_decoder("limb-aware", ARM, LIMBS, 1.0)(np.zeros((1, 4, 4, 3, 4), np.float32), None, GRID)
