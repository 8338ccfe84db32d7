"""Logs that a resumed run continues: no step missing, none twice."""

import csv

import pytest
import tensorflow as tf

from voxelpose.errors import InputError
from voxelpose.training.run.logs import CsvLog, TensorBoardLog


def rows(path):
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_resumed_log_has_no_gap_and_no_double_entry(tmp_path):
    path = tmp_path / "log.csv"
    first = CsvLog(path)
    for step in (10, 20, 30):
        first.write(step, {"loss": 1 / step})
    second = CsvLog(path, resume_step=20)
    for step in (30, 40):
        second.write(step, {"loss": 2 / step})
    assert [row["step"] for row in rows(path)] == ["10", "20", "30", "40"]
    assert [float(row["loss"]) for row in rows(path)] == pytest.approx([0.1, 0.05, 2 / 30, 0.05], rel=1e-5)


def test_a_run_from_the_beginning_forgets_the_old_rows(tmp_path):
    path = tmp_path / "log.csv"
    CsvLog(path).write(10, {"loss": 1.0})
    CsvLog(path).write(5, {"loss": 2.0})
    assert [row["step"] for row in rows(path)] == ["5"]


def test_columns_that_come_later_are_empty_before(tmp_path):
    log = CsvLog(tmp_path / "log.csv")
    log.write(1, {"loss": 1.0})
    log.write(2, {"loss": 1.0, "error": 3.0})
    assert [row["error"] for row in rows(tmp_path / "log.csv")] == ["", "3"]


def test_tensorboard_shows_each_step_once_after_a_resume(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.plugin_event_accumulator")
    first = TensorBoardLog(tmp_path)
    for step in (10, 20, 30):
        first.write(step, {"loss": float(step)})
    second = TensorBoardLog(tmp_path, resume_step=20)
    for step in (30, 40):
        second.write(step, {"loss": -float(step)})
    events = accumulator.EventAccumulator(str(tmp_path))
    events.Reload()
    shown = [(event.step, float(tf.make_ndarray(event.tensor_proto))) for event in events.Tensors("loss")]
    assert shown == [(10, 10.0), (20, 20.0), (30, -30.0), (40, -40.0)]


@pytest.mark.parametrize(
    "content",
    [
        b"step,loss\n10,0.5\nx,0.4\n", b"loss\n0.5\n", b"step,loss\n10,\xff\xfe\n", b"step,loss\n10,0.5,7\n",
        b"step,loss\n10\n", b"step,loss\n10,half\n", b'step,loss\n10,"0.5\n', b"step,loss\n10,\x00\n",
    ],
)  # fmt: skip
def test_a_damaged_log_is_one_sentence_and_stays_as_it_is(tmp_path, content):
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="Expected the log of a run in .*log.csv. Received: .*Mend it, or remove it"):
        CsvLog(path, resume_step=10)
    assert path.read_bytes() == content
