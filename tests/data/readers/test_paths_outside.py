"""Lists come from others: no path in them leads out of the folder of the data set into a store."""

import json

import cv2
import numpy as np
import pytest

from voxelpose.commands.prepare import main
from voxelpose.commands.shared.entry import run
from voxelpose.data.pictures import PictureError
from voxelpose.data.readers.dataset import picture_at
from voxelpose.data.store.manifest import read_manifest


@pytest.mark.parametrize(
    "name", ["/etc/x.png", "../x.png", "a/../../x.png", "a/..", "..\\x.png", "C:\\x.png", "C:x.png", "\\\\host\\x.png"]
)
def test_a_path_out_of_the_folder_is_never_read(tmp_path, name):
    for kind in ("read", "content"):
        with pytest.raises(PictureError, match="picture outside the data set's folder"):
            getattr(picture_at(tmp_path, name), kind)()


@pytest.mark.parametrize("name", ["a..b.png", "in/a b.png", "...png", "ä/ö.png"])
def test_paths_inside_are_as_they_were(tmp_path, name):
    assert picture_at(tmp_path, name).path == tmp_path / name


def test_own_data_leaves_out_and_counts_pictures_from_elsewhere(tmp_path, capsys):
    source = tmp_path / "set"
    source.mkdir()
    image = np.full((60, 80, 3), 200, np.uint8)
    for path in (source / "inside.png", tmp_path / "private.png"):
        cv2.imwrite(str(path), image)
    pixels = {"right_knee": [20, 30], "left_knee": [40, 30], "pelvis": [30, 10]}
    names = ["inside.png", "../private.png", str(tmp_path / "private.png")]
    lines = [json.dumps({"image": name, "pixels": pixels}) for name in names]
    (source / "people.jsonl").write_text("\n".join(lines))
    assert run(main, ["own", str(source), str(tmp_path / "store"), "--processes", "1"]) == 0
    manifest, _ = read_manifest(tmp_path / "store")
    assert manifest.examples == 1 and manifest.skipped["picture outside the data set's folder"].count == 2
    (source / "people.jsonl").write_text("\n".join(lines[1:]))
    assert run(main, ["own", str(source), str(tmp_path / "other"), "--processes", "1"]) == 2
    assert "None of the first 2 people can be used: picture outside the data set's folder (2" in capsys.readouterr().err
