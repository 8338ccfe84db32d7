import errno
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from store_fakes import content, origin, reading, settings

from voxelpose.data.store import preparation, shard
from voxelpose.data.store.manifest import read_manifest
from voxelpose.data.store.preparation import prepare
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError


def make(folder, source, how=None, **progress):
    how = how or settings()
    return prepare(folder, origin(source, how), source, how, **progress)


def test_everybody_is_used_or_counted_with_a_reason(tmp_path):
    told = []
    manifest = make(tmp_path / "a", reading(10, skip=(3, 7), broken=(5,)), progress=told.append)
    assert manifest.examples == 7 and [s.examples for s in manifest.shards] == [3, 2, 2]
    assert {reason: (e.count, e.first) for reason, e in manifest.skipped.items()} == {
        "missing camera": (2, "person 3"),
        "picture unreadable": (1, "person 5"),
    }
    assert [(s.done, s.total, s.kept) for s in told] == [(4, 10, 0), (8, 10, 0), (10, 10, 0)]
    assert read_manifest(tmp_path / "a")[0] == manifest
    assert manifest.origin.skeleton.build().joints[3] == "right_ankle" and manifest.units["joints_mm"].startswith("mm")


def test_the_same_input_gives_the_same_bytes_with_any_number_of_processes(tmp_path):
    make(tmp_path / "one", reading(18, skip=(2,)))
    make(tmp_path / "two", reading(18, skip=(2,)), settings(processes=2))
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert sorted(content(tmp_path / "one"))[:3] == ["manifest.json", "origin.json", "records-00000000.npz"]


def test_a_full_disk_loses_nothing_that_was_finished(tmp_path, monkeypatch):
    folder, write = tmp_path / "a", shard.np.savez
    calls = []

    def full(path, **columns):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, **columns)

    monkeypatch.setattr(shard.np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        make(folder, reading(18))
    assert sorted(content(folder)) == ["origin.json", "records-00000000.npz", "records-00000004.npz"]
    with pytest.raises(InputError, match="interrupted preparation goes on when its command is run again"):
        load_store(folder)
    told = []
    make(folder, reading(18), progress=told.append)
    assert told[0].kept == 4 and told[1].kept == 8 and len(calls) == 6
    make(tmp_path / "b", reading(18))
    assert content(folder) == content(tmp_path / "b")


def test_a_damaged_shard_is_made_again(tmp_path):
    make(tmp_path / "a", reading(10))
    whole = content(tmp_path / "a")
    (tmp_path / "a" / "manifest.json").unlink()
    path = tmp_path / "a" / "records-00000004.npz"
    path.write_bytes(path.read_bytes()[:-300])
    make(tmp_path / "a", reading(10))
    assert content(tmp_path / "a") == whole


def test_a_finished_store_is_left_alone(tmp_path, monkeypatch):
    make(tmp_path / "a", reading(6))
    monkeypatch.setattr(preparation, "_write", lambda task: pytest.fail("nothing is left to do"))
    assert make(tmp_path / "a", reading(6)).examples == 6


def test_retry_redoes_the_shards_with_broken_pictures(tmp_path):
    assert make(tmp_path / "a", reading(10, broken=(5,))).examples == 9
    assert make(tmp_path / "a", reading(10)).examples == 9
    assert make(tmp_path / "a", reading(10), settings(retry=True)).examples == 10
    make(tmp_path / "b", reading(10))
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_hopeless_source_is_refused_at_once_and_can_be_mended(tmp_path):
    with pytest.raises(
        InputError, match=r"None of the first 4 people can be used: picture unreadable \(4, first person 0"
    ):
        make(tmp_path / "a", reading(40, broken=tuple(range(40))))
    assert make(tmp_path / "a", reading(40)).examples == 40
    with pytest.raises(InputError, match="at least one person"):
        make(tmp_path / "b", reading(0))


def test_folders_that_hold_something_else_are_refused(tmp_path):
    make(tmp_path / "a", reading(6))
    with pytest.raises(InputError, match=r"another origin: picture was 64 and is 32\. Take another"):
        make(tmp_path / "a", reading(6), settings(picture=32))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.tex").write_text("work of years")
    with pytest.raises(InputError, match="It holds thesis.tex"):
        make(tmp_path / "b", reading(6))
    assert (tmp_path / "b" / "thesis.tex").exists()
    (tmp_path / "a" / "origin.json").write_text("{")
    with pytest.raises(InputError, match="Expected the origin of a store"):
        make(tmp_path / "a", reading(6))


WORKER = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from store_fakes import origin, reading, settings
from voxelpose.data.store.preparation import prepare
if __name__ == "__main__":
    source, how = reading(60, skip=(9,), broken=(5,), seconds=0.02), settings(processes={processes})
    prepare(Path({folder!r}), origin(source, how), source, how)
"""


def start(folder: Path, processes: int = 1) -> subprocess.Popen:
    script = folder.parent / "work.py"
    here = Path(__file__).parent
    paths = [str(here), str(here.parents[1])]
    script.write_text(WORKER.format(paths=paths, folder=str(folder), processes=processes))
    return subprocess.Popen([sys.executable, str(script)])


def test_a_preparation_that_is_killed_three_times_ends_with_the_same_bytes(tmp_path):
    folder, rng = tmp_path / "store" / "killed", np.random.default_rng(0)
    folder.parent.mkdir()
    for kill in range(3):
        # Workers of their own are killed once: they start slowly.
        process = start(folder, processes=2 if kill == 1 else 1)
        wanted = 1 + kill * 4
        while len(list(folder.glob("records-*.npz"))) < wanted and process.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.1))
        assert process.poll() is None, "it ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (folder / "manifest.json").exists()
    assert start(folder).wait() == 0
    source = reading(60, skip=(9,), broken=(5,))
    make(tmp_path / "whole", source, settings())
    # The pictures took longer in the killed run; nothing else differs.
    assert content(folder) == content(tmp_path / "whole")
    assert json.loads((folder / "manifest.json").read_text())["examples"] == 58


def test_two_preparations_of_one_folder_exclude_each_other(tmp_path):
    folder = tmp_path / "store" / "a"
    folder.parent.mkdir()
    process = start(folder)
    while not (folder / "records-00000000.npz").exists():
        time.sleep(0.01)
    with pytest.raises(InputError, match="Another preparation is writing"):
        make(folder, reading(60, skip=(9,), broken=(5,)))
    process.kill()
    process.wait()
