"""How BlazePose is shown an annotated person, and how its answer comes back to the photograph."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lspet_case import packed_store

from voxelpose.data.store.taught_depth import TaughtDepth
from voxelpose.errors import InputError


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("teach_depth")


# lsp14: right leg from the ankle, left leg to the ankle, right arm from the wrist, left arm to the wrist, neck, head.
STANDING = np.array(
    [(40, 90), (42, 75), (45, 60), (55, 60), (58, 75), (60, 90), (30, 60), (35, 50), (42, 40), (58, 40), (65, 50),
     (70, 60), (50, 35), (50, 25)], float
)  # fmt: skip
KNOWN = np.ones(14, bool)


@given(st.floats(-np.pi, np.pi), st.floats(-20, 20))
def test_the_person_stands_upright_in_the_middle(tool, angle, shift):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    joints = STANDING @ turn.T + shift
    view = tool.upright_view(joints, KNOWN, 96)
    seen = joints @ view[:, :2].T + view[:, 2]
    hips, shoulders = seen[[2, 3]].mean(0), seen[[8, 9]].mean(0)
    np.testing.assert_allclose(hips, 127.5, atol=1e-6)
    assert abs(shoulders[0] - 127.5) < 1e-6 and shoulders[1] < hips[1]
    assert (seen > 20).all() and (seen < 235).all()  # a fifth of the radius is margin
    assert seen[2, 0] < seen[3, 0]  # turned, not mirrored: the right hip stays on the left


def test_a_person_without_hips_is_shown_with_the_whole_picture(tool):
    known = KNOWN.copy()
    known[2] = False
    view = tool.upright_view(STANDING, known, 64)
    # The corner of the first pixel stays where it is, the last one's goes to the last one's.
    np.testing.assert_allclose(view @ [-0.5, -0.5, 1], [-0.5, -0.5])
    np.testing.assert_allclose(view @ [63.5, 63.5, 1], [255.5, 255.5])


class Seeing:
    """A network that finds each point where the upright view has the annotated joint, at a known depth."""

    def __init__(self, tool, joints, side):
        self.points, self.view = list(tool.POINTS), tool.upright_view(joints, KNOWN, side)
        self.joints = joints

    def __call__(self, picture):
        assert picture.shape == (256, 256, 3)
        pixels, metres = np.full((39, 2), -1.0), np.zeros((39, 3))
        pixels[self.points] = self.joints[:12] @ self.view[:, :2].T + self.view[:, 2]
        metres[self.points, 2] = np.arange(12) / 100
        return pixels, metres


def test_points_come_back_to_the_photograph_and_depth_in_mm(tool):
    image = np.zeros((96, 96, 3), np.uint8)
    points, depth = tool.teach(Seeing(tool, STANDING, 96), image, STANDING, KNOWN)
    np.testing.assert_allclose(points, STANDING[:12], atol=1e-9)
    np.testing.assert_allclose(depth, 10.0 * np.arange(12))


def test_the_command_teaches_the_training_part_alone(tool, tmp_path, monkeypatch, capsys):
    train, heldout = (packed_store(tmp_path, part, image_ids=(5, 9000, 9001)) for part in ("train", "heldout"))
    monkeypatch.setattr(tool, "BlazePose", lambda path: lambda picture: (np.zeros((39, 2)), np.zeros((39, 3))))
    with pytest.raises(InputError, match="Received: the part heldout of lspet-packed"):
        tool.main([str(heldout), "heavy.tflite", "--out", str(tmp_path / "depth.npz")])
    assert tool.main([str(train), "heavy.tflite", "--out", str(tmp_path / "depth.npz")]) == 0
    taught = TaughtDepth.load(tmp_path / "depth.npz")
    assert taught.image_id.tolist() == [5, 9000] and np.isnan(taught.depth_mm).all()
    assert "0 of 2 photographs, 0 joints" in capsys.readouterr().out


def test_without_the_extra_it_says_what_to_install(tool, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(InputError, match=r"pip install 'voxelpose\[litert\]'"):
        tool.BlazePose(Path("heavy.tflite"))
