import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.training.run.nan_check import Diverged, check_finite

BATCH = {
    "image": np.zeros((2, 4, 4, 3), np.uint8),
    "joints": np.full((2, 3, 3), np.nan, np.float32),
    "present": np.ones(2, np.float32),
}


def check(values, tmp_path, scale=1.0):
    check_finite(
        17, values, scale, {name: (part[:1], part[1:]) for name, part in BATCH.items()}, tmp_path / "bad-batch-17.npz"
    )


def test_finite_numbers_pass_and_leave_nothing(tmp_path):
    check({"loss": 1.0, "gradient_norm": 1e30}, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("values", [{"loss": float("nan")}, {"loss": 1.0, "gradient_norm": float("inf")}])
def test_the_batch_is_kept_and_the_message_says_where(tmp_path, values):
    with pytest.raises(Diverged) as error:
        check(values, tmp_path)
    path = tmp_path / "bad-batch-17.npz"
    assert str(path) in str(error.value) and "step 17" in str(error.value) and isinstance(error.value, InputError)
    with np.load(path) as kept:
        for name, part in BATCH.items():
            np.testing.assert_array_equal(kept[name], part)


def test_float16_may_overflow_while_its_scale_can_still_fall(tmp_path):
    overflow = {"loss": 1.0, "gradient_norm": float("inf")}
    check(overflow, tmp_path, scale=2.0)
    with pytest.raises(Diverged):
        check(overflow, tmp_path, scale=1.0)
    with pytest.raises(Diverged, match="loss = nan"):
        check({"loss": float("nan")}, tmp_path, scale=1024.0)
