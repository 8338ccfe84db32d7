from pathlib import Path

import pytest

from voxelpose.errors import InputError, InputWarning
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


def test_a_folder_is_its_pictures_and_videos_by_name(folder):
    with pytest.warns(InputWarning, match="^in: not read, being no pictures or videos .*: notes.txt.$"):
        assert named("in") == (["in/a.PNG", "in/b.jpg"], ["in/clip.mp4"], [])
    with pytest.warns(InputWarning, match="being no pictures of .*: clip.mp4, notes.txt.$"):
        assert find_media(["in"], videos_of_folders=False).videos == ()


def test_every_file_of_a_telephones_folder_is_read_or_named(folder):
    for name in ("a.jpg", "b.HEIC", "c.jfif", "d.MP4", "._a.jpg", ".DS_Store", *(f"{n}.dng" for n in range(6))):
        Path("phone", name).parent.mkdir(exist_ok=True)
        Path("phone", name).touch()
    with pytest.warns(InputWarning, match="0.dng, 1.dng, 2.dng, 3.dng, 4.dng and 2 more.$"):
        assert named("phone") == (["phone/a.jpg", "phone/c.jfif"], ["phone/d.MP4"], [])


@pytest.mark.parametrize("name", ["http://example.org/a.jpg", "https://example.org/v.mp4", "rtsp://10.0.0.1/1"])
def test_addresses_are_not_read(name):
    with pytest.raises(InputError, match=f"Received: {name}; addresses are not read"):
        find_media([name])


def test_a_pattern_is_what_fits_it(folder):
    assert named("in/*") == (["in/a.PNG", "in/b.jpg"], ["in/clip.mp4"], [])
    assert named("in/**/*.webp") == (["in/deep/c.webp"], [], [])


def test_files_and_webcams_as_they_are_named(folder):
    assert named("gone.jpg", "b.MOV", "0", "7", "x[1].jpg") == (["gone.jpg", "7", "x[1].jpg"], ["b.MOV"], [0])


@pytest.mark.filterwarnings("ignore::voxelpose.errors.InputWarning")
def test_a_picture_named_twice_is_read_once(folder):
    assert named("in", "in/b.jpg")[0] == ["in/a.PNG", "in/b.jpg"]


@pytest.mark.parametrize(
    "name, told",
    [
        ("empty", "pictures or videos in the folder empty. Received: none"),
        ("in/*.tif", "that fit in/.*.tif. Received: none"),
    ],
)
def test_names_that_mean_nothing(folder, name, told):
    with pytest.raises(InputError, match=told):
        find_media([name])
