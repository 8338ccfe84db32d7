"""C3D (.c3d), the exchange format of biomechanics, written by ezc3d."""

from pathlib import Path

import numpy as np

from voxelpose.extras import optional
from voxelpose.formats.timeline import even_points
from voxelpose.formats.up import WORLD
from voxelpose.results.sequence import PoseSequence


def write_c3d(sequence: PoseSequence, path: Path) -> None:
    """Points in mm, y up, at the sequence's rate; a missing person's points are marked as invalid.

    Frame n of the file is n / fps seconds after the video's first frame, the header's first frame being that of the
    sequence. The group VOXELPOSE says where up came from and what made the file. Needs the extra c3d.
    """
    ezc3d = optional("ezc3d", "c3d", "writing C3D files")
    content = ezc3d.c3d()
    point = content["parameters"]["POINT"]
    point["UNITS"]["value"] = ["mm"]
    point["RATE"]["value"] = [float(sequence.fps)]
    point["LABELS"]["value"] = list(sequence.joint_names)
    # Which axes point right and up on a screen that shows the data.
    content.add_parameter("POINT", "X_SCREEN", ["+X"])
    content.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    facts = {"FRAME": WORLD, "UP": sequence.up_source, "MODEL": sequence.model, "SMOOTHING": sequence.smoothing}
    for name, value in facts.items():
        content.add_parameter("VOXELPOSE", name, [value[:255]])  # the format's own limit
    joints, first = even_points(sequence)
    present = np.isfinite(joints[:, 0, 0])
    points = np.ones((4, len(sequence.skeleton), len(joints)))
    points[:3] = joints.transpose(2, 1, 0)
    content["header"]["points"]["first_frame"] = first
    content.add_parameter("VOXELPOSE", "FIRST_FRAME_SECONDS", [float(first / sequence.fps)])
    content["data"]["points"] = points
    residuals = np.where(present, 0.0, -1.0)[None, None]
    content["data"]["meta_points"]["residuals"] = np.broadcast_to(residuals, (1, *points.shape[1:])).copy()
    content.write(str(path))
