"""The supervisor with processes that do nothing but end, each in its own way."""

import _thread
import os
import signal
import sys
import threading
import time

from voxelpose.training.devices.supervisor import Supervisor


def supervise(first, again="", workers=2, restarts=3):
    """Each worker runs the Python text, with its number in WORKER; returns the exit code and what was said."""
    said = []
    command = [sys.executable, "-S", "-c", "import os, sys, time, signal; me = os.environ['WORKER']; " + first]
    second = [sys.executable, "-S", "-c", "import os, sys, time, signal; me = os.environ['WORKER']; " + again]
    environments = [{"WORKER": str(index)} for index in range(workers)]
    supervisor = Supervisor(command, second, environments, restarts, said.append)
    return supervisor, said


def test_all_well_is_the_end():
    supervisor, said = supervise("sys.exit(0)")
    assert supervisor.run() == 0 and said == []


def test_one_death_starts_all_again(tmp_path):
    mark = f"open(r'{tmp_path}/' + me, 'w').close()"
    kill = "os.kill(os.getpid(), signal.SIGKILL) if me == '1' else time.sleep(60)"
    supervisor, said = supervise(kill, again=mark)
    began = time.monotonic()
    assert supervisor.run() == 0
    assert time.monotonic() - began < 30  # the one that slept was killed, not waited for
    assert sorted(os.listdir(tmp_path)) == ["0", "1"]
    assert (
        len(said) == 1 and "exit code -9; starting all again from the last checkpoint (up to 3 more times)" in said[0]
    )


def test_it_gives_up_in_the_end():
    supervisor, said = supervise("sys.exit(1)", again="sys.exit(1)", restarts=2)
    assert supervisor.run() == 1
    assert len(said) == 3 and said[-1].endswith("giving up")


def test_bad_input_is_not_tried_again():
    supervisor, said = supervise("sys.exit(2) if me == '0' else time.sleep(60)")
    assert supervisor.run() == 2 and said == []


def test_an_interruption_is_passed_on_and_final():
    waiting = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(130)); [time.sleep(0.05) for _ in range(600)]"
    supervisor, said = supervise(waiting)
    threading.Timer(1.5, _thread.interrupt_main).start()  # a real signal crashes beside libraries of other tests
    assert supervisor.run() == 130 and said == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
