import numpy as np
import pytest
from tiny_garment import chest_corners, write_suit

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.synthetic.bodies.body import PART_NAMES
from voxelpose.synthetic.clothing.garments import Garment, Kind, fitted, load_garments
from voxelpose.synthetic.clothing.wardrobe import dress
from voxelpose.synthetic.people import draw_person
from voxelpose.synthetic.rendering.scene import draw
from voxelpose.synthetic.scenery.light import Light
from voxelpose.synthetic.settings import SyntheticSettings


@pytest.fixture
def patch(garments, bank) -> Garment:
    return Garment.load(garments / "patch.mhclo", bank)


def rewrite(folder, name, old, new):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_a_garment_stands_off_the_body_as_its_binding_says(patch, bank):
    body = bank.average
    # 0.4 dm forwards in MakeHuman's axes is 40 mm towards the viewer (-z) here.
    expected = body.vertices[chest_corners(bank)] + (0, 0, -40)
    assert np.allclose(fitted(patch.binding, body), expected, atol=1e-3)
    assert patch.kind == Kind.SUIT


def test_offsets_grow_with_the_body(garments, bank):
    first, second = chest_corners(bank)[:2]
    rewrite(garments, "patch.mhclo", "verts 0", f"z_scale {first} {second} 1.0\nx_scale {first} {second} 0.5\nverts 0")
    binding = Garment.load(garments / "patch.mhclo", bank).binding
    rng = np.random.default_rng(0)
    body = bank.body(bank.sample_identity(rng))
    depth = abs(body.vertices[first, 2] - body.vertices[second, 2])
    expected = body.vertices[chest_corners(bank)] + np.array([0, 0, -0.4 * depth])
    assert np.allclose(fitted(binding, body), expected, atol=1e-2)


def test_a_garment_moves_with_the_body(patch, bank, poses):
    rng = np.random.default_rng(1)
    body = bank.body(bank.sample_identity(rng))
    corners = chest_corners(bank)
    for _ in range(8):
        posed = body.posed(body.frame.posed(poses.sample(rng).positions, rng))
        worn = patch.worn(body, posed, np.ones(3)).vertices
        # Bound to one vertex each, with an offset of 40 mm in its frame: it stays that far from the skin, but for what
        # the blending of bones shrinks.
        distance = np.linalg.norm(worn - posed.vertices[corners], axis=1)
        assert (distance > 33).all() and (distance < 41).all()


def test_weights_beside_the_triangle_do_not_tear(garments, bank, poses):
    corners = chest_corners(bank)
    rewrite(garments, "patch.mhclo", f"{corners[0]} {corners[0]} {corners[0]} 1.0 0.0 0.0",
            f"{corners[0]} {corners[1]} {corners[2]} 1.8 -0.5 -0.3")  # fmt: skip
    garment = Garment.load(garments / "patch.mhclo", bank)
    rng = np.random.default_rng(2)
    edges = []
    for _ in range(10):
        posed = bank.average.posed(bank.average.frame.posed(poses.sample(rng).positions, rng))
        worn = garment.worn(bank.average, posed, np.ones(3)).vertices
        edges.append(np.linalg.norm(worn - np.roll(worn, 1, axis=0), axis=1).max())
    assert max(edges) < 900


def test_hidden_skin_is_not_drawn(garments, bank, monkeypatch):
    monkeypatch.setattr("voxelpose.synthetic.clothing.wardrobe._WORN", dict.fromkeys(Kind, 1.0))
    body = bank.average
    chest = np.flatnonzero(bank.parts == PART_NAMES.index("torso"))
    rewrite(garments, "patch.mhclo", "delete_verts\n", f"delete_verts\n{' '.join(map(str, chest))}\n")
    settings = SyntheticSettings(garments=str(garments))
    posed = body.posed(body.frame.posed(np.zeros((20, 3)) + np.arange(20)[:, None]))
    skin, cloth = dress(bank, body, posed, settings, np.random.default_rng(0))
    hidden = np.isin(bank.faces, chest).all(1)
    assert hidden.sum() > 500 and len(skin.faces) == len(bank.faces) - hidden.sum()
    assert len(cloth.faces) == 2 and cloth.two_sided


def test_the_texture_is_seen(patch, bank):
    body = bank.average
    # In the rest pose, 2.5 m away: the patch is in front of the chest.
    from voxelpose.synthetic.bodies.bone_frame import PosedFrame

    bones = len(bank.labels)
    rest = PosedFrame(np.tile(np.eye(3), (bones, 1, 1)), np.tile((0.0, 500.0, 2500.0), (bones, 1)), np.zeros((17, 3)))
    cloth = patch.worn(body, body.posed(rest), np.ones(3))
    light = Light(np.zeros(3), np.ones(3), np.ones(3), np.array([0, 1.0, 0]), np.array([0, -1.0, 0]), 0.0, 0.0)
    picture = draw([cloth], Camera(128.0, 128.0, 31.5, 31.5, 64, 64), light)
    inside = picture[..., 3] == 255
    assert 40 < inside.sum() < 200
    assert np.allclose(picture[inside], (255, 0, 0, 255), atol=1)


def test_people_wear_the_garments_of_a_folder(garments, small):
    from dataclasses import replace

    dressed = replace(small, garments=str(garments))
    pictures = [(draw_person(3, n, small), draw_person(3, n, dressed)) for n in range(4)]
    assert any(not np.array_equal(plain.image, worn.image) for plain, worn in pictures)
    assert all(np.array_equal(plain.joints, worn.joints) for plain, worn in pictures)


def test_a_folder_without_garments_is_refused(tmp_path, bank):
    with pytest.raises(InputError, match="Expected garments .* There is none"):
        load_garments(str(tmp_path), bank)


def test_a_vertex_may_be_followed_exactly(garments, bank):
    corner = chest_corners(bank)[0]
    rewrite(garments, "patch.mhclo", f"{corner} {corner} {corner} 1.0 0.0 0.0 0.0 0.0 0.4", str(corner))
    binding = Garment.load(garments / "patch.mhclo", bank).binding
    assert np.allclose(fitted(binding, bank.average)[0], bank.average.vertices[corner])


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("patch.mhclo", "1.0 0.0 0.0 0.0 0.0 0.4", "1.0 0.0 0.0 0.0 0.4", "three offsets in .*mhclo, line 5. Received"),
        ("patch.mhclo", "0.0 0.0 0.4", "0.0 0.0 __import__('os')", "6 finite numbers in .*patch.mhclo, line 5"),
        ("patch.mhclo", "0.0 0.0 0.4", "0.0 0.0 nan", "6 finite numbers in .*patch.mhclo, line 5"),
        ("patch.mhclo", "verts 0\n", "verts 0\n99999 1 2 1 0 0 0 0 0\n", "body vertex from 0 to 19157 in .*, line 5"),
        (
            "patch.mhclo",
            "verts 0\n",
            "x_scale 1 2 0\nverts 0\n",
            "a positive length .*, line 4. Received: 'x_scale 1 2 0",
        ),
        ("patch.mhclo", "verts 0\n", "x_scale 1 2\nverts 0\n", "the length between them in .*, line 4"),
        (
            "patch.mhclo",
            "delete_verts\n",
            "delete_verts\n9 - 4\n",
            "ranges of body vertices such as 4 - 7 in .*, line 10",
        ),
        ("patch.mhclo", "delete_verts\n", "delete_verts\n- 4\n", "ranges of body vertices .*, line 10"),
        ("patch.mhclo", "delete_verts\n", "delete_verts\n4 -\n", "the number of a body vertex .*, line 10"),
        ("patch.mhclo", "patch.obj", "../patch.obj", "a file in the same folder in .*, line 3"),
        ("patch.mhclo", "obj_file patch.obj\n", "", "Expected the name of a mesh"),
        ("patch.mhclo", "patch.obj", "gone.obj", "Expected a text file of MakeHuman in .*gone.obj"),
        ("patch.obj", "v 0 0 0\nvt", "vt", "as many bound vertices|a vertex read before"),
        ("patch.obj", "f 1/1 2/2 3/3 4/4", "f 1/1 2/2 5/3", "a vertex read before, from 0 to 4 in .*obj, line 9"),
        ("patch.obj", "f 1/1 2/2 3/3 4/4", "f 1/1 2/2 0/3", "corners counted from 1 in .*obj, line 9"),
        ("patch.obj", "f 1/1 2/2 3/3 4/4", "f 1/1 2/2", "a face of three corners or more"),
        ("patch.obj", "f 1/1 2/2 3/3 4/4", "f 1 2 3", "corners with texture coordinates"),
        ("patch.obj", "f 1/1 2/2 3/3 4/4", "", "Expected faces in"),
        ("patch.obj", "vt 1 0", "vt one 0", "2 finite numbers in .*patch.obj, line 6"),
    ],
)
def test_malformed_files_are_named_with_their_line(garments, bank, name, old, new, told):
    rewrite(garments, name, old, new)
    with pytest.raises(InputError, match=told):
        Garment.load(garments / "patch.mhclo", bank)


def test_a_missing_or_broken_texture_is_named(tmp_path, bank):
    folder = write_suit(tmp_path / "suit", bank)
    (folder / "patch_diffuse.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="Expected a picture of 8 bits per channel in .*patch_diffuse.png"):
        Garment.load(folder / "patch.mhclo", bank)
    (folder / "patch_diffuse.png").unlink()
    with pytest.raises(InputError, match="Expected a diffuse texture .* There is none"):
        Garment.load(folder / "patch.mhclo", bank)


def test_real_garments_keep_their_edges_short(real_data, bank, poses):
    folder = real_data / "people" / "makehuman"
    if not folder.is_dir():
        pytest.skip("no MakeHuman garments among the real samples")
    rng = np.random.default_rng(4)
    body = bank.average
    posed = body.posed(body.frame.posed(poses.sample(rng).positions, rng))
    for garment in (one for kind in load_garments(str(folder), bank).values() for one in kind):
        rest, moved = fitted(garment.binding, body), garment.worn(body, posed, np.ones(3)).vertices
        a, b = garment.mesh.faces[:, 0], garment.mesh.faces[:, 1]
        stretch = np.linalg.norm(moved[a] - moved[b], axis=1) - np.linalg.norm(rest[a] - rest[b], axis=1)
        # Only in armpits and between the legs, where a part hangs on one limb and the next on another.
        assert (stretch > 60).mean() < 0.02, garment.name
