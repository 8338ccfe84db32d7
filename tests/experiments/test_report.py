"""The report of results made by hand: means, intervals and verdicts as worked out apart from the code."""

from dataclasses import replace

import pytest
from suite_case import paths_of, written
from test_run_suite import result_of

from voxelpose.commands.ablation import main
from voxelpose.errors import InputError
from voxelpose.experiments.reports.findings import AGREES, DISAGREES, OPEN, Findings
from voxelpose.experiments.reports.report import claim_line, section
from voxelpose.experiments.reports.statistics import estimate, ratio, student_interval
from voxelpose.experiments.results import Result, Scores, save_suite
from voxelpose.experiments.suite import Run


@pytest.fixture
def paths(tmp_path):
    flat = {"about": "d = 1", "seeds": 3, "change": {"network.architecture.depths": [1]}}
    paths = paths_of(tmp_path, written(tmp_path))
    variants = paths.suite.variants | {"flat": paths.suite.variants["flat"].model_validate(flat)}
    return replace(paths, suite=paths.suite.model_copy(update={"variants": variants}))


def stored(paths, **people_mm) -> list[Result]:
    """Results of runs by name (deep_s1) -> errors of two people."""
    return [
        result_of(paths, Run(name.split("_s")[0], int(name.split("_s")[1])), people)
        for name, people in people_mm.items()
    ]


def test_intervals_of_three_numbers():
    # mean 4, sd 2, t(.975, 2) = 4.303, half width 4.303 * 2 / sqrt 3
    low, high = student_interval([2, 4, 6])
    assert (low, high) == pytest.approx((4 - 4.968676, 4 + 4.968676), abs=1e-5)
    found = ratio([50, 50, 50], [100, 100, 100])
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    # logarithms log 2 and log 8: mean log 4, sd log 4 / sqrt 2, half width 12.706 * log(4) / 2
    found = ratio([2, 8], [1, 1])
    assert found.mean == pytest.approx(4) and found.high == pytest.approx(4 * 4 ** (12.706 / 2))
    assert ratio([2], [1]).high == float("inf")


def test_one_training_has_an_interval_over_people_and_three_over_trainings():
    one = estimate([100], [[100] * 50])
    assert (one.low, one.high, one.over, one.count) == (100, 100, "people", 1)
    three = estimate([2, 4, 6], [[2], [4], [6]])
    assert (three.over, three.count) == ("trainings", 3) and three.high == pytest.approx(8.968676, abs=1e-5)


def test_a_verdict_needs_three_pairs_and_an_interval_on_one_side(paths):
    claim = paths.suite.claims[0]
    deep = {"deep_s1": (80, 82), "deep_s2": (79, 81), "deep_s3": (80, 80)}
    flat = {"flat_s1": (100, 100), "flat_s2": (101, 99), "flat_s3": (100, 102)}
    findings = Findings(paths.suite, stored(paths, **deep, **flat))
    found = findings.verdict(claim)
    # means 81, 80, 80 against 100, 100, 101
    assert found.verdict == AGREES and found.better == pytest.approx(241 / 3) and found.worse == pytest.approx(301 / 3)
    assert found.ratio.mean == pytest.approx((0.81 * 0.8 * 80 / 101) ** (1 / 3))
    assert claim_line(found).startswith("Depth helps. Here: **agrees**; deep 80.3 mm, flat 100.3 mm, ratio 0.801 (0.7")
    assert claim_line(found).endswith("3 pairs. Paper: 90 to 100 mm.")

    two = Findings(paths.suite, stored(paths, **deep, flat_s1=(100, 100), flat_s3=(100, 100))).verdict(claim)
    assert (two.verdict, two.why) == (OPEN, "too few runs, 2 of 3 pairs of trainings")
    none = Findings(paths.suite, stored(paths, **deep)).verdict(claim)
    assert (none.verdict, none.why, none.ratio) == (OPEN, "no result of flat", None)

    turned = {f"flat_s{seed}": people for seed, people in enumerate(deep.values(), 1)}
    turned |= {f"deep_s{seed}": people for seed, people in enumerate(flat.values(), 1)}
    assert Findings(paths.suite, stored(paths, **turned)).verdict(claim).verdict == DISAGREES
    wide = Findings(paths.suite, stored(paths, **deep, flat_s1=(70, 70), flat_s2=(90, 90), flat_s3=(120, 120)))
    assert wide.verdict(claim).why == "the interval holds 1"


def test_a_limit_other_than_one_counts(paths):
    claim = paths.suite.claims[0].model_copy(update={"within": 0.75})
    runs = {f"{name}_s{seed}": (mm, mm) for name, mm in (("deep", 80), ("flat", 100)) for seed in (1, 2, 3)}
    assert Findings(paths.suite, stored(paths, **runs)).verdict(claim).verdict == DISAGREES


def test_what_is_missing_is_said_and_what_is_there_is_right(paths):
    results = stored(paths, deep_s1=(80, 90), deep_s3=(70, 100))
    text = "\n".join(section(Findings(paths.suite, results)))
    assert "2 of 7 trainings are done. **Missing: deep-s2, flat-s1, flat-s2, flat-s3, photographs-s1.**" in text
    assert "| deep | d = 4 | 2 of 3 | 85.0 | 75.0 to 95.0 | people |" in text
    assert "| flat | d = 1 | 0 of 3 | missing |" in text
    assert "Here: **not decided yet** (no result of flat); nothing to compare." in text


def test_ways_to_read_stand_beside_each_other(paths):
    def with_readings(result, **mm):
        readings = {name.replace("_", "-"): Scores({"mpjpe": value}, [value] * 2) for name, value in mm.items()}
        return replace(result, scores=readings)

    deep, flat = stored(paths, deep_s1=(1, 1), flat_s1=(1, 1))
    findings = Findings(paths.suite, [with_readings(deep, soft_argmax=90, argmax=95), with_readings(flat, direct=120)])
    assert findings.decoders() == ["soft-argmax", "argmax", "direct"]
    assert findings.error("flat").mean == 120 and findings.error("flat", "argmax") is None
    assert findings.verdict(paths.suite.claims[0]).ratio.mean == pytest.approx(0.75)


def test_a_claim_may_be_about_another_way_to_read(paths):
    def both(result, mean, highest):
        return replace(
            result,
            scores={
                "soft-argmax": Scores({"mpjpe": mean}, [mean] * 2),
                "argmax": Scores({"mpjpe": highest}, [highest] * 2),
            },
        )

    deep, flat = stored(paths, deep_s1=(1, 1), flat_s1=(1, 1))
    findings = Findings(paths.suite, [both(deep, 100, 80), both(flat, 90, 160)])
    claim = paths.suite.claims[0].model_copy(update={"decoder": "argmax"})
    assert findings.verdict(claim).ratio.mean == pytest.approx(0.5)
    assert "Depth helps. Here, read as the highest cell: **not decided yet**" in claim_line(findings.verdict(claim))


def test_the_remarks_stand_below_the_claims(paths):
    suite = paths.suite.model_copy(update={"remarks": "It is the budget.\n"})
    parts = section(Findings(suite, []))
    assert parts[parts.index("### Variants") - 1] == "It is the budget."


def test_results_on_other_people_are_refused(paths):
    one, other = stored(paths, deep_s1=(1, 1), flat_s1=(1, 1))
    other = replace(other, test=other.test | {"people": 3})
    with pytest.raises(InputError, match="measured on the same people. Received: deep-s1 on 2 .few. and flat-s1 on 3"):
        Findings(paths.suite, [one, other])


def test_the_command_writes_the_page_and_its_plots(paths, tmp_path, capsys):
    for result in stored(paths, deep_s1=(80, 90), flat_s1=(100, 110)):
        result.save(paths.results)
    save_suite(paths.results, paths.suite)
    out = tmp_path / "page" / "ablation.md"
    assert main(["report", str(paths.results), str(out)]) == 0
    picture = out.with_name("ablation-small-depth.png")
    assert picture.read_bytes().startswith(b"\x89PNG") and f"![Depth]({picture.name})" in out.read_text()
    assert "two hourglasses, (1, 64) | 69.8" in out.read_text()
    assert str(picture) in capsys.readouterr().out
    with pytest.raises(InputError, match="folder that `voxelpose ablation run` wrote results into"):
        main(["report", str(tmp_path), str(out)])
