"""Memory as Linux tells it, and one sentence elsewhere."""

import numpy as np
import pytest

from voxelpose import memory
from voxelpose.errors import InputError


def test_a_peak_is_seen_and_forgotten():
    memory.forget_peak()
    before = memory.memory_mib("VmHWM")
    np.ones(8 * 2**20).sum()  # 64 MiB, gone at once
    assert 60 < memory.memory_mib("VmHWM") - before < 80
    memory.forget_peak()
    assert memory.memory_mib("VmHWM") < before + 30
    assert 0 < memory.memory_mib("VmRSS") and 10 < memory.available_mib() < 1e8


def test_elsewhere_it_is_one_sentence(monkeypatch, tmp_path):
    for name in ("_STATUS", "_MACHINE"):
        monkeypatch.setattr(memory, name, tmp_path / "no")
    monkeypatch.setattr(memory, "_PEAK_RESET", tmp_path / "none" / "no")
    for read in (memory.available_mib, lambda: memory.memory_mib("VmRSS"), memory.forget_peak):
        with pytest.raises(InputError, match="system"):
            read()
