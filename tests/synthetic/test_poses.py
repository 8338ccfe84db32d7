import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.synthetic.bodies.poses import (
    FITTED_KINDS,
    KIND_PROBABILITIES,
    POSE_JOINTS,
    Recordings,
    bones_of,
    chain,
    limit_joints,
    mirrored,
    penetrates,
    turned,
)


def at(positions, name):
    return positions[POSE_JOINTS.index(name)]


def test_all_kinds_are_drawn_and_none_is_broken(poses):
    rng = np.random.default_rng(0)
    drawn = [poses.sample(rng) for _ in range(300)]
    assert {pose.kind for pose in drawn} == set(KIND_PROBABILITIES)
    for pose in drawn:
        assert np.isfinite(pose.positions).all()
        assert np.allclose(np.linalg.norm(bones_of(pose.positions), axis=1), poses.lengths, atol=1e-3)
    assert np.mean([penetrates(pose.positions) for pose in drawn]) < 0.1


def test_lying_people_lie(poses):
    rng = np.random.default_rng(1)
    drawn = [pose for pose in (poses.sample(rng) for _ in range(400)) if pose.kind in ("lying", "standing")]
    for pose in drawn:
        trunk = at(pose.positions, "neck") - at(pose.positions, "pelvis")
        upright = -trunk[1] / np.linalg.norm(trunk)
        assert upright > 0.6 if pose.kind == "standing" else upright < 0.75


def test_mirroring_twice_is_nothing_and_once_swaps_the_sides(poses):
    positions = poses.sample(np.random.default_rng(2)).positions
    assert np.array_equal(mirrored(mirrored(positions)), positions)
    assert np.array_equal(at(mirrored(positions), "lwri"), at(positions, "rwri") * (-1, 1, 1))


def test_turning_by_a_right_angle():
    # Left hand at +x of somebody who faces the viewer goes away from the viewer or towards them, never up.
    assert np.allclose(turned(np.array([[1.0, 2.0, 0.0]]), np.pi / 2), [[0.0, 2.0, -1.0]])


def test_knees_do_not_bend_forwards():
    bones = np.zeros((19, 3))
    bones[:] = (0, 1, 0)
    bones[POSE_JOINTS.index("lhip") - 1], bones[POSE_JOINTS.index("rhip") - 1] = (100, 0, 0), (-100, 0, 0)
    for side in "lr":
        bones[POSE_JOINTS.index(f"{side}knee") - 1] = (0, 400, 0)
        bones[POSE_JOINTS.index(f"{side}ankle") - 1] = (0, 300, -300)  # forwards is -z
    limited = limit_joints(chain(bones))
    for side in "lr":
        shin = at(limited, f"{side}ankle") - at(limited, f"{side}knee")
        assert shin[2] > -1e-6 and np.isclose(np.linalg.norm(shin), np.hypot(300, 300))


def test_a_part_of_the_distribution_needs_every_kind(poses):
    one_each = [poses.kinds.index(kind) for kind in FITTED_KINDS]
    assert poses.only(one_each).kinds == FITTED_KINDS
    with pytest.raises(InputError, match="one or more of each of standing"):
        poses.only(one_each[:-1])
    with pytest.raises(InputError, match="Expected clusters between 0 and"):
        poses.only([*one_each, len(poses.kinds)])


def test_recordings_are_read_into_this_frame(tmp_path):
    # Metres, y up, the person's left at +x, facing +z; here: mm, y down, facing -z.
    xyz = np.zeros((1, 20, 3), np.float16)
    xyz[0, POSE_JOINTS.index("lwri")] = (0.5, 1.0, 0.25)
    np.savez(tmp_path / "walk.npz", joints=np.array(POSE_JOINTS), xyz=xyz)
    positions = Recordings.load([tmp_path / "walk.npz"]).positions
    assert np.allclose(positions[0, POSE_JOINTS.index("lwri")], (500, -1000, -250))


def test_other_recordings_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", joints=np.array(["a", "b"]), xyz=np.zeros((1, 2, 3)))
    (tmp_path / "text.npz").write_text("no array")
    with pytest.raises(InputError, match=r"Received: \(1, 2, 3\) of a, b"):
        Recordings.load([tmp_path / "other.npz"])
    with pytest.raises(InputError, match="Expected recorded poses"):
        Recordings.load([tmp_path / "text.npz"])
