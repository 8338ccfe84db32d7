import json
from dataclasses import replace

import pytest
from painted_people import network, people_of, pose, read

from voxelpose.errors import InputError
from voxelpose.evaluation.evaluate import evaluate_network, network_facts, run_network
from voxelpose.evaluation.protocols.table import get_protocol
from voxelpose.evaluation.reports.comparison import COLUMNS, compare, data_differences, differences
from voxelpose.evaluation.reports.report import Report, breakdowns, facts, markdown, score_rows


def report_of(poses, protocol="drawn", true=None):
    people = people_of(poses)
    facts = network_facts(network(), mirrored=False)
    return evaluate_network(read(people, true), facts, people, get_protocol(protocol)).report


@pytest.fixture(scope="module")
def report():
    return report_of([pose(), pose(head=170)])


def test_a_report_survives_its_file(report, tmp_path):
    report.save(tmp_path / "a.json")
    back = Report.load(tmp_path / "a.json")
    assert json.loads(json.dumps(back.to_dict())) == json.loads(json.dumps(report.to_dict()))
    assert markdown(back) == markdown(report)
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["schema"] == "voxelpose.evaluation" and content["protocol"]["root_depth"] == "ground truth"
    assert content["predictor"]["weights_sha256"] == "a" * 64


def test_markdown_says_how_and_how_much(report):
    text = markdown(report)
    score = report.scores[0]
    assert f"| MPJPE [mm] | {score.value:.1f} | {score.low:.1f} to {score.high:.1f} |" in text
    for told in ("protocol drawn", "SHA-256 " + report.data["sha256"], "2 people in 2 sequences", "a" * 64,
                 "## Per joint", "| right_wrist |", "## Per limb", "| part |", "Left and right swapped"):  # fmt: skip
        assert told in text, told


def test_rows_and_breakdowns_match_the_scores(report):
    rows = score_rows(report)
    assert [row[0] for row in rows][:2] == ["MPJPE [mm]", "PA-MPJPE [mm]"]
    assert len(rows) == len(report.scores) and rows[0][-1] == "34"
    (joint, joints), (limb, limbs) = breakdowns(report)
    assert joint[0] == "joint" and len(joints) == 17 and limb == ("limb", "3D PCP@0.5") and len(limbs) == 8


def test_joints_that_are_missing_are_told(report):
    assert not any("without" in line for line in facts(report))
    lacking = Report(**{**vars(report), "left_out": ("jaw",)})
    assert any("without jaw, which are not there" in line for line in facts(lacking))


def test_an_incomplete_set_is_told(report):
    assert not any("INCOMPLETE" in line for line in facts(report))
    lacking = Report(**{**vars(report), "data": {**report.data, "missing": {"subjects": ["S11"]}}})
    assert "INCOMPLETE: the protocol asks for what is not in the data: subjects S11." in markdown(lacking)


@pytest.mark.parametrize(
    "content, told",
    [
        ("{}", "its schema is None"),
        ("[1]", "Expected a report of"),
        ("no json", "Expected a report of"),
        ('{"schema": "voxelpose.evaluation", "schema_version": 2}', "version 2"),
        (
            '{"schema": "voxelpose.evaluation", "schema_version": 1, "scores": [], "floor": []}',
            "its protocol lacks about",
        ),
    ],
)
def test_other_files_are_refused(tmp_path, content, told):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=told):
        Report.load(tmp_path / "a.json")
    with pytest.raises(InputError, match="Cannot read .*gone.json: No such file"):
        Report.load(tmp_path / "gone.json")


def test_a_report_without_its_data_is_refused(report, tmp_path):
    content = json.loads(json.dumps(report.to_dict()))
    del content["data"]["sha256"], content["data"]["people"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="its data lacks people, sha256"):
        Report.load(tmp_path / "a.json")


def test_two_networks_side_by_side(report):
    other = report_of([pose(), pose(head=170)], true=pose(head=170))
    rows = compare(report, other)
    assert len(rows[0]) == len(COLUMNS) and rows[0][0] == "MPJPE [mm]"
    first, second = report.scores[0].value, other.scores[0].value
    assert rows[0][1:] == (
        f"{first:.1f}", f"{report.scores[0].low:.1f} to {report.scores[0].high:.1f}",
        f"{second:.1f}", f"{other.scores[0].low:.1f} to {other.scores[0].high:.1f}", f"{second - first:+.1f}",
    )  # fmt: skip
    assert data_differences(report, other) == []


def test_different_protocols_are_not_compared_unless_asked(report):
    other = report_of([pose(), pose(head=170)], "own-3d")
    with pytest.raises(InputError, match="same protocol. Received: reports that differ in the name of the protocol"):
        compare(report, other)
    assert compare(report, other, across_protocols=True)[0][-1] == "+0.0"
    assert any(text == "name of the protocol: drawn and own-3d" for text in differences(report, other))


def test_the_same_protocol_on_other_joints_is_another_measurement(report):
    fewer = Report(**{**vars(report), "joints": report.joints[:-1]})
    with pytest.raises(InputError, match="joints scored: right_wrist in one of them only"):
        compare(report, fewer)


def test_different_data_are_told(report):
    other = report_of([pose()])
    found = data_differences(report, other)
    assert found[0].startswith("SHA-256 of the data") and found[1] == "number of the data: 2 and 1"
    assert compare(report, other)


def test_nothing_in_common(report):
    with pytest.raises(InputError, match="metric in common"):
        compare(report, Report(**{**vars(report), "scores": []}))


def test_several_crops_are_read_and_told():
    """The turned crop's volume comes back onto the plain one's grid: the joints stay within a fraction of a cell."""
    loaded, calls = network(), []

    def counted(crops):
        calls.append(len(crops))
        return loaded.network(crops)

    people = people_of([pose(), pose(head=170)])
    two = run_network(replace(loaded, network=counted), people, mirrored=False, crops=2)
    assert calls == [2, 2] and network_facts(loaded, False, crops=2)["crops"] == "2"
    assert abs(two.fractions - read(people).fractions)[..., :2].max() < 0.02
