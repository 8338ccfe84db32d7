"""Run by test_distribute.py: the same steps on one device and on several, and how far they differ, as JSON.

python replicas.py mirrored|workers
"""

import json
import sys

import numpy as np
from training_case import small_model, small_step, weights_of

from voxelpose.data.augmentation.crops import CropMaker
from voxelpose.data.batches import BatchStream, WeightedSource
from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17
from voxelpose.training.config.training_config import Devices, Optimizer
from voxelpose.training.devices.distribute import Team, build_team
from voxelpose.training.optimizer.averaging import WeightAverage
from voxelpose.training.optimizer.layer_rules import freeze_normalization

SIDE, BATCH, STEPS = 8, 8, 3
VARIANTS = {
    "synchronized": {"clip_norm": 0.5},
    "frozen, in parts": {"accumulate": 2},
    "frozen, compiled": {"xla": True},
}


def people(name, seed, depth):
    rng = np.random.default_rng(seed)
    joints = rng.uniform(4, 28, (6, 17, 3)).astype(np.float32)
    weights = (rng.random((6, 17, 3)) < 0.8).astype(np.float32)
    weights[..., 2] *= depth
    images = rng.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    labels = Labels(H36M17, 32, joints, weights, rng.random(6) < 0.7, PictureCameras.of([None] * 6))
    return ExampleSet(name, images, labels)


def batches():
    """Photographs without depth beside people with it, so that devices hold very different weights."""
    maker = CropMaker(SIDE, VoxelGrid(SIDE, SIDE, 3), H36M17, 1.0)
    sources = [
        WeightedSource(people("deep", 0, 1), 1.0, maker),
        WeightedSource(people("flat", 1, 0), 1.0, maker, weight=2.0),
    ]
    return BatchStream(sources, BATCH, 0)


def train(team, frozen, options):
    with team.scope():
        model = small_model(joints=17, side=SIDE)
        if frozen:
            freeze_normalization(model)
        average = WeightAverage(model, 0.9)
        config = Optimizer(kind="adamw", learning_rate=0.01, weight_decay=0.01)
        step = small_step(model, config, joints=17, average=average, **options)
    values = [{k: float(v) for k, v in step(batch).items()} for batch in team.batches(batches(), 0, STEPS, 1)]
    averaged = [np.array(variable.numpy()) for variable in average.variables]
    return values, weights_of(model) + averaged


def main(use):
    team = build_team(Devices(use=use, count=2 if use == "mirrored" else None))
    import tensorflow as tf

    alone = Team(tf.distribute.get_strategy())
    report = {"replicas": team.replicas, "workers": team.workers}
    for name, options in VARIANTS.items():
        if use == "workers" and options.get("xla"):
            continue
        frozen = name.startswith("frozen")
        one, many = train(alone, frozen, options), train(team, frozen, options)
        report[name] = {
            "losses": max(abs(a[k] - b[k]) / abs(a[k]) for a, b in zip(one[0], many[0], strict=True) for k in a),
            "weights": max(float(np.abs(a - b).max()) for a, b in zip(one[1], many[1], strict=True)),
        }
    report["wishes"] = team.anyone(False, team.index == team.workers - 1)
    team.require_same(7, "answer")
    if team.chief:
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
