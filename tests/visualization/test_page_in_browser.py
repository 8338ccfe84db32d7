"""The interactive page, driven in headless Chromium with WebGL2 in software."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from browser_case import Tab, artefacts, correlation
from page_case import SKELETON, known_case

from voxelpose.visualization.interactive.html_page import Moment, html_page

ROOT, WRIST, HEAD = (SKELETON.index(name) for name in ("pelvis", "right_wrist", "head"))


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    pose, image, stored = known_case(side=32, depths=(1, 8, 32))
    path = tmp_path_factory.mktemp("page") / "page.html"
    truth = pose.joints + [10.0, 0.0, 30.0]
    path.write_text(html_page("</script><b>person.jpg", [Moment(pose, 0.0, image, stored, truth)]), encoding="utf-8")
    return SimpleNamespace(pose=pose, image=image, stored=stored, path=path, url=path.as_uri())


@pytest.fixture
def tab(browser, case):
    tab = Tab(browser, case.url)
    yield tab
    tab.close()
    assert tab.complaints == []


def projected(case, joint, shape):
    """Python's own maximum-intensity view through the lens: (height, width), the photograph fitted into that panel."""
    height, width = shape
    photo_width, photo_height = case.pose.image_size
    factor = min(width / photo_width, height / photo_height)
    edge = np.array([width - factor * photo_width, height - factor * photo_height]) / 2
    highest = case.stored.volumes[-1][:, :, joint].max(axis=2)
    side = len(highest)
    # Cell i lies at fraction (i + 0.5) / side of the crop; from there to the photograph's and the panel's pixels.
    corners = case.stored.crop.from_fractions((np.array([[0, 0], [1, 0], [0, 1]]) + 0.5) / side)
    on_panel = (factor * (corners + 0.5) + edge - 0.5).astype(np.float32)
    matrix = cv2.getAffineTransform(np.array([[0, 0], [1, 0], [0, 1]], np.float32), on_panel)
    return cv2.warpAffine(highest / highest.max(), matrix, (width, height))


def interpolated(volume, places):
    """Values of volume (y, x, z) at places (N, 3) in cells x, y, z, linear between cell centres."""
    low = np.floor(places).astype(int)
    value = np.zeros(len(places))
    for corner in np.ndindex(2, 2, 2):
        weight = np.abs(1 - np.array(corner) - (places - low)).prod(axis=-1)
        x, y, z = np.clip(low + corner, 0, np.array(volume.shape)[[1, 0, 2]] - 1).T
        value += weight * volume[y, x, z]
    return value


def marched(case, joint, view, shape, step=4):
    """Python's own maximum-intensity view of the scene: the highest value along the ray of every `step`th pixel."""
    inverse = np.linalg.inv(np.array(view).reshape(4, 4).T)
    rows, columns = (np.arange(0, n, step) + 0.5 for n in shape)
    x, y = np.meshgrid(2 * columns / shape[1] - 1, 1 - 2 * rows / shape[0])
    ends = []
    for depth in (-1, 1):
        clip = np.stack([x, y, np.full_like(x, depth), np.ones_like(x)], axis=-1) @ inverse.T
        ends.append(clip[..., :3] / clip[..., 3:])
    direction = ends[1] - ends[0]
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    volume, grid, crop = case.stored.volumes[-1][:, :, joint], case.stored.grid, case.stored.crop
    best = np.zeros(x.shape)
    for along in np.arange(1000.0, 10000.0, 25.0):
        points = ends[0] + along * direction
        depth = points @ crop.depth_axis - case.pose.root_depth
        with np.errstate(divide="ignore", invalid="ignore"):
            plane = crop.to_fractions(case.pose.camera.project(points))
            cells = np.concatenate([plane, grid.depth_to_fraction(depth)[..., None]], axis=-1) * grid.shape - 0.5
        inside = (points[..., 2] > 0) & (cells > -0.5).all(axis=-1) & (cells < np.array(grid.shape) - 0.5).all(axis=-1)
        best[inside] = np.maximum(best[inside], interpolated(volume, cells[inside]))
    return best / volume.max()


def test_it_opens_from_the_disk_and_asks_for_nothing_else(tab, case):
    tab.page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    paints = tab.page.evaluate("performance.getEntriesByType('paint').map((e) => [e.name, e.startTime])")
    told = {
        "bytes": case.path.stat().st_size,
        "first_paint_ms": round(dict(paints)["first-contentful-paint"]),
        "ready_ms": int(tab.page.get_attribute("body", "data-ready")),
    }
    (artefacts() / "page.json").write_text(json.dumps(told))
    print(told)
    assert told["bytes"] < 3_000_000
    # Words of a file's name stay words.
    assert tab.text("#title") == "</script><b>person.jpg" and tab.page.query_selector("#title b") is None
    assert "3.60 ± 0.12 m" in tab.text("#summary")
    tab.keep("page")


def test_the_maximum_through_the_lens_is_the_projection(tab, case):
    tab.slide("threshold", 0)
    tab.press("c")
    for joint in ("right_wrist", "head"):
        tab.show_only(joint)
        light = tab.light()
        expected = projected(case, SKELETON.index(joint), light.shape)
        assert correlation(light, expected) > 0.95
        assert correlation(light, projected(case, ROOT, light.shape)) < 0.5


@pytest.mark.parametrize("view", ["start", "above"])
def test_the_maximum_in_space_is_the_projection(tab, case, view):
    tab.slide("threshold", 0)
    tab.show_only("right_wrist")
    tab.click(f"[data-view={view}]")
    light = tab.light()
    expected = marched(case, WRIST, tab.page.evaluate("voxelpose.view()"), light.shape)
    found = light[2::4, 2::4]
    rows, columns = np.minimum(found.shape, expected.shape)
    assert correlation(found[:rows, :columns], expected[:rows, :columns]) > 0.95


def test_threshold_and_opacity(tab):
    tab.show_only("right_wrist")
    lit, strength = [], []
    for threshold in (0.0, 0.3, 0.6):
        tab.slide("threshold", threshold)
        light = tab.light()
        lit.append((light > 3).sum())
        strength.append(light.max())
    assert lit[0] > 1.5 * lit[1] and lit[1] > 1.5 * lit[2] > 0
    assert tab.text("#threshold-text") == "60 %"
    tab.slide("opacity", 0.3)
    assert tab.light().max() < 0.6 * strength[-1]


def test_joints_change_the_view(tab, case):
    tab.press("c")
    middles = {}
    for joint in ("head", "left_ankle"):
        tab.show_only(joint)
        light = tab.light()
        middles[joint] = np.average(np.arange(len(light)), weights=light.sum(axis=1)) / len(light)
    assert middles["head"] < 0.5 < middles["left_ankle"]
    assert "left ankle" in tab.text("#legend")
    tab.press("a")
    assert tab.page.locator("[data-joint][aria-pressed=true]").count() == 17
    tab.click("#joints-ends")
    assert tab.page.locator("[data-joint][aria-pressed=true]").count() == 5
    tab.click("#joints-none")
    tab.press("j", "j")
    assert tab.page.get_attribute("[data-joint=right_hip]", "aria-pressed") == "true"


def test_modes(tab):
    tab.show_only("right_wrist", "head")
    maximum = tab.light()
    tab.click("[data-mode=emission]")
    emission = tab.light()
    tab.press("m")
    off = tab.light()
    assert tab.page.get_attribute("[data-mode=off]", "aria-checked") == "true"
    assert maximum.sum() > 0 and emission.sum() > 0 and off.max() <= 1
    assert 0.5 < correlation(maximum, emission) < 0.999


def test_stages_from_coarse_to_fine(tab):
    tab.show_only("right_wrist")
    assert tab.text("#stage-text") == "3 of 3 · 32 × 32 × 32 cells"
    fine = (tab.light() > 3).sum()
    tab.slide("stage", 0)
    assert tab.text("#stage-text") == "1 of 3 · 32 × 32 × 1 cells"
    coarse = (tab.light() > 3).sum()
    assert coarse > 2 * fine  # one cell deep says nothing about depth
    tab.press("]")
    assert tab.text("#stage-text").startswith("2 of 3")
    tab.press("[")
    tab.page.click("#play-stages")
    tab.wait("document.getElementById('stage').value === '2'")
    tab.keep("stages")


def test_slices_and_their_read_out(tab, case):
    tab.show_only("head")
    tab.click("[data-mode=off]")
    before = tab.light()
    for axis in "xyz":
        tab.page.check(f"#slice-{axis}-on")
        tab.rest()
        after = tab.light()
        assert (np.abs(after - before) > 3).mean() > 0.01
        before = after
    tab.slide("slice-x", 0.25)
    assert (np.abs(tab.light() - before) > 3).mean() > 0.005
    # A click on the front panel at 3/4 and 1/4 of it moves the slices there and tells the place in mm.
    front = tab.page.locator("#plane-front")
    side = front.bounding_box()["width"]
    front.click(position={"x": 0.75 * side, "y": 0.25 * side})
    tab.rest()
    z = tab.page.evaluate("voxelpose.state.slices.at[2]")
    grid, pose, crop = case.stored.grid, case.pose, case.stored.crop
    expected = grid.reconstruct(np.array([[0.75, 0.25, z]]), pose.root_depth, pose.camera, crop)[0] - pose.joints[ROOT]
    told = tab.text("#readout").split()
    for name, value in zip("xyz", expected, strict=True):
        assert abs(float(told[told.index(name) + 1].replace("−", "-")) - value) < 15
    tab.click("#slices")
    head = case.pose.joints[[HEAD]]
    fractions = grid.fractions(np.concatenate([pose.joints[[ROOT]], head]), 0, pose.camera, crop)[1]
    for axis, value in zip("xyz", fractions, strict=True):
        tab.slide(f"slice-{axis}", value)
    assert "head" in tab.text("#readout") and float(tab.text("#readout").split()[-4]) > 60


def test_the_pointer_reads_slices_and_joints_in_the_scene(tab, case):
    tab.press("c")
    box = tab.page.locator("#scene").bounding_box()
    factor = min(box["width"] / 640, box["height"] / 480)
    x, y = case.pose.joints_2d[HEAD]
    left, top = (box["width"] - 640 * factor) / 2, (box["height"] - 480 * factor) / 2
    place = {"x": left + factor * (x + 0.5), "y": top + factor * (y + 0.5)}
    tab.page.locator("#scene").hover(position=place)
    relative = np.round(case.pose.joints[HEAD] - case.pose.joints[ROOT]).astype(int)
    assert tab.text("#hover").startswith(f"head: {relative[0]}, {relative[1]}, {relative[2]} mm from the pelvis")
    tab.page.check("#slice-z-on")
    tab.slide("slice-z", 0.75)
    tab.page.locator("#scene").hover(position={"x": place["x"] + 1, "y": place["y"]})
    told = tab.text("#hover")
    assert "% of peak" in told and "from camera" in told


def test_keys_turn_zoom_and_reset(tab):
    start = tab.page.evaluate("voxelpose.view()")
    views = [start]
    for key in ("ArrowLeft", "ArrowUp", "+", "c"):
        tab.press(key)
        views.append(tab.page.evaluate("voxelpose.view()"))
    assert all(not np.allclose(a, b) for n, a in enumerate(views) for b in views[:n])
    tab.press("r")
    np.testing.assert_allclose(tab.page.evaluate("voxelpose.view()"), start)
    for key, layer in (("s", "skeleton"), ("e", "ellipsoids"), ("d", "decodes")):
        before = tab.canvas()
        checked = tab.page.is_checked(f"[data-layer={layer}]")
        tab.press(key)
        assert tab.page.is_checked(f"[data-layer={layer}]") is not checked
        assert (tab.canvas() != before).any()
    assert tab.text("#decodes").split("\n") == ["argmax", "soft-argmax", "limb-aware", "truth"]
    tab.keep("uncertainty-and-decodes")
    tab.press("?")
    assert tab.page.locator("dialog[open]").count() == 1
    tab.press("Escape")
    assert tab.page.locator("dialog[open]").count() == 0


def test_the_mouse_turns_and_the_wheel_zooms(tab):
    box = tab.page.locator("#scene").bounding_box()
    start = tab.page.evaluate("({...voxelpose.state.orbit})")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 60, y)
    tab.page.mouse.up()
    turned = tab.page.evaluate("({...voxelpose.state.orbit})")
    assert turned["azimuth"] < start["azimuth"] and turned["distance"] == start["distance"]
    tab.page.mouse.wheel(0, -300)
    tab.rest()
    assert tab.page.evaluate("voxelpose.state.orbit.distance") < start["distance"]


def test_the_truth_is_overlaid_and_measured(tab):
    assert tab.page.is_checked("[data-layer=truth]")
    assert tab.page.locator("[data-joint=head] .error").inner_text() == "0"  # moved as a whole: no error from the root
    before = tab.canvas()
    tab.page.uncheck("[data-layer=truth]")
    tab.rest()
    assert (tab.canvas() != before).any()


def test_fingers_turn_and_pinch_on_a_phone(browser, case):
    tab = Tab(browser, case.url, 390, 844, device_scale_factor=2, has_touch=True, is_mobile=True)
    touch = tab.page.context.new_cdp_session(tab.page)
    box = tab.page.locator("#scene").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def send(kind, *points):
        fingers = [{"x": a, "y": b, "id": n} for n, (a, b) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    before = tab.page.evaluate("({...voxelpose.state.orbit})")
    send("touchStart", (x, y))
    send("touchMove", (x + 50, y))
    send("touchEnd")
    turned = tab.page.evaluate("({...voxelpose.state.orbit})")
    assert turned["azimuth"] != before["azimuth"]
    send("touchStart", (x - 20, y), (x + 20, y))
    send("touchMove", (x - 80, y), (x + 80, y))
    send("touchEnd")
    assert tab.page.evaluate("voxelpose.state.orbit.distance") < 0.6 * turned["distance"]
    tab.click("[data-view=start]")
    width = tab.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    tab.page.screenshot(path=str(artefacts() / "phone.png"), full_page=True)
    assert tab.complaints == []
    tab.close()


def test_without_webgl2_the_projections_stay(browser, case):
    hide = (
        "const get = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
        " function (kind, ...rest) { return kind === 'webgl2' ? null : get.call(this, kind, ...rest); };"
    )
    tab = Tab(browser, case.url, 1200, 800, before=hide)
    assert "no WebGL2" in tab.text("#fallback")
    tab.click("#joints-none")
    crop = tab.canvas("#plane-front").astype(float)
    tab.click("[data-joint=head]")
    front = np.abs(tab.canvas("#plane-front") - crop).max(axis=-1)
    highest = case.stored.volumes[-1][:, :, HEAD].max(axis=2)
    assert correlation(front, cv2.resize(highest, front.shape[::-1])) > 0.8
    tab.keep("without-webgl2")
    assert tab.complaints == []
    tab.close()


def test_a_video_plays_and_has_volumes_for_chosen_frames(browser, tmp_path):
    moments = []
    for n in range(6):
        pose, image, stored = known_case(side=16, depths=(1, 8), moved=(60.0 * n, 0.0, 0.0))
        keeps = n in (0, 3)
        moments.append(Moment(pose, n / 10, image if keeps else None, stored if keeps else None))
    path = tmp_path / "video.html"
    path.write_text(html_page("video", moments), encoding="utf-8")
    tab = Tab(browser, path.as_uri())
    assert tab.page.locator("#ticks i").count() == 2
    assert "frame 1 of 6" in tab.text("#time-text")
    first = tab.canvas()
    tab.press(".")
    assert "0.10 s · frame 2 of 6" in tab.text("#time-text") and (tab.canvas() != first).any()
    assert "No volume is kept for this frame" in tab.text("#volume-hint")
    tab.slide("time", 3)
    tab.wait("document.getElementById('stage-text').textContent.startsWith('2 of 2')")
    tab.slide("time", 0)
    tab.page.click("#play")
    tab.wait("document.getElementById('time').value === '5'")
    tab.wait("document.getElementById('play').textContent === '▶'")
    tab.press(" ", " ", ",")
    tab.keep("video")
    assert tab.complaints == []
    tab.close()


def test_a_page_without_volumes_says_how_to_store_them(browser, case, tmp_path):
    path = tmp_path / "bare.html"
    path.write_text(html_page("bare", [Moment(case.pose, 0.0, case.image)]), encoding="utf-8")
    tab = Tab(browser, path.as_uri())
    assert "`voxelpose infer IMAGE --volumes` stores them" in tab.text("#volume-hint")
    assert tab.light().max() > 50
    assert tab.complaints == []
    tab.close()


def test_screenshots_of_the_modes(browser, tmp_path):
    pose, image, stored = known_case()
    path = tmp_path / "page.html"
    path.write_text(html_page("person.jpg", [Moment(pose, 0.0, image, stored)]), encoding="utf-8")
    tab = Tab(browser, path.as_uri(), 1400, 900)
    shots = {
        "maximum": ["[data-mode=mip]"],
        "emission": ["[data-mode=emission]"],
        "uncertainty": ["[data-mode=off]", "[data-layer=ellipsoids]", "[data-layer=decodes]"],
        "slices": ["[data-layer=ellipsoids]", "[data-layer=decodes]", "#slice-x-on", "#slice-z-on", "#slices"],
        "lens": ["[data-mode=mip]", "#slice-x-on", "#slice-z-on", "[data-view=lens]"],
    }
    for name, selectors in shots.items():
        for selector in selectors:
            tab.page.click(selector)
        tab.rest()
        tab.keep(f"desktop-{name}")
    assert {path.stem for path in artefacts().glob("desktop-*.png")} >= {f"desktop-{name}" for name in shots}
    assert tab.complaints == []
    tab.close()
