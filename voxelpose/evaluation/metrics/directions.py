"""Of which metrics more is better: one table, for whoever keeps the best of several values."""

from collections.abc import Mapping

# Metric -> whether more of it is better; shares are of all joints or limbs, in [0, 1] or in percent.
MORE_IS_BETTER: Mapping[str, bool] = {
    "mpjpe": False,
    "pa_mpjpe": False,
    "n_mpjpe": False,
    "error_x": False,
    "error_y": False,
    "error_z": False,
    "velocity": False,
    "pck": True,
    "pck_0.2": True,
    "pck_0.5": True,
    "pckh_0.5": True,
    "pck_3d": True,
    "auc": True,
    "pcp": True,
    "pcp_3d": True,
}


def more_is_better(name: str) -> bool | None:
    """Whether more is better of a metric, which may stand behind the name of what it was measured on (people/mpjpe).

    None for one that the table does not have, such as a measure of an output of one's own.
    """
    return MORE_IS_BETTER.get(name.rpartition("/")[2])


def as_error(name: str, value: float) -> float:
    """The value of a metric as a number of which less is better; of a share in [0, 1] what it lacks to 1.

    Raises KeyError for a metric that the table does not have: no best weights can be chosen by it.
    """
    more = more_is_better(name)
    if more is None:
        raise KeyError(f"MORE_IS_BETTER in {__name__} should say it of the metric '{name}'.")
    return 1.0 - value if more else value
