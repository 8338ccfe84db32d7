"""Suites: read whole or refused with the line, and every shipped variant is a configuration that trains."""

from dataclasses import replace
from pathlib import Path

import pytest
from suite_case import paths_of, written

from voxelpose.errors import InputError
from voxelpose.experiments.configs import config_of, fingerprint, folder_name, parse_given
from voxelpose.experiments.suite import Run, load_suite, runs_of
from voxelpose.training.setup.trained_network import describe_network

FOLDER = Path(__file__).parents[2] / "configs" / "ablation"
SHIPPED = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_variant_of_a_shipped_suite_is_a_configuration(path):
    suite = load_suite(path)
    assert suite.name == path.stem
    prints = set()
    for run in runs_of(suite):
        config = config_of(suite, path, run)
        prints.add(fingerprint(suite, path, run))
        if suite.variants[run.variant].recipe == "train":
            assert describe_network(config.network).architecture.input_size > 0
            assert config.loss.terms
            assert config.seed == run.seed
    assert len(prints) == len(runs_of(suite))  # no two runs are the same training


def test_one_of_everything_comes_first(tmp_path):
    runs = runs_of(load_suite(written(tmp_path)))
    assert [run.name for run in runs] == ["deep-s1", "flat-s1", "photographs-s1", "deep-s2", "deep-s3"]


def test_wrong_suites_are_told_with_their_lines(tmp_path):
    path = written(tmp_path, claims=[{"claim": "x", "better": "deeper", "worse": "flat"}])
    with pytest.raises(InputError, match="a claim names deeper, which is no variant; there are deep, flat"):
        load_suite(path)
    written(tmp_path, claims=[{"claim": "x", "better": "deep", "worse": "flat", "decoder": "median"}])
    with pytest.raises(InputError, match="a claim names median; the suite reads by soft-argmax"):
        load_suite(path)
    path.write_text("name: a\nabout: b\ntuning: c\nbase: base.yaml\nvariants:\n  one: {about: d, chnge: {}}\n")
    with pytest.raises(InputError, match=r"small.yaml:6: variants.one.chnge: Extra inputs"):
        load_suite(path)
    later = {"first": {"about": "a", "after": "second"}, "second": {"about": "b"}}
    with pytest.raises(InputError, match="first comes after second and should stand below it"):
        load_suite(written(tmp_path, variants=later, claims=[], figures=[]))


def test_a_fingerprint_is_of_what_decides_the_result(tmp_path):
    path = written(tmp_path)
    paths, run = paths_of(tmp_path, path), Run("deep", 1)
    first = fingerprint(paths.suite, path, run)
    written(tmp_path, {"tensorboard": "auto", "checkpoint_seconds": 7})
    assert fingerprint(paths.suite, path, run) == first
    assert fingerprint(paths.suite, path, Run("deep", 2)) != first
    fewer = paths.suite.test.model_copy(update={"limit": 3})
    assert fingerprint(paths.suite.model_copy(update={"test": fewer}), path, run) != first
    written(tmp_path, {"seed": 5})  # the run's own seed goes before
    assert fingerprint(paths.suite, path, run) == first
    written(tmp_path, {"loss": {"integral": 2.0}})
    assert fingerprint(paths.suite, path, run) != first
    assert folder_name(paths.suite, path, run).startswith("deep-s1-")


def test_paths_of_the_command_line_fill_the_variant_and_not_the_fingerprint(tmp_path):
    path = written(tmp_path)
    paths, run = paths_of(tmp_path, path), Run("photographs", 1)
    given = parse_given([f"lspet={path}"])
    assert config_of(paths.suite, path, run, given).data.train[1].path == str(path)
    assert config_of(paths.suite, path, run).data.train[1].path == "$lspet"
    assert replace(paths, given=given).training(run) == paths.training(run)
    with pytest.raises(InputError, match="path that exists. Received: lspet=nowhere"):
        parse_given(["lspet=nowhere"])
