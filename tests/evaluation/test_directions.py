"""Better or worse is a fact about a metric, not a matter of how its name ends."""

import pytest

from voxelpose.evaluation.metrics.directions import MORE_IS_BETTER, as_error, more_is_better
from voxelpose.evaluation.metrics.measures import MEASURES


def test_every_metric_has_a_direction_and_shares_are_better_when_they_grow():
    assert MEASURES.keys() <= MORE_IS_BETTER.keys()
    for name, measure in MEASURES.items():
        assert more_is_better(name) == (measure.unit == "%")


def test_a_metric_is_looked_up_behind_the_name_of_its_data():
    assert more_is_better("people/pck") and not more_is_better("a/b/pa_mpjpe")
    assert not more_is_better("pck/mpjpe")
    assert as_error("lspet-heldout/pck", 0.25) == 0.75 and as_error("people/mpjpe", 81.5) == 81.5


def test_a_metric_without_a_direction_is_named():
    with pytest.raises(KeyError, match="metric 'people/shpck'"):
        as_error("people/shpck", 0.5)
    assert more_is_better("people/shpck") is None
