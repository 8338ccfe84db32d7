"""Names out of foreign files neither break a text format nor become a spreadsheet's formula."""

import csv
from dataclasses import replace

import pytest
from walks import noisy_walk, sequence

from voxelpose.formats.files import write_sequence
from voxelpose.formats.names import harmless, plain_name

BAD = "=cmd|' /C calc'!A0\nMOTION {"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("right_hip", "right_hip"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2,5", "-2,5"),
        ("up: 0, -1, 0", "up: 0, -1, 0"),
        ("a, =1+1; +b", "a, '=1+1; '+b"),
        ("a\r\n=1", "a =1"),
        ("a-b.jpg", "a-b.jpg"),
    ],
)
def test_no_cell_is_a_formula(text, kept):
    assert harmless(text) == kept


def test_a_name_is_one_word():
    assert plain_name(" left\thip\n{}") == "left_hip_" and plain_name("\n") == "_"


@pytest.fixture
def walk():
    whole = sequence(noisy_walk())
    tree = replace(whole.skeleton, joints=(BAD, *whole.skeleton.joints[1:]))
    return whole.replace(skeleton=tree, source=f"a.mp4, {BAD}")


def test_files_with_such_names_keep_their_form(walk, tmp_path):
    for ending in ("csv", "bvh", "trc"):
        write_sequence(walk, tmp_path / f"a.{ending}")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    remarks = [line for line in lines if line.startswith("#")]
    rows = list(csv.reader(lines[len(remarks) :]))
    assert len(rows) == 1 + 30 * 17 and {len(row) for row in rows} == {13}
    assert not [cell for line in remarks for cell in line.split(",") if cell.strip()[:1] in "=+@"]
    assert rows[1][2].startswith("'=cmd")
    bvh = (tmp_path / "a.bvh").read_text()
    assert bvh.count("MOTION\n") == 1 and bvh.count("{") == bvh.count("}") and "ROOT =cmd|'_/C_calc'!A0_MOTION_" in bvh
    trc = (tmp_path / "a.trc").read_text().splitlines()
    assert trc[3].split("\t")[2] == "=cmd|'_/C_calc'!A0_MOTION_" and len(trc) == 6 + 30
