"""Files in the layouts of SMPL, SMPL+H and SMPL-X, made from the open body: they come back as what was put in."""

import pickle
import sys
import types

import numpy as np
import pytest

from voxelpose.body import NumpyBody, load_smpl, open_body
from voxelpose.errors import InputError
from voxelpose.geometry.rotations import axis_angle_to_matrix

VERTICES = 300


def layout(joints=55, shapes=10, expressions=10, version=1.0):
    """The arrays of such a file: every 60th vertex of the open body, its joints as the least regressor of them."""
    body, rng = open_body(), np.random.default_rng(0)
    chosen = body.skin[:: len(body.skin) // VERTICES][:VERTICES]
    kept = np.arange(joints) if joints == 55 else np.r_[:22, 25:55] if joints == 52 else np.r_[:22, 25, 40]
    template = body.template[chosen].astype(np.float64)
    directions = body.shape_directions[:shapes, chosen].astype(np.float64)
    faces = body.expression_directions[:expressions, chosen].astype(np.float64)
    if version > 1:
        padding = np.zeros((300 - shapes, VERTICES, 3)), np.zeros((100 - expressions, VERTICES, 3))
        directions = np.concatenate([directions, padding[0], faces, padding[1]])
    elif expressions:
        directions = np.concatenate([directions, faces])
    # Joints are then a fixed linear map of the vertices, whatever these joints are.
    regressor = rng.uniform(0, 1, (joints, VERTICES)) ** 20
    regressor /= regressor.sum(1, keepdims=True)
    weights = rng.uniform(0, 1, (VERTICES, joints)) ** 8
    weights[weights < 0.2] = 0
    weights[:, 0] += 0.1
    parents = np.array([0, *(list(kept).index(p) if p in kept else 0 for p in body.parents[kept][1:])])
    parents = parents.astype(np.uint32)
    parents[0] = 2**32 - 1
    return {
        "v_template": template,
        "f": rng.integers(0, VERTICES, (400, 3)).astype(np.uint32),
        "shapedirs": np.moveaxis(directions, 0, -1),
        "posedirs": rng.normal(0, 0.01, (VERTICES, 3, 9 * (joints - 1))),
        "J_regressor": regressor,
        "weights": weights / weights.sum(1, keepdims=True),
        "kintree_table": np.stack([parents, np.arange(joints, dtype=np.uint32)]),
    }


def hands(content):
    rng = np.random.default_rng(1)
    content |= {f"hands_components{side}": np.linalg.qr(rng.normal(size=(45, 45)))[0] for side in "lr"}
    content |= {f"hands_mean{side}": rng.normal(0, 0.2, 45) for side in "lr"}
    return content


def skinned(content, betas, axis_angles):
    """Vertices and joints by SMPL's equations in homogeneous matrices, joint by joint."""
    shaped = content["v_template"] + content["shapedirs"][..., : len(betas)] @ betas
    joints, rotations = content["J_regressor"] @ shaped, axis_angle_to_matrix(axis_angles)
    shaped = shaped + content["posedirs"] @ (rotations[1:] - np.eye(3)).ravel()
    frames = []
    for joint, parent in enumerate(content["kintree_table"][0].astype(np.int64)):
        local = np.eye(4)
        root = parent == 2**32 - 1
        local[:3, :3], local[:3, 3] = rotations[joint], joints[joint] - (0 if root else joints[parent])
        frames.append(local if root else frames[parent] @ local)
    moves = []
    for frame, joint in zip(frames, joints, strict=True):
        back = np.eye(4)
        back[:3, 3] = -joint
        moves.append(frame @ back)
    blended = np.einsum("vj,jab->vab", content["weights"], np.array(moves))
    whole = np.concatenate([shaped, np.ones((len(shaped), 1))], axis=1)
    return np.einsum("vab,vb->va", blended, whole)[:, :3], np.array(frames)[:, :3, 3]


@pytest.mark.parametrize(("joints", "expressions"), [(24, 0), (52, 0), (55, 10)])
def test_an_archive_says_what_the_equations_say(joints, expressions, tmp_path):
    content = layout(joints, expressions=expressions)
    np.savez(tmp_path / "model.npz", **content)
    body = load_smpl(tmp_path / "model.npz")
    rng = np.random.default_rng(2)
    betas, angles = rng.normal(size=10), rng.normal(0, 0.5, (joints, 3))
    found = NumpyBody(body, dtype="float64")({"betas": betas[None], "pose": angles[None]})
    vertices, places = skinned(content, betas, angles)
    # Files hold float64, the model float32: less than a micrometre.
    np.testing.assert_allclose(found["vertices"][0], vertices, atol=1e-6)
    np.testing.assert_allclose(found["joints"][0], places, atol=1e-6)
    assert body.expressions == expressions


def test_expressions_lie_behind_10_or_300_shapes(tmp_path):
    for version in (1.0, 1.1):
        np.savez(tmp_path / "model.npz", **layout(version=version))
        body = load_smpl(tmp_path / "model.npz", shapes=4, expressions=3)
        chosen = open_body().skin[:: len(open_body().skin) // VERTICES][:VERTICES]
        np.testing.assert_array_equal(body.expression_directions, open_body().expression_directions[:3, chosen])
        np.testing.assert_array_equal(body.shape_directions, open_body().shape_directions[:4, chosen])


def test_hands_are_components_beside_a_mean(tmp_path):
    content = hands(layout())
    np.savez(tmp_path / "model.npz", **content)
    body = load_smpl(tmp_path / "model.npz")
    numbers = np.random.default_rng(3).normal(size=12)
    found = NumpyBody(body, dtype="float64")({"right_hand_pose": numbers[None]})
    angles = np.zeros((55, 3))
    angles[25:40] = content["hands_meanl"].reshape(-1, 3)
    angles[40:] = (content["hands_meanr"] + numbers @ content["hands_componentsr"][:12]).reshape(-1, 3)
    np.testing.assert_allclose(found["vertices"][0], skinned(content, np.zeros(10), angles)[0], atol=1e-6)


def test_static_landmarks_of_the_face(tmp_path):
    content = layout() | {
        "lmk_faces_idx": np.array([3, 5]), "lmk_bary_coords": np.array([[0.2, 0.3, 0.5], [1, 0, 0]]),
    }  # fmt: skip
    np.savez(tmp_path / "model.npz", **content)
    found = NumpyBody(load_smpl(tmp_path / "model.npz"), vertices="none")()["landmarks"][0]
    expected = [[0.2, 0.3, 0.5] @ content["v_template"][content["f"][3]], content["v_template"][content["f"][5][0]]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.fixture
def foreign(monkeypatch):
    """Classes that stand where chumpy's and SciPy's stand in the pickles of 2014."""
    made = {}
    for module, name in (("chumpy.ch", "Ch"), ("scipy.sparse.csc", "csc_matrix"), ("other.place", "Thing")):
        made[name] = type(name, (), {"__module__": module})
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            monkeypatch.setitem(sys.modules, ".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
        setattr(sys.modules[module], name, made[name])
    return made


def stated(kind, **state):
    thing = kind()
    vars(thing).update(state)
    return thing


@pytest.mark.parametrize("protocol", [0, 2])
def test_pickles_with_objects_of_chumpy_and_scipy_are_read_without_them(foreign, protocol, tmp_path):
    content = layout(24, expressions=0)
    rows, columns = np.nonzero(content["J_regressor"].T)[::-1]
    starts = np.searchsorted(columns, np.arange(VERTICES + 1))
    data = content["J_regressor"][rows, columns]
    sparse = stated(foreign["csc_matrix"], data=data, indices=rows, indptr=starts, _shape=(24, VERTICES))
    stored = content | {"J_regressor": sparse, "shapedirs": stated(foreign["Ch"], x=content["shapedirs"])}
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(stored, protocol=protocol))
    np.savez(tmp_path / "model.npz", **content)
    one, two = load_smpl(tmp_path / "model.pkl"), load_smpl(tmp_path / "model.npz")
    for name in ("template", "shape_directions", "pose_directions", "joint_template", "skin_weights"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), atol=1e-7)


def test_pickles_with_other_classes_are_refused_unrun(foreign, tmp_path):
    stored = layout(24, expressions=0) | {"weights": stated(foreign["Thing"], x=np.zeros(3))}
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(stored, protocol=2))
    with pytest.raises(InputError, match=r"asks for other.place.Thing"):
        load_smpl(tmp_path / "model.pkl")


def test_crafted_sparse_matrices_are_not_allocated(foreign, tmp_path):
    for shape in ((10**9, VERTICES), (24, VERTICES), (-1, VERTICES)):
        sparse = stated(
            foreign["csc_matrix"], data=np.ones(1), indices=np.array([99]), indptr=np.arange(3), _shape=shape
        )
        stored = layout(24, expressions=0) | {"J_regressor": sparse}
        (tmp_path / "model.pkl").write_bytes(pickle.dumps(stored, protocol=2))
        with pytest.raises(InputError, match="sound sparse matrix of joints"):
            load_smpl(tmp_path / "model.pkl")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": np.full((VERTICES, 30), 1 / 30)}, "24, 52 or 55 joints"),
        ({"weights": np.full((VERTICES, 24), 0.9 / 24)}, "sum to 1"),
        ({"J_regressor": np.zeros((24, 7))}, r"Expected J_regressor \(24, 300\)"),
        ({"kintree_table": np.zeros((2, 24), np.uint32)}, "one root"),
        ({"v_template": np.full((VERTICES, 3), np.nan)}, "finite template"),
        ({"posedirs": np.zeros((VERTICES, 3, 9))}, "pose_directions of shape"),
        ({"f": np.full((4, 3), VERTICES)}, "faces between 0 and 299"),
    ],
)
def test_other_contents_are_refused(changes, message, tmp_path):
    np.savez(tmp_path / "model.npz", **(layout(24, expressions=0) | changes))
    with pytest.raises(InputError, match=message):
        load_smpl(tmp_path / "model.npz")
    np.savez(tmp_path / "less.npz", v_template=np.zeros((3, 3)))
    with pytest.raises(InputError, match="It lacks f, shapedirs"):
        load_smpl(tmp_path / "less.npz")
