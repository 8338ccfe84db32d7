import base64
import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from page_case import SKELETON, known_case

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.visualization.interactive import page_files as page_sources
from voxelpose.visualization.interactive.facts import decodes_of
from voxelpose.visualization.interactive.html_page import PAGE_BYTES, Moment, html_page
from voxelpose.visualization.interactive.volumes import pack, place_of_cells, quantise


def element(html, name):
    return re.search(rf'<script id="{name}" type="[^"]*">(.*?)</script>', html, re.DOTALL)[1]


def unpacked(text):
    return np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8)


@pytest.fixture(scope="module")
def small():
    return known_case(side=16, depths=(1, 8))


def test_a_page_of_64_cells_a_side_stays_below_3_mb():
    pose, image, stored = known_case()
    html = html_page("a", [Moment(pose, 0.0, image, stored)])
    assert [v.shape for v in stored.volumes] == [(64, 64, 17, 1), (64, 64, 17, 16), (64, 64, 17, 64)]
    assert len(html.encode()) < 3_000_000


def test_even_noise_fits_by_leaving_out_the_weakest():
    pose, image, stored = known_case()
    noise = np.random.default_rng(0).random((32, 64, 17, 64), np.float32)
    html = html_page("a", [Moment(pose, 0.0, image, replace(stored, volumes=(noise,)))])
    assert len(html.encode()) <= PAGE_BYTES
    assert re.search(r"Cells below \d+ % are left out", json.loads(element(html, "facts"))["note"])


def test_cells_are_parts_of_each_joints_peak_in_the_pages_order(small):
    pose, _, stored = small
    html = html_page("a", [Moment(pose, stored=stored)])
    facts = json.loads(element(html, "facts"))
    assert facts["volumes"][0]["stages"] == [[16, 16, 1], [16, 16, 8]]
    cells = unpacked(element(html, "volume-0-1")).reshape(17, 8, 16, 16)
    volume = stored.volumes[1]
    for joint in (0, 16):
        peak = volume[:, :, joint].max()
        for y, x, z in ((3, 4, 5), *zip(*np.nonzero(volume[:, :, joint] == peak), strict=True)):
            assert cells[joint, z, y, x] == round(255 * volume[y, x, joint, z] / peak)
    assert cells.reshape(17, -1).max(axis=1).tolist() == [255] * 17


def test_packing_keeps_its_budget_and_is_repeatable():
    noise = np.random.default_rng(0).random((16, 16, 2, 16), np.float32)
    whole = pack([noise], 100_000)
    assert whole.floor == 0 and unpacked(whole.blobs[0]).size == 16**3 * 2
    tight = pack([noise], 7_000)
    assert tight.floor > 0 and len(tight.blobs[0]) <= 7_000
    kept = unpacked(tight.blobs[0])
    original = np.frombuffer(quantise(noise).tobytes(), np.uint8)
    assert ((kept == original) | (kept == 0)).all() and kept.max() == 255
    assert kept[original >= np.ceil(tight.floor * 255)].min() > 0
    assert pack([noise], 7_000) == tight


def test_an_empty_joint_stays_empty():
    assert quantise(np.zeros((2, 2, 1, 2), np.float32)).max() == 0


@pytest.mark.parametrize("distortion, tolerance", [((0.0,) * 5, 1e-9), ((-0.1, 0.02, 0.001, 0.0, 0.0), 3e-3)])
def test_the_page_finds_cells_where_the_grid_has_them(distortion, tolerance):
    camera = Camera(700.0, 690.0, 330.0, 236.0, 640, 480, distortion)
    crop, grid = Crop.from_box((100, 80, 150, 260), 128).facing(camera), VoxelGrid(16, 16, 8)
    place = place_of_cells(crop, grid, camera, 3500.0)
    points = np.array([[-600.0, -100, 3300], [-500, 200, 3600], [-550, 0, 4000]])
    u, v, w = np.array(place["homography"]) @ points.T
    assert (w > 0).all()
    expected = crop.to_fractions(camera.project(points))
    np.testing.assert_allclose(np.stack([u / w, v / w], axis=-1), expected, atol=tolerance)
    np.testing.assert_allclose(np.array(place["inverse"]) @ place["homography"], np.eye(3), atol=1e-9)
    corners = np.array([[0.0, 0.0], [0.3, 0.9]])
    pixels = corners @ np.array(place["place"])[:, :2].T + np.array(place["place"])[:, 2]
    np.testing.assert_allclose(pixels, crop.from_fractions(corners), atol=1e-9)


def test_decodes_are_near_the_joints_that_the_volume_was_made_of():
    pose, _, stored = known_case()
    decodes = decodes_of(stored, pose)
    assert list(decodes) == ["argmax", "soft-argmax", "limb-aware"]
    clear = np.arange(17) != SKELETON.index("right_wrist")
    for joints in decodes.values():
        assert np.linalg.norm(joints - pose.joints, axis=1)[clear].max() < 40
        np.testing.assert_allclose(joints[SKELETON.root] @ pose.depth_axis, pose.root_depth, atol=1e-6)
    # The torn wrist: the highest cell has its true place, the mean lies between two.
    assert np.linalg.norm(decodes["argmax"] - pose.joints, axis=1)[~clear][0] < 60
    apart = np.linalg.norm(decodes["argmax"] - decodes["soft-argmax"], axis=1)
    assert apart[~clear][0] > 100


def test_words_cannot_leave_their_place():
    text = page_sources.embeddable_json({"a": "</script><!-- /*facts*/"})
    assert "<" not in text and json.loads(text)["a"] == "</script><!-- /*facts*/"
    pose, _, _ = known_case(side=16, depths=(1, 8))
    html = html_page("/*script*/<!--blobs-->", [Moment(pose)])
    assert json.loads(element(html, "facts"))["title"] == "/*script*/<!--blobs-->"
    assert html.count("// ---- main.js") == 1


def test_the_script_is_whole_and_needs_nothing():
    script = page_sources.bundle("main.js")
    owners = re.findall(r"^// ---- (\w+\.js)$", script, re.MULTILINE)
    assert owners[-1] == "main.js" and len(set(owners)) == len(owners)
    assert set(owners) >= {"maths.js", "scene.js", "volumes.js"}
    assert "import " not in script and "http" not in script


def test_modules_that_cannot_be_put_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(page_sources, "FOLDER", tmp_path)
    (tmp_path / "a.js").write_text('import { x } from "./b.js";\nconst y = x;\n')
    (tmp_path / "b.js").write_text("export const x = 1;\nconst y = 2;\n")
    with pytest.raises(ValueError, match="own the name y. Received: b.js and a.js"):
        page_sources.bundle("a.js")
    (tmp_path / "b.js").write_text('import { y } from "./a.js";\nexport const x = 1;\n')
    with pytest.raises(ValueError, match="a.js -> b.js -> a.js"):
        page_sources.bundle("a.js")
    (tmp_path / "b.js").write_text('import * as z from "./c.js";\nexport const x = 1;\n')
    with pytest.raises(ValueError, match="one-line named imports"):
        page_sources.bundle("a.js")


def test_chosen_joints(small):
    pose, _, stored = small
    html = html_page("a", [Moment(pose, stored=stored)], ["left_knee"])
    assert json.loads(element(html, "facts"))["chosen"] == [SKELETON.index("left_knee")]
    with pytest.raises(InputError, match="Nearest names: right_wrist"):
        html_page("a", [Moment(pose)], ["right_wrst"])


def test_what_does_not_go_together_is_refused(small):
    pose, image, _ = small
    with pytest.raises(InputError, match="at least one pose"):
        html_page("a", [])
    with pytest.raises(InputError, match=r"truth of shape \(17, 3\)"):
        html_page("a", [Moment(pose, truth=np.zeros((16, 3)))])
    with pytest.raises(InputError, match=r"image of shape \(480, 640, 3\)"):
        html_page("a", [Moment(pose, image=image[:100])])
    other = pose.replace(camera=Camera.from_field_of_view(640, 480, 40))
    with pytest.raises(InputError, match="one skeleton and one camera"):
        html_page("a", [Moment(pose), Moment(other)])


def test_a_long_video_with_volumes_stays_below_3_mb():
    pose, image, stored = known_case(side=32, depths=(1, 32))
    noise = np.random.default_rng(0).random((32, 32, 17, 32), np.float32)
    at = {0: replace(stored, volumes=(noise,)), 450: replace(stored, volumes=(noise,))}
    moments = [Moment(pose, n / 25, image if n in at else None, at.get(n)) for n in range(900)]
    html = html_page("long", moments)
    assert 1_000_000 < len(html.encode()) <= PAGE_BYTES
    frames = json.loads(element(html, "facts"))["frames"]
    assert len(frames) == 900 and [n for n, frame in enumerate(frames) if frame["volume"] is not None] == [0, 450]
