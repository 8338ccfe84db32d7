import numpy as np

from voxelpose.evaluation.reports.worst_cases import WorstCase
from voxelpose.skeleton import H36M17, LSP14
from voxelpose.visualization.sheets.worst_sheet import COLUMNS, worst_sheet


def case(joints=True, **changes):
    rng = np.random.default_rng(0)
    facts = dict(
        title="#3  120 mm",
        image=np.full((64, 64, 3), 200, np.uint8),
        predicted_skeleton=H36M17,
        predicted_pixels=rng.uniform(5, 60, (17, 2)),
        predicted_joints=300 * rng.normal(size=(17, 3)) if joints else None,
        true_skeleton=LSP14,
        true_pixels=rng.uniform(5, 60, (14, 2)),
        true_joints=300 * rng.normal(size=(14, 3)) if joints else None,
    )
    return WorstCase(**(facts | changes))


def bones(axis):
    return [len(collection.get_segments()) for collection in axis.collections]


def test_both_skeletons_are_drawn_in_the_picture_and_from_the_side():
    figure = worst_sheet([case()] * 7, "worst")
    assert len(figure.axes) == 2 * COLUMNS * 2  # two rows
    picture, side = figure.axes[:2]
    assert bones(picture) == bones(side) == [13, 16]  # the truth below
    assert picture.get_title() == "#3  120 mm" and "m wide" in side.get_title()
    # one millimetre is as long on both axes, and y grows downwards
    low, high = side.get_ylim()
    assert low - high == np.ptp(side.get_xlim()) and low > high
    assert not figure.axes[-1].collections


def test_the_sides_view_shows_depth_and_height():
    truth = np.zeros((14, 3))
    truth[0] = (5, 700, -300)  # right ankle
    axis = worst_sheet([case(true_joints=truth)], "").axes[1]
    ends = np.array(axis.collections[0].get_segments())
    assert [-300, 700] in ends.reshape(-1, 2).tolist()


def test_without_millimetres_there_are_pictures_only():
    figure = worst_sheet([case(joints=False)] * 2, "worst")
    assert len(figure.axes) == 2 and all(bones(axis) == [13, 16] for axis in figure.axes)


def test_unknown_joints_draw_no_bone():
    pixels = np.full((14, 2), np.nan)
    pixels[:2] = 10, 20
    axis = worst_sheet([case(true_pixels=pixels)], "").axes[0]
    assert bones(axis) == [1, 16]
