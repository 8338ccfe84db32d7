from pathlib import Path

import pytest

from voxelpose.errors import InputError
from voxelpose.inference.inputs.media import find_media


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "in/b.jpg",
        "in/a.PNG",
        "in/notes.txt",
        "in/clip.mp4",
        "in/deep/c.webp",
        "empty/notes.txt",
        "7",
        "x[1].jpg",
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return tmp_path


def named(*names):
    found = find_media(names)
    return [str(p) for p in found.pictures], [str(v) for v in found.videos], list(found.webcams)


def test_a_folder_is_its_pictures_by_name(folder):
    assert named("in") == (["in/a.PNG", "in/b.jpg"], [], [])


def test_a_pattern_is_what_fits_it(folder):
    assert named("in/*") == (["in/a.PNG", "in/b.jpg"], ["in/clip.mp4"], [])
    assert named("in/**/*.webp") == (["in/deep/c.webp"], [], [])


def test_files_and_webcams_as_they_are_named(folder):
    assert named("gone.jpg", "b.MOV", "0", "7", "x[1].jpg") == (["gone.jpg", "7", "x[1].jpg"], ["b.MOV"], [0])


def test_a_picture_named_twice_is_read_once(folder):
    assert named("in", "in/b.jpg")[0] == ["in/a.PNG", "in/b.jpg"]


@pytest.mark.parametrize(
    "name, told",
    [("empty", "pictures in the folder empty. Received: none"), ("in/*.tif", "that fit in/.*.tif. Received: none")],
)
def test_names_that_mean_nothing(folder, name, told):
    with pytest.raises(InputError, match=told):
        find_media([name])


def test_what_macos_notes_beside_a_picture_is_no_picture(tmp_path):
    for name in ("x.jpg", "._x.jpg"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in find_media([str(tmp_path)]).pictures] == ["x.jpg"]
