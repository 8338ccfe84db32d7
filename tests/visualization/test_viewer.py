import http.client
import json
import shutil
import threading
from contextlib import contextmanager

import cv2
import pytest
from browser_case import Tab, artefacts
from page_case import known_case

from voxelpose.errors import InputError
from voxelpose.results.nobody import Nobody
from voxelpose.results.stored_volumes import save_volumes
from voxelpose.visualization.viewer.server import open_server


def write_result(folder, name, model="known", moved=(0.0, 0.0, 0.0), volumes=True, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    pose, image, stored = known_case(side=16, depths=(1, 8), moved=moved)
    pose = pose.replace(**{"model": model, "image": f"{name}.jpg", **changes})
    pose.save(folder / f"{name}.pose.json")
    cv2.imwrite(str(folder / f"{name}.jpg"), image)
    if volumes:
        save_volumes(folder / f"{name}.volumes.npz", pose, stored)
    return pose


@contextmanager
def serving(folder, **options):
    server = open_server(folder, options.pop("host", "127.0.0.1"), 0, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def get(port, target, host=None, method="GET"):
    """(status, body) of a request whose target is sent as it is, without any client tidying it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, target, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder of results with a secret beside it, and links that lead out."""
    outer = tmp_path_factory.mktemp("outer")
    (outer / "secret.json").write_text('{"secret": 1}')
    (outer / "elsewhere").mkdir()
    write_result(outer / "elsewhere", "foreign")
    folder = outer / "results"
    write_result(folder, "a")
    write_result(folder / "other", "a", model="second", moved=(50.0, 0.0, 0.0))
    write_result(folder, "b", volumes=False)
    (folder / "broken.pose.json").write_text("{")
    (folder / ".hidden.json").write_text("{}")
    (folder / "notes.txt").write_text("private")
    (folder / "link.json").symlink_to(outer / "secret.json")
    (folder / "linked").symlink_to(outer / "elsewhere")
    (folder / "inner.json").symlink_to(folder / "a.pose.json")
    return folder


@pytest.fixture(scope="module")
def port(results):
    with serving(results) as port:
        yield port


def test_the_list_names_what_lies_in_the_folder(port):
    status, body = get(port, "/results")
    listed = {entry["name"]: entry for entry in json.loads(body)}
    assert status == 200
    assert sorted(listed) == ["a.pose.json", "b.pose.json", "broken.pose.json", "other/a.pose.json"]
    assert listed["a.pose.json"]["volumes"] and not listed["b.pose.json"]["volumes"]
    assert listed["other/a.pose.json"]["model"] == "second"
    assert listed["a.pose.json"]["weakest"] == "right_wrist" and 0.8 < listed["a.pose.json"]["confidence"] < 0.9
    assert listed["a.pose.json"]["shown"] == "a.jpg" and listed["broken.pose.json"]["shown"] is None
    assert "no valid JSON" in listed["broken.pose.json"]["error"]


def test_pages_are_made_on_demand(port):
    status, body = get(port, "/page?result=other%2Fa.pose.json")
    assert status == 200 and b'"title":"other/a"' in body and b'id="volume-0-1"' in body
    status, body = get(port, "/page?result=b.pose.json")
    assert status == 200 and b'id="volume-0-0"' not in body and b"image/jpeg" in body
    assert get(port, "/page?result=broken.pose.json")[0] == 404


def test_a_result_shows_no_picture_from_outside(tmp_path):
    folder = tmp_path / "results"
    pose = write_result(folder, "a", image="../outside.jpg")
    (folder / "a.jpg").rename(tmp_path / "outside.jpg")
    (folder / "a.pose.json").unlink()
    pose.replace(image=str(tmp_path / "outside.jpg")).save(folder / "a.pose.json")
    with serving(folder) as port:
        status, body = get(port, "/page?result=a.pose.json")
        assert status == 404  # its volumes belong to the pose as it was
        (folder / "a.volumes.npz").unlink()
        status, body = get(port, "/page?result=a.pose.json")
    assert status == 200 and b'"photographs":[]' in body


@pytest.mark.parametrize("name", ["a.pose.json", "other/a.pose.json", "other%2Fa.pose.json", "inner.json", "a.jpg"])
def test_files_of_the_folder_are_served(port, name):
    status, body = get(port, f"/files/{name}")
    assert status == 200 and len(body) > 1000


@pytest.mark.parametrize(
    "name",
    [
        "../secret.json",
        "..%2fsecret.json",
        "%2e%2e/secret.json",
        "%2e%2e%2fsecret.json",
        "%252e%252e%252fsecret.json",
        "..%5csecret.json",
        "other/../../secret.json",
        "./a.pose.json/../../secret.json",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "link.json",
        "linked/foreign.pose.json",
        "linked/foreign.jpg",
        ".hidden.json",
        "notes.txt",
        "a.volumes.npz",
        "a.pose.json%00.png",
        "%ff%fe.json",
        "",
        "other",
        "gone.json",
    ],
)
def test_nothing_else_is_served(port, name):
    for target in (f"/files/{name}", f"/page?result={name}", f"/{name}" if name else "/files"):
        status, body = get(port, target)
        assert status in (400, 404)
        assert b"secret" not in body.replace(b"secret.json", b"") and b"root:" not in body and b"private" not in body


def test_answers_tell_nothing_of_the_machine(port, results):
    for target in ("/page?result=broken.pose.json", "/files/gone.json"):
        assert str(results).encode() not in get(port, target)[1]


def test_other_methods_and_foreign_names_are_refused(port):
    assert get(port, "/results", method="POST")[0] == 501
    assert get(port, "/results", host="evil.example")[0] == 403
    assert get(port, "/results", host="localhost:1")[0] == 200
    assert get(port, "/results", host="[::1]:1")[0] == 200


def test_only_loopback_unless_asked(tmp_path):
    for host in ("0.0.0.0", "192.0.2.7", "::"):
        with pytest.raises(InputError, match="Expected a loopback host"):
            open_server(tmp_path, host, 0)
    with pytest.raises(InputError, match="Expected the name or address"):
        open_server(tmp_path, "no such host", 0)
    with serving(tmp_path, host="0.0.0.0", beyond_loopback=True) as port:
        assert get(port, "/results", host="evil.example") == (200, b"[]")


def test_folders_and_ports_that_cannot_be(tmp_path):
    with pytest.raises(InputError, match="Expected a folder of results"):
        open_server(tmp_path / "gone", "127.0.0.1", 0)
    with serving(tmp_path) as port, pytest.raises(InputError, match=f"port {port}"):
        open_server(tmp_path, "127.0.0.1", port)
    with pytest.raises(InputError, match="port 99999"):
        open_server(tmp_path, "127.0.0.1", 99999)


def test_nobody_is_told_as_nobody(tmp_path):
    nobody = Nobody(
        presence=0.1, threshold=0.5, box=(0, 0, 9, 9), model="m", weights_sha256=None, image="x.jpg", image_size=(9, 9)
    )
    nobody.save(tmp_path / "x.pose.json")
    with serving(tmp_path) as port:
        (entry,) = json.loads(get(port, "/results")[1])
    assert entry["error"] == "Nobody was found in it."


def test_odd_files_do_not_stop_the_list(tmp_path):
    write_result(tmp_path, "a")
    write_result(tmp_path, "long", volumes=False, image="x" * 5000)
    write_result(tmp_path, "null", volumes=False, image="a\0b.jpg")
    (tmp_path / "circle.pose.json").symlink_to(tmp_path / "circle.pose.json")
    (tmp_path / "folder.pose.json").mkdir()
    with serving(tmp_path) as port:
        status, body = get(port, "/results")
        assert get(port, "/page?result=long.pose.json")[0] == 200
        assert get(port, "/page?result=null.pose.json")[0] == 200
        assert get(port, "/files/" + "x" * 5000)[0] == 404
    assert status == 200
    sound = [entry["name"] for entry in json.loads(body) if entry["error"] is None]
    assert sound == ["a.pose.json", "long.pose.json", "null.pose.json"]


@pytest.mark.parametrize(
    "content",
    [b'{"box": ' + b"[" * 200_000, b"[" * 100 + b"]" * 100, b'{"fps": ' + b"9" * 400 + b"}", b" " * (9 << 20)],
)
def test_a_deep_or_huge_file_costs_the_list_one_line(content, tmp_path):
    write_result(tmp_path, "a")
    (tmp_path / "b.pose.json").write_bytes(content)
    with serving(tmp_path) as port:
        status, body = get(port, "/results")
        assert get(port, "/page?result=b.pose.json")[0] == 404
    first, second = json.loads(body)
    assert status == 200 and first["error"] is None
    assert "Expected a" in second["error"] and len(second["error"]) < 1000 and str(tmp_path) not in body.decode()


def test_the_list_fits_a_telephone_whatever_the_model_is_called(browser, tmp_path):
    write_result(tmp_path, "a" * 60, model="a_model_with_a_name_" * 8)
    with serving(tmp_path) as port:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("#list .result")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.close()


def test_changed_results_are_read_again(tmp_path):
    write_result(tmp_path, "a")
    with serving(tmp_path) as port:
        assert len(json.loads(get(port, "/results")[1])) == 1
        shutil.copy(tmp_path / "a.pose.json", tmp_path / "c.pose.json")
        (tmp_path / "a.pose.json").write_text("{")
        first, second = json.loads(get(port, "/results")[1])
    assert first["error"] and second["name"] == "c.pose.json" and second["error"] is None


def test_the_viewer_filters_and_compares(browser, port):
    tab = Tab.__new__(Tab)
    tab.page, errors = browser.new_page(viewport={"width": 1400, "height": 800}), []
    tab.page.on("pageerror", lambda error: errors.append(str(error)))
    tab.page.on("console", lambda message: errors.append(message.text))
    tab.page.goto(f"http://127.0.0.1:{port}/")
    tab.page.wait_for_selector("body[data-ready]")
    assert tab.text("#count") == "4 of 4 results"
    tab.page.screenshot(path=str(artefacts() / "viewer.png"))
    tab.page.select_option("#model", "second")
    assert tab.text("#count") == "1 of 4 results"
    tab.page.select_option("#model", "")
    tab.page.fill("#confidence", "0.95")
    assert tab.text("#count") == "1 of 4 results"  # the broken one stays
    tab.page.fill("#confidence", "0")
    # Picking one proposes the same picture by the other model.
    tab.page.check("[data-name='a.pose.json']")
    assert tab.page.is_checked("[data-name='other/a.pose.json']")
    tab.page.click("#compare")
    tab.page.wait_for_selector("#difference table")
    assert "mean" in tab.text("#difference") and "0 mm" in tab.text("#difference")
    for frame in tab.page.query_selector_all("iframe"):
        frame.content_frame().wait_for_selector("body[data-ready]")
    left, right = (f.content_frame() for f in tab.page.query_selector_all("iframe"))
    left.hover("#scene")
    tab.page.keyboard.press("Tab")
    left.evaluate("voxelpose.state.orbit = {...voxelpose.state.orbit, azimuth: 0.3}")
    tab.wait("document.querySelectorAll('iframe')[1].contentWindow.voxelpose.state.orbit.azimuth === 0.3")
    tab.page.screenshot(path=str(artefacts() / "viewer-compare.png"))
    tab.page.click("#back")
    tab.page.wait_for_selector("#list .result")
    assert errors == []
    tab.page.close()
