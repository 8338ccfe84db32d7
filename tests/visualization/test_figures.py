import matplotlib
import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, LineCollection

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, VoxelGrid
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton, get_skeleton
from voxelpose.visualization import (
    new_figure,
    overlay,
    pose_sheet,
    result_frame,
    save_figure,
    skeleton_views,
    stage_strip,
    uncertainty,
    volume_projections,
)
from voxelpose.visualization.figures.style import LEFT, RIGHT, bone_colours, joint_colours, opacity
from voxelpose.visualization.figures.uncertainty import ellipse_axes


def make_pose(skeleton=None, confidence=None):
    skeleton = skeleton or get_skeleton("h36m17")
    n = len(skeleton)
    generator = np.random.default_rng(0)
    return Pose3D(
        skeleton=skeleton,
        joints=generator.normal(0, 300, (n, 3)) + [100, 50, 4000],
        joints_2d=generator.uniform(5, 55, (n, 2)),
        covariance=np.tile(np.diag([400.0, 400.0, 2500.0]), (n, 1, 1)),
        confidence=np.full(n, 0.5) if confidence is None else confidence,
        outside_crop=np.zeros(n, bool),
        presence=None,
        box=(10.0, 10.0, 40.0, 30.0),
        box_source="given",
        camera=Camera.from_field_of_view(80, 60),
        camera_source="given",
        root_depth=4000.0,
        root_depth_std=None,
        root_depth_source="given",
        depth_axis=np.array([0.0, 0.0, 1.0]),
        model="m",
        weights_sha256=None,
        image=None,
        image_size=(80, 60),
    )


def pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


IMAGE = np.full((60, 80, 3), 90, np.uint8)


def test_several_people_share_a_picture_and_nobody_leaves_it_empty():
    both = overlay([make_pose(), make_pose()], IMAGE).axes[0]
    assert len({patch.get_edgecolor() for patch in both.patches}) == 2
    assert [text.get_text() for text in both.texts] == ["1", "2"]
    assert not overlay(make_pose(), IMAGE).axes[0].texts
    empty = overlay([], IMAGE).axes[0]
    assert not empty.patches and not empty.collections and len(empty.images) == 1


def test_overlay_has_the_shape_of_the_picture_and_its_bones_in_place():
    pose = make_pose()
    figure = overlay(pose, IMAGE)
    axis = figure.axes[0]
    height, width = pixels(figure).shape[:2]
    assert width / height == pytest.approx(80 / 60, rel=0.01)
    (bones,) = [c for c in axis.collections if isinstance(c, LineCollection)]
    drawn = np.array(bones.get_segments())
    np.testing.assert_allclose(drawn, pose.joints_2d[np.array(pose.skeleton.bones)])
    assert axis.get_xlim() == (-0.5, 79.5) and axis.get_ylim() == (59.5, -0.5)


def test_uncertain_joints_are_paler():
    confidence = np.linspace(0, 1, 17)
    figure = overlay(make_pose(confidence=confidence), IMAGE)
    (bones,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    skeleton = get_skeleton("h36m17")
    weakest = [min(confidence[list(bone)]) for bone in skeleton.bones]
    np.testing.assert_allclose(bones.get_colors()[:, 3], opacity(np.array(weakest)))
    assert opacity(np.array([0.0]))[0] > 0.2


def test_sides_have_their_colours():
    skeleton = get_skeleton("h36m17")
    colours = dict(zip([skeleton.joints[c] for _, c in skeleton.bones], bone_colours(skeleton), strict=True))
    assert colours["right_wrist"] == RIGHT[0] and colours["left_ankle"] == LEFT[0]
    assert colours["head"] not in (*RIGHT, *LEFT)
    five = joint_colours(["right_ankle", "left_ankle", "head", "left_wrist", "right_wrist"])
    assert len(set(five)) == 5


def test_figures_take_the_given_axes():
    figure = new_figure(4, 3)
    axis = figure.subplots()
    assert overlay(make_pose(), IMAGE, axis) is figure
    views = new_figure(6, 3)
    axes = [views.add_subplot(1, 2, n, projection="3d") for n in (1, 2)]
    assert skeleton_views(make_pose(), axes) is views


def test_views_have_equal_millimetres_and_the_head_above():
    skeleton = Skeleton("stick", ("hip", "head"), (0, 0))
    pose = make_pose(skeleton)
    standing = pose.replace(joints=[[0.0, 0.0, 3000.0], [0.0, -600.0, 3000.0]])
    figure = skeleton_views(standing)
    assert len(figure.axes) == 2
    for axis in figure.axes:
        extent = [np.ptp(limits) for limits in (axis.get_xlim3d(), axis.get_ylim3d(), axis.get_zlim3d())]
        box = axis._box_aspect
        np.testing.assert_allclose(box / box[0], np.array(extent) / extent[0])
        heads = [line for line in axis.lines if len(line.get_data_3d()[0]) == 1]
        assert heads[1].get_data_3d()[2][0] == pytest.approx(600.0)  # y is down in the camera frame
        assert "[mm]" in axis.get_zlabel()


def spike(depth, at=(3, 10, None), size=16, joints=3, joint=1):
    """A volume with all of one joint's likelihood in cell x, y, z."""
    x, y, z = at
    volume = np.full((size, size, joints, depth), 1e-9, np.float32)
    volume[y, x, joint, depth // 2 if z is None else z] = 1
    return volume


NAMES = ("hip", "right_wrist", "left_wrist")
CROP = np.full((64, 64, 3), 200, np.uint8)


def brightest(axis):
    """Data coordinates of the strongest cell of the last picture laid over an axis."""
    picture = axis.images[-1]
    array = picture.get_array()
    row, column = np.unravel_index(array[..., 3].argmax(), array.shape[:2])
    left, right, start, end = picture.get_extent()
    down = picture.origin == "lower"
    first, last = (start, end) if down else (end, start)
    return left + (column + 0.5) / array.shape[1] * (right - left), first + (row + 0.5) / array.shape[0] * (
        last - first
    )


def test_projections_show_the_spike_where_it_is():
    grid = VoxelGrid(16, 16, 8)
    figure = volume_projections(spike(8, (3, 10, 6)), CROP, grid, [1], NAMES)
    crop, front, side, above = (axis for axis in figure.axes if axis.get_xlabel())
    # Cell 3 of 16 of 64 pixels has its centre at 3.5 * 4 - 0.5 = 13.5, cell 10 at 41.5; depth cell 6 of 8 at 625 mm.
    assert brightest(front) == pytest.approx((13.5, 41.5))
    assert brightest(side) == pytest.approx((625.0, 41.5))
    assert brightest(above) == pytest.approx((13.5, 625.0))
    assert [axis.get_ylabel() for axis in (front, side, above)] == [
        "crop y [px]",
        "crop y [px]",
        "depth from root [mm]",
    ]
    assert front.get_ylim() == (63.5, -0.5) and above.get_ylim() == (-1000, 1000)


def test_stage_strip_has_a_column_per_stage():
    grid = VoxelGrid(16, 16, 8)
    figure = stage_strip([spike(1), spike(4), spike(8)], CROP, grid, 1, "right_wrist")
    assert len(figure.axes) == 9
    assert [axis.get_title() for axis in figure.axes[:3]] == [
        f"stage {n}: 16 x 16 x {d} cells" for n, d in ((1, 1), (2, 4), (3, 8))
    ]
    values, edges, _ = figure.axes[8].patches[0].get_data()
    np.testing.assert_allclose(values, [0, 0, 0, 0, 1, 0, 0, 0], atol=1e-5)
    np.testing.assert_allclose(edges, np.linspace(-1000, 1000, 9))


def test_drawing_needs_no_display_and_leaves_no_global_state(tmp_path):
    before = dict(matplotlib.rcParams)
    for name, figure in {
        "a.png": overlay(make_pose(), IMAGE),
        "b.svg": skeleton_views(make_pose()),
        "c.png": volume_projections(spike(4), CROP, VoxelGrid(16, 16, 4), [0, 1, 2], NAMES),
    }.items():
        save_figure(figure, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.svg", "c.png"]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "b.svg").read_text()
    assert dict(matplotlib.rcParams) == before


def test_a_failed_figure_leaves_nothing(tmp_path):
    with pytest.raises(ValueError):
        save_figure(new_figure(1, 1), tmp_path / "a.nonsense")
    assert not list(tmp_path.iterdir())


def test_uncertainty_draws_two_standard_deviations_in_millimetres():
    pose = make_pose()
    figure = uncertainty(pose)
    figure.canvas.draw()
    camera, side, above = figure.axes
    points = pose.joints - pose.joints[0]
    for axis, expected, extent in (
        (camera, points[:, [0, 1]] * [1, -1], (80, 80)),
        (side, points[:, [2, 1]] * [1, -1], (200, 80)),
        (above, points[:, [0, 2]], (80, 200)),
    ):
        (ellipses, *_) = [c for c in axis.collections if isinstance(c, EllipseCollection)]
        np.testing.assert_allclose(ellipses.get_offsets(), expected)
        # Standard deviations are 20, 20, 50 mm along x, y, z.
        assert sorted((ellipses.get_widths()[0], ellipses.get_heights()[0])) == pytest.approx(sorted(extent))
        assert axis.get_aspect() == 1
    assert [axis.get_ylabel() for axis in figure.axes] == ["up [mm]", "up [mm]", "away [mm]"]


def test_the_frame_has_the_same_arrows_in_the_picture_and_in_space():
    pose = make_pose()
    figure = result_frame(pose, IMAGE)
    photograph, space = figure.axes
    (box,) = photograph.patches
    assert (box.get_x(), box.get_y(), box.get_width(), box.get_height()) == (9.5, 9.5, 40, 30)
    # Arrows of 500 mm from the root, through a camera of 40 / tan(27.5 deg) pixels focal length, principal point in
    # the middle of 80 x 60 pixels.
    focal, (x, y, z) = 40 / np.tan(np.radians(27.5)), pose.joints[0]
    start = (39.5 + focal * x / z, 29.5 + focal * y / z)
    ends = [text.xy for text in photograph.texts if text.arrow_patch]
    np.testing.assert_allclose(ends[0], (39.5 + focal * (x + 500) / z, start[1]))
    np.testing.assert_allclose(ends[1], (start[0], 29.5 + focal * (y + 500) / z))
    said = [text.get_text() for text in [*photograph.texts, *space.texts]]
    root = f"pelvis, the root\n{x:.0f}, {y:.0f}, {z:.0f}"
    assert "box 10, 10, 40, 30" in said and root in said and "camera\n0, 0, 0" in said
    # The third axis of the plot shows y, which runs down.
    assert (space.get_xlabel(), space.get_ylabel(), space.get_zlabel()) == ("x [mm]", "z [mm]", "y [mm]")
    low, high = space.get_zlim()
    assert low > pose.joints[:, 1].max() and high < pose.joints[:, 1].min()


def test_ellipses_lie_along_the_covariance():
    width, height, angle = ellipse_axes(np.array([[[500.0, 400.0], [400.0, 500.0]], [[9.0, 0.0], [0.0, 0.0]]]))
    np.testing.assert_allclose(width, [2 * 2 * 30, 2 * 2 * 3])  # eigenvalues 900 and 100; 9 and 0
    np.testing.assert_allclose(height, [2 * 2 * 10, 0])
    np.testing.assert_allclose(angle % 180, [45, 0])


def test_a_sheet_shows_everybody_around_their_box():
    poses = [make_pose(confidence=np.full(17, c)) for c in (0.2, 0.5, 0.85)]
    figure = pose_sheet(poses, [IMAGE] * 3, ["a", "b", "c"])
    assert [axis.get_title() for axis in figure.axes] == ["a  20 %", "b  50 %", "c  85 %"]
    # The box 10, 10, 40, 30 has its centre at pixel 29.5, 24.5; the square is 1.3 * 40 pixels wide.
    assert figure.axes[0].get_xlim() == pytest.approx((3.5, 55.5))
    assert figure.axes[0].get_ylim() == pytest.approx((50.5, -1.5))
    many = pose_sheet(poses * 5, [IMAGE] * 15)
    assert len([axis for axis in many.axes if axis.axison]) == 15 and len(many.axes) == 18


def test_sheets_of_nobody_or_of_other_counts_are_refused():
    with pytest.raises(InputError, match="at least one pose"):
        pose_sheet([], [])
    with pytest.raises(InputError, match="as many images as poses, 1. Received: 2"):
        pose_sheet([make_pose()], [IMAGE, IMAGE])


def test_new_figures_take_the_given_axes():
    figure = new_figure(6, 3)
    axes = list(figure.subplots(1, 3))
    assert uncertainty(make_pose(), axes) is figure
    assert pose_sheet([make_pose()], [IMAGE], axes=axes[:1]) is figure


def test_the_overlay_of_a_large_photograph_is_that_of_a_small_one():
    pose = make_pose()
    photograph = np.random.default_rng(3).integers(0, 255, (60, 80, 3), np.uint8).repeat(90, 0).repeat(90, 1)
    figure = overlay([], photograph)
    (shown,) = figure.axes[0].images
    assert max(shown.get_array().shape) == 1920 and shown.get_extent() == [-0.5, 7199.5, 5399.5, -0.5]
    assert figure.axes[0].get_xlim() == (-0.5, 7199.5)
    # Its cells, 90 pixels a side, lie where they lay.
    np.testing.assert_array_equal(np.asarray(shown.get_array())[12::24, 12::24], photograph[45::90, 45::90])
    small = overlay(pose, photograph[:600, :800])
    assert small.axes[0].images[0].get_array().shape == (600, 800, 3)
