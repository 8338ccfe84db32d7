"""Figures of poses and volumes, drawn by matplotlib without any display."""

from voxelpose.visualization.figures.camera_frame import result_frame
from voxelpose.visualization.figures.overlay import draw_skeleton, overlay
from voxelpose.visualization.figures.skeleton import skeleton_views
from voxelpose.visualization.figures.style import new_figure, save_figure
from voxelpose.visualization.figures.uncertainty import uncertainty
from voxelpose.visualization.figures.volume import stage_strip, volume_projections
from voxelpose.visualization.sheets.pose_sheet import pose_sheet

__all__ = [
    "draw_skeleton",
    "new_figure",
    "overlay",
    "pose_sheet",
    "result_frame",
    "save_figure",
    "skeleton_views",
    "stage_strip",
    "uncertainty",
    "volume_projections",
]
