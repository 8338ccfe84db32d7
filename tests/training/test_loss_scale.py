import tensorflow as tf

from voxelpose.training.optimizer.loss_scale import LossScale


def follow(scale, *finite):
    for value in finite:
        scale.follow(tf.constant(value))
    return float(scale.factor), int(scale.steps)


def test_it_grows_after_quiet_steps_and_halves_at_once():
    scale = LossScale(8.0, growth_steps=3)
    assert follow(scale, True, True) == (8.0, 2)
    assert follow(scale, True) == (16.0, 0)
    assert follow(scale, True, False) == (8.0, 0)


def test_it_never_falls_below_one():
    assert follow(LossScale(2.0), False, False, False) == (1.0, 0)
