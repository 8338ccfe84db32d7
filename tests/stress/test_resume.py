"""Three of the runs of check_resume.py: two killed between steps, one while a checkpoint is being written."""

from check_resume import check


def test_a_killed_run_ends_with_the_weights_of_one_that_was_left_alone(tmp_path):
    told = []
    assert check(tmp_path, kills=3, seed=4, precision="float32", jobs=2, say=told.append) == 0
    assert len(told) == 3 and all("identical" in line for line in told)
    assert sum("save:" in line for line in told) == 1
