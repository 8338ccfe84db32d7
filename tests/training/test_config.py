"""Configurations: what is right, what is wrong and where, and that nothing in them goes unread."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from training_case import TINY, write_config

import voxelpose
from voxelpose.errors import InputError
from voxelpose.training.config import training_config as configuration
from voxelpose.training.config.training_config import TrainingConfig, load_config, resolved_yaml


def problems(path, *changes):
    with pytest.raises(InputError) as error:
        load_config(path, changes)
    return str(error.value).splitlines()


def test_a_sound_file_gives_typed_values_and_defaults(tmp_path):
    config = load_config(write_config(tmp_path))
    assert config.schedule.steps == 6 and config.data.train[0].folder == "train"
    assert config.optimizer.learning_rate == 1e-3 and config.optimizer.clip_norm is None
    assert (config.precision, config.resume, config.devices.use) == ("float32", False, "auto")


def test_the_resolved_file_says_the_same(tmp_path):
    config = load_config(write_config(tmp_path))
    path = tmp_path / "resolved.yaml"
    path.write_text(resolved_yaml(config))
    assert load_config(path) == config
    assert yaml.safe_load(path.read_text())["optimizer"]["final_fraction"] == 0.01


def test_all_problems_are_told_at_once_each_with_its_line(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "name: wrong run\n"
        "network: {preset: small, crop_margn: 1.2}\n"
        "loss: {integrall: 1.0}\n"
        "data:\n"
        "  train:\n"
        "    - {kind: synthetic, count: 8, folder: a}\n"
        "    - {kind: store}\n"
        "  heldout: [{kind: videos, path: b}]\n"
        "optimizer:\n"
        "  kind: adamw\n"
        "  learning_rate: fast\n"
        "  kind: rmsprop\n"
        "schedule: {steps: 1e3, steps_per_epoch: 10}\n"
    )
    told = problems(path)
    expected = [
        r"wrong.yaml:12: the key 'optimizer.kind' stands twice\.",
        r"wrong.yaml:1: name .*pattern.*, received 'wrong run'\.",
        r"wrong.yaml:2: unknown key 'network.crop_margn'\. Did you mean 'crop_margin'\?",
        r"wrong.yaml:3: unknown key 'loss.integrall'\. Did you mean 'integral'\?",
        r"wrong.yaml:7: data.train.1.path field required\.",
        r"wrong.yaml:8: data.heldout.0 .*'videos'.*'synthetic', 'benchmark'",
        r"wrong.yaml:11: optimizer.learning_rate should be a number, received 'fast'\.",
        r"wrong.yaml:13: schedule.steps should be a valid integer, received '1e3'\.",
    ]
    for pattern in expected:
        assert any(re.search(pattern, line) for line in told), (pattern, told)
    assert len(told) == len(expected)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("network.near_mm=500 network.far_mm=-500", "near_mm should be below far_mm, received 500.0 and -500.0"),
        ("network.backbone=imagenet network.initial_weights=a", "backbone and initial_weights exclude each other"),
        ("network.warm_start=b network.initial_weights=a", "warm_start and initial_weights exclude each other"),
        ("optimizer.kind=rmsprop optimizer.weight_decay=0.1", "weight_decay goes with kind: adamw"),
        ("optimizer.warmup_steps=6", "optimizer.warmup_steps should be below schedule.steps"),
        ("data.heldout.0.seed=1", "train and heldout draw the same people: both have seed 1"),
        ("schedule.accumulate=3", "batch_size should be a multiple of accumulate, received 4 and 3"),
        ("devices.count=2", "count goes with use: mirrored, received use: auto"),
        ("resume=perhaps", "resume should be False, True or 'auto', received 'perhaps'"),
        ("deterministic=1", "deterministic should be a valid boolean, received 1"),
        ("schedule.batch_size=0", "schedule.batch_size should be greater than 0, received 0"),
        ("checkpoint_seconds=.nan", "checkpoint_seconds should be a finite number, received nan"),
        ("optimizer.average=true", "optimizer.average should be a number, received True"),
        ("network.freeze=stem", "network.freeze should be a valid list, received 'stem'"),
    ],
)
def test_wrong_values_and_impossible_combinations(tmp_path, change, sentence):
    told = problems(write_config(tmp_path), *change.split())
    assert len(told) == 1 and sentence in told[0], told


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (
            {"train": [{"kind": "lspet", "path": "x.npz", "depth": "d.npz"}]},
            "data.train.0 kind: lspet is a store now: make one of x.npz with `voxelpose prepare lspet-packed FOLDER "
            "STORE --part train --option file=NAME --option depth=d.npz` and write kind: store, path: STORE",
        ),
        ({"heldout": [{"kind": "lspet", "path": "x", "part": "heldout"}]}, "--part heldout"),
        (
            {"train": [{"kind": "store", "path": "x", "seeed": 1}]},
            "Known keys: kind, path, limit, labels, share, weight.",
        ),
        ({"train": []}, "data.train list should have at least 1 item"),
    ],
)
def test_what_is_held_out_stays_apart(tmp_path, sources, sentence):
    told = problems(write_config(tmp_path, data=TINY["data"] | sources))
    assert len(told) == 1 and sentence in told[0], told


def test_changes_on_the_command_line(tmp_path):
    path = write_config(tmp_path)
    config = load_config(
        path, ["optimizer.learning_rate=2e-4", "data.train.0.count=5", "augmentation.geometric.mirror=0"]
    )
    assert config.optimizer.learning_rate == 2e-4
    assert config.data.train[0].count == 5
    assert config.augmentation.geometric.mirror == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("schedule.stps=3", "command line: unknown key 'schedule.stps'. Did you mean 'steps'?"),
        ("steps", "Expected key=value on the command line. Received: 'steps'."),
        ("=3", "Expected key=value on the command line. Received: '=3'."),
        ("data.train.7.count=3", "'data.train.7.count=3' on the command line leads nowhere: there is no '7'."),
        ("loss.integrall=1", "command line: unknown key 'loss.integrall'. Did you mean 'integral'?"),
        ("loss.likelihood.sigma=0", "command line: loss.likelihood.sigma.0 should be greater than 0, received 0"),
        ("loss.stages.volume_1.gauss=1", "command line: unknown key 'loss.stages.volume_1.gauss'. Did you mean 'gaus"),
        ("loss.stages.volume_1={}", "command line: loss.stages.volume_1 should have at least one term"),
        ("wandb.projekt=x", "command line: unknown key 'wandb.projekt'. Did you mean 'project'?"),
        ("wandb.zzz=x", "command line: unknown key 'wandb.zzz'. Known keys: project, entity, mode."),
        ("data.train.0.limit=5", "unknown key 'data.train.0.limit'. Known keys: kind, count, first, seed, folder, "),
        ("network.architecture.dephts=[4]", "command line: network.architecture.dephts: A volumetric network has no "),
        ("network.preset=smal", "command line: network.preset: There is no preset 'smal'. Nearest names: small"),
        ("name=[a", "Expected a YAML value in 'name=[a'."),
        ("schedule.steps=many", "command line: schedule.steps should be a valid integer, received 'many'."),
    ],
)
def test_wrong_changes_are_answered_with_their_origin(tmp_path, change, sentence):
    assert any(sentence in line for line in problems(write_config(tmp_path), change))


def test_a_wrong_loss_stands_on_its_line_of_the_file(tmp_path):
    path = write_config(tmp_path)
    lines = path.read_text().splitlines()
    row = lines.index("  likelihood: 0.05")
    lines[row:row] = ["  stages:", "    volume_1:", "      gaussian: {sigma: papers}"]
    path.write_text("\n".join(lines) + "\n")
    expected = f"tiny.yaml:{row + 3}: loss.stages.volume_1.gaussian.sigma should be 'paper' or 'released', received"
    assert expected in problems(path)[0]


def test_the_architecture_is_checked_by_the_kind_of_network_without_keras(tmp_path):
    change = "network={kind: decoupled, architecture: {image_network: {input_size: 32}, lifter: {side: 8, depth: [4]}}}"
    (told,) = problems(write_config(tmp_path), change)
    assert told.endswith(
        "command line: network.architecture.lifter.depth: A lifter network has no option 'depth'. "
        "Did you mean 'depths'?"
    )
    code = (
        "import sys; from voxelpose.training.config.training_config import load_config; load_config(sys.argv[1]);"
        "heavy = {'tensorflow', 'keras'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(write_config(tmp_path))], check=True)


@pytest.mark.parametrize("loss", [{"integral": 1, "presence": 0.1}, {"likelihood": {"weight": 0.05, "sigma": 1.5}}])
def test_the_resolved_loss_is_as_it_was_written(tmp_path, loss):
    resolved = yaml.safe_load(resolved_yaml(load_config(write_config(tmp_path, loss=loss))))
    assert resolved["loss"] == loss


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n- b\n", "Expected a mapping of keys to values"),
        ("", "Received: NoneType"),
        ("a: [1\n", "Expected a configuration in YAML in"),
        ("a: !!python/object/apply:os.getcwd []\n", "Expected a configuration in YAML in"),
    ],
)
def test_files_that_are_no_configuration(tmp_path, text, sentence):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert sentence in problems(path)[0]


def test_a_missing_file_is_named(tmp_path):
    assert "nowhere.yaml" in problems(tmp_path / "nowhere.yaml")[0]


def sections(model=TrainingConfig):
    found = [
        value for value in vars(configuration).values() if isinstance(value, type) and issubclass(value, model.__base__)
    ]
    return [section for section in found if section is not BaseModel and section.model_fields]


def test_every_key_is_read_by_some_code():
    package = Path(voxelpose.__file__).parent
    code = "\n".join(path.read_text() for path in package.rglob("*.py") if path.name != "config.py")
    for section in sections():
        if section.__name__ in ("Geometric", "Photometric"):  # handed over whole, as keyword arguments
            continue
        for key in section.model_fields:
            assert re.search(rf"\.{key}\b|\"{key}\"", code), f"nothing reads {section.__name__}.{key}"


def test_parts_of_a_benchmark_stay_on_their_side(tmp_path):
    train = {"kind": "benchmark", "count": 8, "folder": "a"}
    heldout = train | {"part": "validation", "folder": "b"}
    config = load_config(write_config(tmp_path, data={"train": [train], "heldout": [heldout]}))
    assert [source.part for source in (*config.data.train, *config.data.heldout)] == ["train", "validation"]
    told = problems(write_config(tmp_path, data={"train": [heldout], "heldout": [heldout]}))
    assert "a benchmark under train should say part: train" in told[0]
    told = problems(write_config(tmp_path, data={"train": [train], "heldout": [train]}))
    assert "a benchmark under heldout should say part: validation or test" in told[0]


def test_a_pool_of_a_benchmark_is_the_benchmarks_own(tmp_path):
    from voxelpose.synthetic.pools.benchmarks import load_split
    from voxelpose.training.config.data import Benchmark
    from voxelpose.training.setup.data_sources import _order

    order = _order(Benchmark(kind="benchmark", count=5, folder="a"))
    assert (order.seed, order.count) == (20260001, 5)
    assert order.settings == load_split("people-v1", "train").settings
    with pytest.raises(InputError, match="at most 2000 for people-v1/test. Received: 2001"):
        _order(Benchmark(kind="benchmark", part="test", count=2001, folder="a"))


def test_a_pool_may_leave_out_whom_a_benchmark_tests(tmp_path):
    from voxelpose.synthetic.pools.benchmarks import load_split
    from voxelpose.training.config.data import Drawn
    from voxelpose.training.setup.data_sources import _order

    pool = {"kind": "synthetic", "count": 5, "folder": "a"}
    assert _order(Drawn(**pool)).settings.cast is None
    cast = _order(Drawn(**pool, cast="people-v1/train")).settings.cast
    tested = load_split("people-v1", "test").settings.cast
    for what in ("identities", "clusters", "patterns"):
        assert getattr(cast, what) and not set(getattr(cast, what)) & set(getattr(tested, what))
    with pytest.raises(ValueError, match="people-v1/train"):
        Drawn(**pool, cast="people-v1/test")
