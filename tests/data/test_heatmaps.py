"""Heatmaps that are rendered, and the errors of a network's heatmaps: drawn, and found again."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.data.augmentation.heatmaps import Peaks, encode, render
from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17

CLEAN = {"jitter": 0.0, "spread": 0.05, "haze": 0.0, "lost": 0.0, "swapped": 0.0, "doubled": 0.0}


def one_peak(x, y, spread, share=1.0) -> Peaks:
    return Peaks(np.array([[[x, y]]]), np.array([[spread]]), np.array([[share]]))


def test_a_cell_holds_the_integral_of_the_gaussian():
    maps = render(one_peak(0.3, 0.7, 0.05), 16)

    def cdf(edge, mean):
        return 0.5 * (1 + math.erf((edge - mean) / 0.05 / math.sqrt(2)))

    expected = (cdf(5 / 16, 0.3) - cdf(4 / 16, 0.3)) * (cdf(12 / 16, 0.7) - cdf(11 / 16, 0.7))
    assert maps[11, 4, 0] == pytest.approx(expected, abs=1e-6)


@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5), st.floats(0.001, 0.5), st.floats(0, 1))
def test_every_heatmap_is_a_distribution(x, y, spread, share):
    maps = render(one_peak(x, y, spread, share), 8)
    assert (maps >= 0).all()
    assert maps.sum() == pytest.approx(1, abs=1e-5)


def test_a_joint_outside_leaves_haze():
    np.testing.assert_allclose(render(one_peak(3.0, 0.5, 0.02), 8), 1 / 64, atol=1e-6)


def test_bytes_are_roots():
    assert encode(np.array([0.0, 0.25, 1.0])).tolist() == [0, 128, 255]


def places(rng) -> np.ndarray:
    return rng.uniform(0.1, 0.9, (len(H36M17), 2))


def test_without_errors_peaks_are_at_their_joints():
    rng = np.random.default_rng(0)
    truth = places(rng)
    peaks = HeatmapErrors.alike(17, **CLEAN).draw(truth, H36M17.mirror, rng)
    np.testing.assert_allclose(peaks.places[:, 0], truth)
    np.testing.assert_allclose(peaks.shares, [[1.0, 0.0]] * 17)


def test_a_pair_is_swapped_as_one():
    rng = np.random.default_rng(0)
    truth = places(rng)
    peaks = HeatmapErrors.alike(17, **{**CLEAN, "swapped": 1.0}).draw(truth, H36M17.mirror, rng)
    np.testing.assert_allclose(peaks.places[:, 0], truth[list(H36M17.mirror)])


def test_what_is_drawn_is_found_again():
    # Joints lie on a lattice far apart, so that no peak is near another joint by chance.
    rng = np.random.default_rng(1)
    truth = np.array([[0.1 + 0.2 * (j % 5), 0.1 + 0.2 * (j // 5)] for j in range(17)])
    asked = HeatmapErrors.alike(17, jitter=0.012, spread=0.02, haze=0.1, lost=0.0, swapped=0.15, doubled=0.3)
    maps = np.stack([render(asked.draw(truth, H36M17.mirror, rng), 32) for _ in range(400)])
    found = HeatmapErrors.fitted(maps, np.broadcast_to(truth, (400, 17, 2)), np.ones((400, 17), bool), H36M17.mirror)
    sided = [j for j in range(17) if H36M17.mirror[j] != j]
    assert np.median(found.jitter) == pytest.approx(0.012, rel=0.2)
    assert np.median(found.haze) == pytest.approx(0.1, abs=0.03)
    assert np.mean(np.array(found.swapped)[sided]) == pytest.approx(0.15, abs=0.04)
    assert np.mean(found.doubled) == pytest.approx(0.3, abs=0.08)
    assert max(found.lost) < 0.05
    assert all(found.swapped[j] == 0 for j in range(17) if j not in sided)


def test_lost_joints_are_found_again():
    rng = np.random.default_rng(2)
    truth = np.array([[0.1 + 0.2 * (j % 5), 0.1 + 0.2 * (j // 5)] for j in range(17)])
    asked = HeatmapErrors.alike(17, **{**CLEAN, "spread": 0.02, "lost": 0.4})
    maps = np.stack([render(asked.draw(truth, H36M17.mirror, rng), 32) for _ in range(300)])
    found = HeatmapErrors.fitted(maps, np.broadcast_to(truth, (300, 17, 2)), np.ones((300, 17), bool), H36M17.mirror)
    # Half of the lost ones are a blob around the joint, which still peaks there; the others go mostly to the mirror.
    astray = np.array(found.lost) + np.array(found.swapped)
    assert np.mean(astray) == pytest.approx(0.2, abs=0.05)


def test_a_joint_that_is_never_annotated_gets_the_others_median():
    rng = np.random.default_rng(3)
    truth = np.stack([places(rng) for _ in range(20)])
    clean = HeatmapErrors.alike(17, **CLEAN)
    maps = np.stack([render(clean.draw(t, H36M17.mirror, rng), 16) for t in truth])
    known = np.ones((20, 17), bool)
    known[:, 7] = False
    found = HeatmapErrors.fitted(maps, truth, known, H36M17.mirror)
    others = np.delete(np.array(found.spread), 7)
    assert found.spread[7] == pytest.approx(np.median(others))
    with pytest.raises(InputError, match="annotated joints"):
        HeatmapErrors.fitted(maps, truth, np.zeros((20, 17), bool), H36M17.mirror)


def test_a_file_gives_the_same_errors_and_a_wrong_one_is_refused(tmp_path):
    errors = HeatmapErrors.alike(3, **CLEAN)
    errors.save(tmp_path / "errors.json")
    assert HeatmapErrors.load(tmp_path / "errors.json") == errors
    content = json.loads((tmp_path / "errors.json").read_text())
    for wrong in ({**content, "lost": [2, 0, 0]}, {**content, "lost": [0]}, {"jitter": [0]}, {**content, "x": 1}):
        (tmp_path / "wrong.json").write_text(json.dumps(wrong))
        with pytest.raises(InputError):
            HeatmapErrors.load(tmp_path / "wrong.json")
    with pytest.raises(InputError, match="missing.json"):
        HeatmapErrors.load(tmp_path / "missing.json")
