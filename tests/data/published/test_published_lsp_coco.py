"""LSP, LSP Extended and COCO keypoints against an independent reading of the published descriptions."""

import numpy as np
import published_lsp_coco as data
import pytest
from published_people import assert_rows, assert_shade, named, records_of

# The readmes do not say whether pixels count from 0 or, as MATLAB does, from 1: both are within this.
LSP_PIXEL = 1.0


@pytest.fixture(scope="module")
def lsp(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lsp")
    data.build_lsp(folder)
    return folder


@pytest.mark.parametrize(("part", "people"), [("train", [0, 1]), ("test", [1000])])
def test_lsp_joints_stay_whether_hidden_or_not(lsp, part, people):
    records = records_of("lsp", lsp, part)
    assert len(records) == {"train": 1000, "test": 3}[part]
    for person, shade in zip(people, {"train": (50, 100), "test": (150,)}[part], strict=True):
        record = records[person % 1000]
        expected = named(data.lsp_points(person), data.LSP_JOINTS)
        assert_rows(record.skeleton, record.pixels, expected, LSP_PIXEL)
        shift = record.pixels - np.stack([expected[j] for j in record.skeleton.joints])
        assert np.ptp(shift) < 1e-6, "the same shift, if any, in x and y of all joints"
        assert_shade(record, shade)


def test_lspet_drops_what_was_not_annotated(tmp_path):
    data.build_lspet(tmp_path)
    records = records_of("lspet", tmp_path, "train")
    assert len(records) == 3
    for person, record in enumerate(records):
        expected = named(data.lsp_points(person), data.LSP_JOINTS)
        expected[data.LSP_JOINTS[3 + person]] = None
        assert_rows(record.skeleton, record.pixels, expected, LSP_PIXEL)
        assert_shade(record, (50, 100, 150)[person])


@pytest.mark.parametrize("part", ["train", "val"])
def test_coco(tmp_path, part):
    data.build_coco(tmp_path, part)
    records = records_of("coco", tmp_path, part)
    assert len(records) == 1
    record = records[0]
    expected = {
        joint: (x, y) if v else None for joint, (x, y, v) in zip(data.COCO_JOINTS, data.coco_points(), strict=True)
    }
    assert_rows(record.skeleton, record.pixels, expected, 1e-6)
    np.testing.assert_allclose(record.box, data.COCO_BOX)
    assert_shade(record, 120)
