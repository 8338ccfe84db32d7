"""Figures of poses and volumes, drawn by matplotlib without any display."""

from voxelpose.visualization.frame import result_frame
from voxelpose.visualization.overlay import draw_skeleton, overlay
from voxelpose.visualization.pose_sheet import pose_sheet
from voxelpose.visualization.skeleton import skeleton_views
from voxelpose.visualization.style import new_figure, save_figure
from voxelpose.visualization.uncertainty import uncertainty
from voxelpose.visualization.volume import stage_strip, volume_projections

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
