import signal
import subprocess
import sys

import pytest

# In a process of its own: libraries that other tests load have handlers for these signals, too.
SCRIPT = """
import os, signal
from voxelpose.training.run.interrupts import InterruptFlag

number = {number}
before = signal.getsignal(number)
with InterruptFlag() as flag:
    assert not flag.requested
    os.kill(os.getpid(), number)
    assert flag.requested
    try:
        os.kill(os.getpid(), number)
    except KeyboardInterrupt:
        print("ordered")
assert signal.getsignal(number) == before
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_wish_and_the_second_an_order(number):
    script = SCRIPT.format(number=int(number))
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == "ordered\n"
