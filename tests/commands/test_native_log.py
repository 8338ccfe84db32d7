import os
import subprocess
import sys

import pytest

from voxelpose.commands.shared.native_log import without_chatter

CHATTER = b"I0000 00:00 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.\n"


def test_only_the_chatter_is_dropped(capfd):
    with without_chatter():
        os.write(2, CHATTER + b"something real\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "something real\nafter\n"


def test_a_failure_keeps_what_was_said(capfd):
    with pytest.raises(ValueError), without_chatter():
        os.write(2, CHATTER + b"the reason\n")
        raise ValueError
    assert capfd.readouterr().err == "the reason\n"


def test_a_configuration_is_checked_before_tensorflow_loads():
    script = "import sys, voxelpose.commands.train; print({'keras', 'tensorflow'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"
