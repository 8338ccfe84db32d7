import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.decoding.limb_lengths import MEAN_HEIGHT_MM, Limbs, bone_lengths_mm
from voxelpose.skeleton import MEAN_BONE_LENGTHS_MM, get_skeleton

SKELETON = get_skeleton("h36m17")


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


def test_a_height_scales_the_mean_limbs():
    assert MEAN_HEIGHT_MM == pytest.approx(445.58 + 449.20 + 238.38 + 255.34 + 116.08 + 115.00 + 85.0)
    limbs = Limbs.of(SKELETON, height=1875.04)
    np.testing.assert_allclose(limbs.lengths, 1875.04 / 1704.58 * bone_lengths_mm(SKELETON))
    assert limbs.common == 0.0 and limbs.source == "mean limb lengths at a height of 1875.04 mm"


def test_unknown_people_differ_in_height_and_measured_ones_do_not():
    anybody, measured = Limbs.of(SKELETON), Limbs.of(SKELETON, {"right_knee": 450.0})
    assert anybody.common == 0.055 and anybody.source == "mean limb lengths"
    assert measured.common == 0.0 and measured.std[SKELETON.bones.index((1, 2))] == pytest.approx(4.5)
    assert measured.source == "own limb lengths"


@pytest.mark.parametrize(
    "facts, told",
    [
        (dict(height=1.75), "height of 300 to 2800 mm. Received: 1.75"),
        (dict(height=float("nan")), "height of 300 to 2800 mm. Received: nan"),
        (dict(height=1750, own={"right_knee": 450.0}), "limb lengths or a height. Received: both"),
    ],
)
def test_bad_people(facts, told):
    with pytest.raises(InputError, match=told):
        Limbs.of(SKELETON, **facts)
