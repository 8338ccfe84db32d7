"""What a body model refuses, its file, and what it knows of itself."""

import io
import zipfile
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from toy_bodies import toy_body, two_handed_toy

from voxelpose.body import load_body, save_body
from voxelpose.errors import InputError


def flat(value):
    """A body's content as plain values to compare."""
    if is_dataclass(value):
        return {field.name: flat(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return value.astype(np.float64).tolist()
    if isinstance(value, tuple):
        return [flat(part) for part in value]
    return {k: flat(v) for k, v in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    "body", [toy_body(), two_handed_toy(0.25), toy_body(face_units=None, measures=None, levels=())]
)
def test_a_file_gives_back_the_model(body, tmp_path):
    save_body(body, tmp_path / "toy.npz")
    found = load_body(tmp_path / "toy.npz")
    # Shares are stored in 65535ths.
    near = pytest.approx(np.array(body.skin_weights), abs=1e-5)
    assert found.skin_weights == near
    marks = replace(found.landmarks, shares=body.landmarks.shares)
    levels = tuple(
        replace(level, up_shares=own.up_shares) for level, own in zip(found.levels, body.levels, strict=True)
    )
    assert flat(replace(found, skin_weights=body.skin_weights, landmarks=marks, levels=levels)) == flat(body)


def test_whole_numbers_of_steps_are_near_enough(tmp_path):
    body = toy_body(template=toy_body().template + np.float32(0.001234567))
    save_body(body, tmp_path / "toy.npz", step=1e-5)
    np.testing.assert_allclose(load_body(tmp_path / "toy.npz").template, body.template, atol=0.51e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skin_weights": np.float32([[1, 0.2]] * 5)}, "sum to 1 at every vertex in the body toy. Received: 1.2 at"),
        ({"skin_weights": np.float32([[1.5, -0.5]] * 5)}, "not negative"),
        ({"skin_weights": np.float32([[np.nan, 0]] * 5)}, "finite skin_weights"),
        ({"template": np.zeros((4, 3), np.float32)}, r"shape_directions of shape \(1, 4, 3\).* Received: \(1, 5, 3\)"),
        ({"template": np.full((5, 3), np.nan)}, "finite template in the body toy. Received: NaN"),
        ({"parents": np.array([-1, 1])}, "a tree of joints.* a circle of parents above elbow"),
        ({"parents": np.array([1, 0])}, "one root"),
        ({"parents": np.array([-1, 7])}, "one root and parents that are joints"),
        ({"faces": np.array([[0, 1, 9]])}, "faces between 0 and 4.* Received: 0 to 9"),
        ({"skin_joints": np.array([[0, 2]] * 5)}, "skin_joints between 0 and 1"),
        ({"pose_groups": {"global_orient": (0,)}}, "name each of 2 joints once"),
        ({"vertex_mirror": np.array([1, 2, 0, 3, 4])}, "vertex_mirror that swaps 5 in pairs"),
        ({"landmarks": replace(toy_body().landmarks, shares=np.float32([[0.5, 0.6, 0]]))}, "sums of 1.1"),
        ({"landmarks": replace(toy_body().landmarks, names=("one",))}, "2 different landmark names"),
        ({"face_units": replace(toy_body().face_units, starts=np.array([0, 4, 3]))}, "starts of face units"),
        ({"measures": replace(toy_body().measures, directions=np.ones((1, 2)))}, "measures of 1 names and 1 shapes"),
    ],
)
def test_what_cannot_be_a_body_is_refused_in_one_sentence(changes, message):
    with pytest.raises(InputError, match=message):
        toy_body(**changes)


def test_a_longer_circle_is_found():
    body = two_handed_toy()
    with pytest.raises(InputError, match="circle of parents above left, right"):
        replace(body, parents=np.array([-1, 2, 1]))


def test_a_billion_declared_vertices_are_not_allocated(tmp_path):
    save_body(toy_body(), tmp_path / "toy.npz")
    header = io.BytesIO()
    declared = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 3)}
    np.lib.format.write_array_header_1_0(header, declared)
    with zipfile.ZipFile(tmp_path / "toy.npz") as old, zipfile.ZipFile(tmp_path / "huge.npz", "w") as new:
        for name in old.namelist():
            new.writestr(name, header.getvalue() if name == "template.npy" else old.read(name))
    with pytest.raises(InputError, match=r"declares template of shape \(1000000000, 3\).* It was not read"):
        load_body(tmp_path / "huge.npz")


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no such file"):
        load_body(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", v_template=np.zeros((3, 3)))
    with pytest.raises(InputError, match="without its schema"):
        load_body(tmp_path / "other.npz")
    np.savez(tmp_path / "newer.npz", schema=np.array(["voxelpose.body", "9"]))
    with pytest.raises(InputError, match="Received: voxelpose.body 9"):
        load_body(tmp_path / "newer.npz")
    np.savez(tmp_path / "empty.npz", schema=np.array(["voxelpose.body", "1"]))
    with pytest.raises(InputError, match="Expected an array pose_group_of_joint in the body"):
        load_body(tmp_path / "empty.npz")


def test_objects_in_a_file_are_not_run(tmp_path):
    save_body(toy_body(), tmp_path / "toy.npz")
    with np.load(tmp_path / "toy.npz") as old:
        content = dict(old)
    np.savez(tmp_path / "bad.npz", **(content | {"parents": np.array([{}, None], dtype=object)}))
    with pytest.raises(InputError, match="Received Python objects"):
        load_body(tmp_path / "bad.npz")


def test_generations_and_levels_by_name():
    assert [joints.tolist() for joints in two_handed_toy().generations] == [[0], [1, 2]]
    level = toy_body().level("ends")
    np.testing.assert_allclose(level.down(toy_body().template), [[0, 0, 0], [2, 0, 0]])
    np.testing.assert_allclose(level.up(np.float32([[0, 0, 0], [2, 0, 0]]))[:, 0], [0, 0.5, 1, 1.5])
    with pytest.raises(InputError, match="among: ends. Received: '2k'"):
        toy_body().level("2k")


def test_measures_are_a_linear_map_both_ways():
    assert toy_body().betas_for(height_mm=2500).tolist() == [0.5]
    assert toy_body().measure([0.5])["height_mm"] == 2500
    with pytest.raises(InputError, match="among height_mm. Received: shoe_size"):
        toy_body().betas_for(shoe_size=42)
    with pytest.raises(InputError, match="finite measures"):
        toy_body().betas_for(height_mm=np.nan)
    with pytest.raises(InputError, match="toy, which has none"):
        toy_body(measures=None).betas_for(height_mm=1700)
