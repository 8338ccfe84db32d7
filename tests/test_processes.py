import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voxelpose.processes import run, single_threaded


def _double(number: int) -> int:
    return 2 * number


def _stubborn(folder: str) -> None:
    Path(folder, str(os.getpid())).touch()
    time.sleep(60)


def _threads(_) -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def _die(_) -> None:
    os.kill(os.getpid(), 9)


def test_workers_use_one_thread_each_and_the_parent_keeps_its_own(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert list(run(_threads, range(2), processes=2)) == ["1", "1"]
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7" and "MKL_NUM_THREADS" not in os.environ
    with single_threaded():
        assert os.environ["OPENBLAS_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"


def test_a_killed_worker_ends_in_an_error_and_leaves_no_process():
    with pytest.raises(ChildProcessError, match="was killed; is there enough memory"):
        list(run(_die, range(2), processes=2))
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("processes", [1, 2])
def test_tasks_are_taken_a_few_at_a_time_and_all_are_done(processes):
    taken = []

    def tasks():
        for number in range(12):
            taken.append(number)
            yield number

    results = run(_double, tasks(), processes)
    assert next(results) % 2 == 0 and len(taken) <= 2 + 2 * processes
    assert len(list(results)) == 11 and taken == list(range(12))
    assert list(run(_double, [], processes)) == [] and list(run(_double, [4], processes)) == [8]


PARENT = """
import sys
sys.path[:0] = {paths!r}
from test_processes import _stubborn
from voxelpose.processes import run
if __name__ == "__main__":
    list(run(_stubborn, [{folder!r}] * 2, 2))
"""


def test_processes_end_when_their_parent_is_killed(tmp_path):
    here, folder = Path(__file__).parent, tmp_path / "pids"
    folder.mkdir()
    (tmp_path / "parent.py").write_text(PARENT.format(paths=[str(here), str(here.parent)], folder=str(folder)))
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")])
    while len(list(folder.iterdir())) < 2:
        assert parent.poll() is None
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while any(_alive(int(path.name)) for path in folder.iterdir()):
        assert time.monotonic() < deadline, "a process outlives its parent"
        time.sleep(0.05)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
