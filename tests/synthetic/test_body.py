import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.body import PART_NAMES
from voxelpose.synthetic.bodies.poses import POSE_JOINTS, mirrored


def standing() -> np.ndarray:
    """Somebody who faces the viewer (-z) in a T pose; left is +x, y points down, mm."""
    places = {
        "pelvis": (0, 0, 0), "rhip": (-90, 10, 0), "rknee": (-100, 440, 0), "rankle": (-100, 870, 10),
        "rtoe": (-110, 930, -130), "spine": (0, -230, 0), "thorax": (0, -400, 0), "neck": (0, -520, 0),
        "head": (0, -640, -20), "headtop": (0, -740, -20), "rsho": (-170, -490, 0),
        "relb": (-450, -490, 0), "rwri": (-700, -490, 0),
    }  # fmt: skip
    for name, (x, y, z) in list(places.items()):
        if name.startswith("r"):
            places["l" + name[1:]] = (-x, y, z)
    return np.array([places[name] for name in POSE_JOINTS], np.float64)


def joint(joints, name):
    return joints[H36M17.index(name)]


def test_a_t_pose_comes_out_as_one(bank):
    joints = bank.average.frame.posed(standing()).joints
    assert np.allclose(joint(joints, "pelvis"), 0)
    # The person faces the viewer, so their left is at the right of the picture.
    assert joint(joints, "left_wrist")[0] > 400 and joint(joints, "right_wrist")[0] < -400
    assert abs(joint(joints, "left_wrist")[1] - joint(joints, "left_shoulder")[1]) < 60
    assert joint(joints, "left_ankle")[0] > 0 > joint(joints, "right_ankle")[0]
    assert (
        joint(joints, "head")[1] < joint(joints, "jaw")[1] < joint(joints, "thorax")[1] < joint(joints, "spine")[1] < 0
    )
    assert joint(joints, "left_knee")[1] > 300


def test_bone_lengths_do_not_depend_on_the_pose(bank, poses):
    rng = np.random.default_rng(1)
    frame = bank.frame(bank.sample_identity(rng))
    posed = [frame.posed(poses.sample(rng).positions, rng).joints for _ in range(12)]
    lengths = H36M17.bone_lengths(np.stack(posed))
    rigid = [
        i
        for i, (_, child) in enumerate(H36M17.bones)
        if H36M17.joints[child].endswith(("hip", "knee", "ankle", "elbow", "wrist", "head"))
    ]
    # Between pelvis, spine, thorax and shoulders lie several bones, whose bend changes the distance a little.
    assert np.ptp(lengths[:, rigid], axis=0).max() < 1e-6
    assert np.allclose(lengths[0, rigid], H36M17.bone_lengths(frame.posed(standing()).joints)[rigid])


def test_limbs_point_where_the_pose_says(bank, poses):
    rng = np.random.default_rng(2)
    for _ in range(5):
        positions = poses.sample(rng).positions
        joints = bank.average.frame.posed(positions).joints
        for ours, theirs in (("left", "l"), ("right", "r")):
            for (a, b), (c, d) in (
                (("hip", "knee"), ("hip", "knee")),
                (("knee", "ankle"), ("knee", "ankle")),
                (("shoulder", "elbow"), ("sho", "elb")),
                (("elbow", "wrist"), ("elb", "wri")),
            ):
                bone = joint(joints, f"{ours}_{b}") - joint(joints, f"{ours}_{a}")
                wanted = positions[POSE_JOINTS.index(theirs + d)] - positions[POSE_JOINTS.index(theirs + c)]
                cosine = bone @ wanted / np.linalg.norm(bone) / np.linalg.norm(wanted)
                assert cosine > 0.9999, (ours, b)


def test_a_mirrored_pose_gives_the_mirrored_joints(bank, poses):
    # The bodies are symmetric to within a millimetre or so.
    positions = poses.sample(np.random.default_rng(3)).positions
    joints = bank.average.frame.posed(positions).joints
    twin = bank.average.frame.posed(mirrored(positions)).joints
    assert np.abs(twin[list(H36M17.mirror)] * (-1, 1, 1) - joints).max() < 2.0


def test_the_skin_surrounds_its_joints(bank, poses):
    rng = np.random.default_rng(4)
    body = bank.body(bank.sample_identity(rng))
    frame = body.frame.posed(poses.sample(rng).positions, rng)
    vertices = body.posed(frame).vertices
    for side in ("left", "right"):
        for name, part in (("elbow", "forearm"), ("knee", "shin"), ("wrist", "hand"), ("ankle", "foot")):
            members = bank.visible[bank.parts[bank.visible] == PART_NAMES.index(f"{side}_{part}")]
            distance = np.linalg.norm(vertices[members] - joint(frame.joints, f"{side}_{name}"), axis=1)
            assert distance.min() < 75, (side, name)
    crown = np.linalg.norm(vertices[bank.visible] - joint(frame.joints, "head"), axis=1)
    assert crown.min() < 3


def test_bones_that_turn_together_share_one_transform(bank, poses):
    rng = np.random.default_rng(5)
    body = bank.body(bank.sample_identity(rng))
    frame = body.frame.posed(poses.sample(rng).positions, rng)
    # The definition, bone by bone, against the shortcut of `Skin`.
    at = np.einsum("bij,vj->vbi", frame.rotations, body.vertices[:200].astype(np.float64)) + frame.offsets
    chosen = np.take_along_axis(at, bank.skin_bones[:200, :, None], axis=1)
    expected = (bank.skin_weights[:200, :, None] * chosen).sum(1)
    assert np.abs(body.posed(frame).vertices[:200] - expected).max() < 0.05


def test_people_differ_in_size(bank):
    rng = np.random.default_rng(6)
    heights = []
    for _ in range(30):
        vertices = bank.body(bank.sample_identity(rng)).vertices[bank.visible]
        heights.append(np.ptp(vertices[:, 1]))
    assert 1450 < min(heights) < 1650 and 1750 < max(heights) < 2250


def test_a_part_of_the_bank_mixes_only_its_own_bodies(bank):
    part = bank.only([3, 7])
    assert np.array_equal(part.rows, bank.rows[[3, 7]])
    with pytest.raises(InputError, match="two or more different bodies between 0 and 63. Received: \\(5, 64\\)"):
        bank.only((5, 64))


def test_a_damaged_or_foreign_bank_is_refused(tmp_path, bank):
    from voxelpose.assets import asset_path

    content = asset_path("people/bodies.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    np.savez(tmp_path / "foreign.npz", other=np.zeros(3))
    for name in ("cut", "foreign"):
        with pytest.raises(InputError, match=f"Expected a bank of bodies in .*{name}.npz"):
            BodyBank.load(tmp_path / f"{name}.npz")
