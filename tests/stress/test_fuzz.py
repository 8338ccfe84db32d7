"""A little of fuzz.py: every reader that needs no network's framework, in this process where it cannot die unseen."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fuzz import fuzz
from fuzz_targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_changed_files_are_read_or_refused_in_a_sentence(name):
    found = []
    outcomes = fuzz(name, 1_000_000, 12, 15, lambda number, fault: found.append(f"{name} {number}: {fault}"))
    assert not found, "\n".join(found)
    assert outcomes.total() == 12 and outcomes["refused"] + outcomes["read"] == 12
